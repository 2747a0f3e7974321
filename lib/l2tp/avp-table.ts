import type { AvpFormat, AvpFormatValues } from './avp-formats.js';
import { accessLineAvps } from './avp-table-access-line.js';

/** Numbers of the control messages (RFC 2661 section 3.2). */
export const messageTypes = {
  SCCRQ: 1,
  SCCRP: 2,
  SCCCN: 3,
  StopCCN: 4,
  HELLO: 6,
  OCRQ: 7,
  OCRP: 8,
  OCCN: 9,
  ICRQ: 10,
  ICRP: 11,
  ICCN: 12,
  CDN: 14,
  WEN: 15,
  SLI: 16,
} as const;

/** Name of a control message. */
export type MessageName = keyof typeof messageTypes;

/** All facts about one AVP; decoder, encoder and traces have no other source. */
export interface AvpDefinition {
  /** Attribute Type. */
  readonly type: number;
  /** Vendor ID; 0 (IETF) unless given. */
  readonly vendor?: number;
  readonly name: string;
  readonly format: AvpFormat;
  /** The M bit when we send it. What a peer sets is taken as it comes. */
  readonly mandatory: boolean;
  /** Whether the H bit is allowed. */
  readonly hidable: boolean;
  /** The messages that carry it, and whether they have to. */
  readonly in: Partial<Record<MessageName, 'must' | 'may'>>;
  /** Octets of value, where the format alone does not say. */
  readonly min?: number;
  readonly max?: number;
  /** The value 0 is reserved, and so out of range. */
  readonly nonZero?: true;
  /** Never in logs: it would help to find a secret or a password. */
  readonly secret?: true;
  /** Section of RFC 2661, or another RFC. */
  readonly source: string;
}

const yes = true;
const no = false;

/**
 * The AVPs of RFC 2661 section 4.4 but Message Type (0) and Random Vector (36), which frame a message; and those of
 * extensions.
 */
