/** How an attribute's value stands in the packet (RFC 2865 section 5, RFC 3162 section 2). */
export type AttributeFormat =
  | 'text'
  | 'octets'
  | 'integer'
  | 'date'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6-prefix'
  | 'interface-id';

/** Everything that is known of one attribute; decoder, encoder, log and docs have no other source. */
export interface AttributeDefinition {
  readonly name: string;
  /** SMI Network Management Private Enterprise Code; 0 for the attributes of the RFCs themselves. */
  readonly vendor: number;
  readonly type: number;
  readonly format: AttributeFormat;
  /** A tag groups the attributes of one tunnel (RFC 2868 section 3). */
  readonly tagged?: boolean;
  /** `password`: as User-Password (RFC 2865 section 5.2); `salted`: as Tunnel-Password (RFC 2868 section 3.5). */
  readonly hidden?: 'password' | 'salted';
  /** A value too long for one attribute goes on in the next (RFC 3579 section 3.1). */
  readonly concatenated?: boolean;
  /** The value never reaches a log. */
  readonly secret?: boolean;
  /** Where the server sends it: `A` Access-Request, `C` Accounting-Request. */
  readonly sent?: string;
  /** Where it is heeded: `A` Access-Accept, `R` Access-Reject or -Challenge, `C` CoA-Request, `D` to find a session. */
  readonly read?: string;
  /** What it says or does here. */
  readonly meaning?: string;
}

/** Private enterprise codes. */
export const vendors = {
  cisco: 9,
  microsoft: 311,
  adslForum: 3561,
  erx: 4874,
  wispr: 14122,
  chilliSpot: 14559,
  mikrotik: 14988,
} as const;

type Extra = Omit<AttributeDefinition, 'name' | 'vendor' | 'type' | 'format'>;

/** Makes the definitions of one vendor; their names stay known as types. */
export const attributesOf =
  (vendor: number) =>
  <const N extends string>(name: N, type: number, format: AttributeFormat, extra: Extra = {}) => ({
    name,
    vendor,
    type,
    format,
    ...extra,
  });
