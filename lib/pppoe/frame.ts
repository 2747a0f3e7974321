import { type MacAddress, readMac, writeMac } from './mac-address.js';

/** Ethernet types of the two stages (RFC 2516 section 4). */
export const etherType = { discovery: 0x8863, session: 0x8864 } as const;

/** Codes of the discovery packets (RFC 2516 section 5). */
export const discoveryCode = { PADI: 0x09, PADO: 0x07, PADR: 0x19, PADS: 0x65, PADT: 0xa7 } as const;

export type DiscoveryName = keyof typeof discoveryCode;

const nameOf = new Map<number, DiscoveryName>(
  Object.entries(discoveryCode).map(([name, code]) => [code, name as DiscoveryName]),
);

/** Octets before the payload: Ethernet header, then PPPoE header. */
export const headerLength = 14 + 6;
const versionAndType = 0x11;
const shortestEthernetFrame = 60;

/** A PPPoE packet, its tags or PPP frame still as octets. */
export interface PppoeFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** `session` is a PPP frame; the others belong to discovery. */
  readonly kind: DiscoveryName | 'session';
  readonly sessionId: number;
  /** A view of the received octets. */
  readonly payload: Uint8Array;
}

/** Reads an Ethernet frame; `undefined` for what is no PPPoE packet of RFC 2516, or is cut short. */
export function decodeFrame(octets: Uint8Array): PppoeFrame | undefined {
  if (octets.length < headerLength) return undefined;
  const u16 = (at: number): number => ((octets[at] as number) << 8) | (octets[at + 1] as number);
  const type = u16(12);
  const length = u16(18);
  // Ethernet pads short frames: what follows the payload does not belong to it.
  if (octets[14] !== versionAndType || length > octets.length - headerLength) return undefined;
  const code = octets[15] as number;
  const kind =
    type === etherType.discovery
      ? nameOf.get(code)
      : type === etherType.session && code === 0
        ? 'session'
        : undefined;
  if (kind === undefined) return undefined;
  return {
    destination: readMac(octets, 0),
    source: readMac(octets, 6),
    kind,
    sessionId: u16(16),
    payload: octets.subarray(headerLength, headerLength + length),
  };
}

/** Writes a whole Ethernet frame, padded to the shortest that Ethernet takes. */
export function encodeFrame({ destination, source, kind, sessionId, payload }: PppoeFrame): Uint8Array {
  const octets = new Uint8Array(Math.max(shortestEthernetFrame, headerLength + payload.length));
  writeHeader(octets, { destination, source, kind, sessionId }, payload.length);
  octets.set(payload, headerLength);
  return octets;
}

/** Writes {@link headerLength} octets before a payload of `length`. */
export function writeHeader(
  octets: Uint8Array,
  { destination, source, kind, sessionId }: Omit<PppoeFrame, 'payload'>,
  length: number,
): void {
  const put16 = (at: number, value: number): void => {
    octets[at] = value >>> 8;
    octets[at + 1] = value;
  };
  writeMac(octets, 0, destination);
  writeMac(octets, 6, source);
  put16(12, kind === 'session' ? etherType.session : etherType.discovery);
  octets[14] = versionAndType;
  octets[15] = kind === 'session' ? 0 : discoveryCode[kind];
  put16(16, sessionId);
  put16(18, length);
}