export const avps = {
  result: {
    type: 1,
    name: 'Result Code',
    format: 'result',
    mandatory: yes,
    hidable: no,
    in: { StopCCN: 'must', CDN: 'must' },
    source: '4.4.2',
  },
  protocolVersion: {
    type: 2,
    name: 'Protocol Version',
    format: 'version',
    mandatory: yes,
    hidable: no,
    in: { SCCRQ: 'must', SCCRP: 'must' },
    source: '4.4.3',
  },
  framingCapabilities: {
    type: 3,
    name: 'Framing Capabilities',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { SCCRQ: 'must', SCCRP: 'must' },
    source: '4.4.3',
  },
  bearerCapabilities: {
    type: 4,
    name: 'Bearer Capabilities',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { SCCRQ: 'may', SCCRP: 'may' },
    source: '4.4.3',
  },
  tieBreaker: {
    type: 5,
    name: 'Tie Breaker',
    format: 'octets',
    mandatory: no,
    hidable: no,
    in: { SCCRQ: 'may' },
    min: 8,
    max: 8,
    source: '4.4.3',
  },
  firmwareRevision: {
    type: 6,
    name: 'Firmware Revision',
    format: 'u16',
    mandatory: no,
    hidable: yes,
    in: { SCCRQ: 'may', SCCRP: 'may' },
    source: '4.4.3',
  },
  hostName: {
    type: 7,
    name: 'Host Name',
    format: 'text',
    mandatory: yes,
    hidable: no,
    in: { SCCRQ: 'must', SCCRP: 'must' },
    min: 1,
    source: '4.4.3',
  },
  vendorName: {
    type: 8,
    name: 'Vendor Name',
    format: 'text',
    mandatory: no,
    hidable: yes,
    in: { SCCRQ: 'may', SCCRP: 'may' },
    source: '4.4.3',
  },
  assignedTunnelId: {
    type: 9,
    name: 'Assigned Tunnel ID',
    format: 'u16',
    mandatory: yes,
    hidable: yes,
    in: { SCCRQ: 'must', SCCRP: 'must', StopCCN: 'must' },
    nonZero: true,
    source: '4.4.3',
  },
  receiveWindowSize: {
    type: 10,
    name: 'Receive Window Size',
    format: 'u16',
    mandatory: yes,
    hidable: no,
    in: { SCCRQ: 'may', SCCRP: 'may' },
    nonZero: true,
    source: '4.4.3, 5.8',
  },
  challenge: {
    type: 11,
    name: 'Challenge',
    format: 'octets',
    mandatory: yes,
    hidable: yes,
    in: { SCCRQ: 'may', SCCRP: 'may' },
    min: 1,
    source: '4.4.3',
  },
  q931Cause: {
    type: 12,
    name: 'Q.931 Cause Code',
    format: 'q931',
    mandatory: yes,
    hidable: no,
    in: { CDN: 'may' },
    source: '4.4.4',
  },
  challengeResponse: {
    type: 13,
    name: 'Challenge Response',
    format: 'octets',
    mandatory: yes,
    hidable: yes,
    in: { SCCRP: 'may', SCCCN: 'may' },
    min: 16,
    max: 16,
    secret: true,
    source: '4.4.3',
  },
  assignedSessionId: {
    type: 14,
    name: 'Assigned Session ID',
    format: 'u16',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'must', ICRP: 'must', OCRQ: 'must', OCRP: 'must', CDN: 'must' },
    nonZero: true,
    source: '4.4.4',
  },
  callSerialNumber: {
    type: 15,
    name: 'Call Serial Number',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'must', OCRQ: 'must' },
    source: '4.4.4',
  },
  minimumBps: {
    type: 16,
    name: 'Minimum BPS',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { OCRQ: 'must' },
    source: '4.4.4',
  },
  maximumBps: {
    type: 17,
    name: 'Maximum BPS',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { OCRQ: 'must' },
    source: '4.4.4',
  },
  bearerType: {
    type: 18,
    name: 'Bearer Type',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'may', OCRQ: 'must' },
    source: '4.4.4',
  },
  framingType: {
    type: 19,
    name: 'Framing Type',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { ICCN: 'must', OCCN: 'must', OCRQ: 'must' },
    source: '4.4.4',
  },
  calledNumber: {
    type: 21,
    name: 'Called Number',
    format: 'text',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'may', OCRQ: 'must' },
    source: '4.4.4',
  },
  callingNumber: {
    type: 22,
    name: 'Calling Number',
    format: 'text',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'may' },
    source: '4.4.4',
  },
  subAddress: {
    type: 23,
    name: 'Sub-Address',
    format: 'text',
    mandatory: yes,
    hidable: yes,
    in: { ICRQ: 'may', OCRQ: 'may' },
    source: '4.4.4',
  },
  txConnectSpeed: {
    type: 24,
    name: '(Tx) Connect Speed',
    format: 'u32',
    mandatory: yes,
    hidable: yes,
    in: { ICCN: 'must', OCCN: 'must' },
    source: '4.4.4',
  },
  physicalChannelId: {
    type: 25,
    name: 'Physical Channel ID',
    format: 'u32',
    mandatory: no,
    hidable: yes,
    in: { ICRQ: 'may', OCRP: 'may' },
    source: '4.4.4',
  },
  initialReceivedConfreq: {
    type: 26,
    name: 'Initial Received LCP CONFREQ',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  lastSentConfreq: {
    type: 27,
    name: 'Last Sent LCP CONFREQ',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  lastReceivedConfreq: {
    type: 28,
    name: 'Last Received LCP CONFREQ',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  proxyAuthenType: {
    type: 29,
    name: 'Proxy Authen Type',
    format: 'u16',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  proxyAuthenName: {
    type: 30,
    name: 'Proxy Authen Name',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  proxyAuthenChallenge: {
    type: 31,
    name: 'Proxy Authen Challenge',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    min: 1,
    source: '4.4.5',
  },
  proxyAuthenId: {
    type: 32,
    name: 'Proxy Authen ID',
    format: 'identifier',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.5',
  },
  proxyAuthenResponse: {
    type: 33,
    name: 'Proxy Authen Response',
    format: 'octets',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    secret: true,
    source: '4.4.5',
  },
  callErrors: {
    type: 34,
    name: 'Call Errors',
    format: 'callErrors',
    mandatory: yes,
    hidable: yes,
    in: { WEN: 'must' },
    source: '4.4.6',
  },
  accm: {
    type: 35,
    name: 'ACCM',
    format: 'accm',
    mandatory: yes,
    hidable: yes,
    in: { SLI: 'must' },
    source: '4.4.6',
  },
  privateGroupId: {
    type: 37,
    name: 'Private Group ID',
    format: 'text',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may' },
    source: '4.4.4',
  },
  rxConnectSpeed: {
    type: 38,
    name: 'Rx Connect Speed',
    format: 'u32',
    mandatory: no,
    hidable: yes,
    in: { ICCN: 'may', OCCN: 'may' },
    source: '4.4.4',
  },
  sequencingRequired: {
    type: 39,
    name: 'Sequencing Required',
    format: 'empty',
    mandatory: yes,
    hidable: no,
    in: { ICCN: 'may', OCCN: 'may' },
    source: '4.4.4',
  },
  disconnectCause: {
    type: 46,
    name: 'PPP Disconnect Cause Code',
    format: 'disconnectCause',
    mandatory: no,
    hidable: yes,
    in: { CDN: 'may' },
    source: 'RFC 3145',
  },
  ...accessLineAvps,
} as const satisfies Record<string, AvpDefinition>;

/** Key of an AVP in {@link avps} and in messages. */
export type AvpField = keyof typeof avps;

/** What an AVP's value is in TypeScript. */
export type AvpValue<F extends AvpField> = AvpFormatValues[(typeof avps)[F]['format']];

/** Attribute Types of the two AVPs that frame a message (RFC 2661 section 4.4.1). */
export const messageTypeAttribute = 0;
export const randomVectorAttribute = 36;
