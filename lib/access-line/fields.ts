/** How the value of a field is laid out; rates are in bit/s here, whatever their unit on the wire. */
export type AccessLineFormat = 'text' | 'rate' | 'u32' | 'encapsulation';

interface AccessLineFieldDefinition {
  /** Sub-option of TR-101's tag, attribute of RFC 4679 and AVP of RFC 5515: they all use one number. */
  readonly type: number;
  readonly name: string;
  readonly format: AccessLineFormat;
}

/** Vendor number of the ADSL Forum (now Broadband Forum), whose sub-options, attributes and AVPs these are. */
export const accessLineVendor = 3561;

/** What an access node tells of a subscriber's line (TR-101 section 3.9, RFC 4679 section 3.3, RFC 5515 section 7). */
export const accessLineFields = {
  agentCircuitId: { type: 1, name: 'Agent Circuit Id', format: 'text' },
  agentRemoteId: { type: 2, name: 'Agent Remote Id', format: 'text' },
  actualRateUp: { type: 129, name: 'Actual Data Rate Upstream', format: 'rate' },
  actualRateDown: { type: 130, name: 'Actual Data Rate Downstream', format: 'rate' },
  minimumRateUp: { type: 131, name: 'Minimum Data Rate Upstream', format: 'rate' },
  minimumRateDown: { type: 132, name: 'Minimum Data Rate Downstream', format: 'rate' },
  attainableRateUp: { type: 133, name: 'Attainable Data Rate Upstream', format: 'rate' },
  attainableRateDown: { type: 134, name: 'Attainable Data Rate Downstream', format: 'rate' },
  maximumRateUp: { type: 135, name: 'Maximum Data Rate Upstream', format: 'rate' },
  maximumRateDown: { type: 136, name: 'Maximum Data Rate Downstream', format: 'rate' },
  minimumLowPowerRateUp: { type: 137, name: 'Minimum Data Rate Upstream Low-Power', format: 'rate' },
  minimumLowPowerRateDown: { type: 138, name: 'Minimum Data Rate Downstream Low-Power', format: 'rate' },
  maximumDelayUp: { type: 139, name: 'Maximum Interleaving Delay Upstream', format: 'u32' },
  actualDelayUp: { type: 140, name: 'Actual Interleaving Delay Upstream', format: 'u32' },
  maximumDelayDown: { type: 141, name: 'Maximum Interleaving Delay Downstream', format: 'u32' },
  actualDelayDown: { type: 142, name: 'Actual Interleaving Delay Downstream', format: 'u32' },
  encapsulation: { type: 144, name: 'Access Loop Encapsulation', format: 'encapsulation' },
} as const satisfies Record<string, AccessLineFieldDefinition>;

/** The key of a field in {@link AccessLine}. */
export type AccessLineField = keyof typeof accessLineFields;

/** Access Loop Encapsulation (RFC 4679 section 3.3.18): data link, and two encapsulations. */
export interface AccessLoopEncapsulation {
  /** 0 AAL5, 1 Ethernet. */
  readonly dataLink: number;
  readonly encapsulation1: number;
  readonly encapsulation2: number;
}

interface AccessLineValues {
  readonly text: string;
  readonly rate: number;
  readonly u32: number;
  readonly encapsulation: AccessLoopEncapsulation;
}

/** A subscriber's line as its access node tells of it. Rates are in bit/s, delays in ms. */
export type AccessLine = {
  readonly [F in AccessLineField]?: AccessLineValues[(typeof accessLineFields)[F]['format']] | undefined;
};

/** Every field with its key, in the order of their numbers. */
export const accessLineEntries: readonly (AccessLineFieldDefinition & { readonly field: AccessLineField })[] =
  Object.entries(accessLineFields).map(([field, definition]) => ({
    ...definition,
    field: field as AccessLineField,
  }));
