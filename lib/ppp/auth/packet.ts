import { Reader, WireError, Writer, utf8 } from '../../wire/index.js';

/** A packet of an authentication protocol breaks its format. */
export class AuthPacketError extends WireError {
  override name = 'AuthPacketError';
}

/** The header that PAP, CHAP and EAP share, and the octets that its Length covers. */
export interface AuthPacket {
  readonly code: number;
  readonly identifier: number;
  /** A view of the received buffer. */
  readonly data: Uint8Array;
}

const HEADER_LENGTH = 4;

/**
 * Splits a packet. Octets beyond its Length are link padding and ignored (RFC 1994 section 4).
 *
 * @throws WireError when the Length is below 4 or beyond what was received
 */
export function parseAuthPacket(packet: Uint8Array): AuthPacket {
  const reader = new Reader(packet);
  const code = reader.u8();
  const identifier = reader.u8();
  const length = reader.u16();
  if (length < HEADER_LENGTH) throw new AuthPacketError(`length ${length} is below the header's own`);
  return { code, identifier, data: reader.bytes(length - HEADER_LENGTH) };
}

/** A writer that holds the header; `finishPacket` fills in the Length. */
export const beginPacket = (code: number, identifier: number): Writer =>
  new Writer(64).u8(code).u8(identifier).u16(0);

export const finishPacket = (writer: Writer): Uint8Array => writer.patchU16(2, writer.length).finish();

/** The octets of a text for the peer, cut at a character so that they are at most `limit`. */
export function messageOctets(message: string, limit = 255): Uint8Array {
  const octets = utf8(message);
  if (octets.length <= limit) return octets;
  let end = limit;
  while (end > 0 && ((octets[end] as number) & 0xc0) === 0x80) end--;
  return octets.subarray(0, end);
}
