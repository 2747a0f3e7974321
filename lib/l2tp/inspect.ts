import { avps } from './avp-table.js';
import { avpByType, avpFlag, avpHeaderLength } from './codec.js';
import { decodeHeader } from './header.js';

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Where the value of an AVP is, and what it says of itself. */
interface AvpPlace {
  readonly vendor: number;
  readonly type: number;
  readonly flags: number;
  readonly start: number;
  readonly end: number;
}

/** The AVPs of a control message, as far as they are well formed; none of anything else. */
function* eachAvp(datagram: Uint8Array): Generator<AvpPlace> {
  const header = decodeHeader(datagram);
  if (typeof header === 'string' || header.kind !== 'control') return;
  let at = header.bodyStart;
  while (header.end - at >= avpHeaderLength) {
    const length = u16(datagram, at) & 0x3ff;
    if (length < avpHeaderLength || length > header.end - at) return;
    yield {
      flags: datagram[at] as number,
      vendor: u16(datagram, at + 2),
      type: u16(datagram, at + 4),
      start: at + avpHeaderLength,
      end: at + length,
    };
    at += length;
  }
}

/** The sender's own id of the call; `undefined` where the message tells none, or hides it. Total. */
export function peekAssignedSessionId(datagram: Uint8Array): number | undefined {
  for (const { vendor, type, flags, start, end } of eachAvp(datagram)) {
    if (vendor !== 0 || type !== avps.assignedSessionId.type) continue;
    return (flags & avpFlag.hidden) === 0 && end - start === 2 ? u16(datagram, start) : undefined;
  }
  return undefined;
}

/**
 * The same message with zeros for what helps to find a secret or a password, for captures. Hidden values stay: they
 * are encrypted. Total; octets that are no AVP stay as they are.
 */
export function maskDatagram(datagram: Uint8Array): Uint8Array {
  let masked = datagram;
  for (const { vendor, type, flags, start, end } of eachAvp(datagram)) {
    if ((flags & avpFlag.hidden) !== 0 || avpByType(vendor, type)?.secret !== true) continue;
    if (masked === datagram) masked = datagram.slice();
    masked.fill(0, start, end);
  }
  return masked;
}
