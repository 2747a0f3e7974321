import { CHAP_CODE } from './chap-packet.js';
import { EAP_CODE, EAP_TYPE } from './eap-packet.js';
import { PAP_CODE } from './pap-packet.js';
import { AUTH_PROTOCOL } from './protocol.js';

/** Code, identifier and length. */
const headerLength = 4;

type Range = readonly [start: number, end: number];

/** A value after the octet at `at` that tells its length; all that follows `at` where that lies. */
function valueAt(packet: Uint8Array, at: number): Range {
  const end = at + 1 + (packet[at] ?? 0);
  return end <= packet.length ? [at + 1, end] : [at, packet.length];
}

/** From where to where an authentication packet holds a password, or what helps to find one. */
function secretOf(protocol: number, packet: Uint8Array): Range | undefined {
  const [code] = packet;
  switch (protocol) {
    case AUTH_PROTOCOL.pap: {
      if (code !== PAP_CODE.request) return undefined;
      const start = headerLength + 1 + (packet[headerLength] ?? 0) + 1;
      // Where the lengths lie, the password may be anywhere.
      return [start <= packet.length ? start : headerLength, packet.length];
    }
    case AUTH_PROTOCOL.chap:
      if (code === CHAP_CODE.challenge || code === CHAP_CODE.success || code === CHAP_CODE.failure)
        return undefined;
      // A change of a password (RFC 2759 section 7) is one whole secret.
      return code === CHAP_CODE.response ? valueAt(packet, headerLength) : [headerLength, packet.length];
    case AUTH_PROTOCOL.eap: {
      if (code !== EAP_CODE.response) return undefined;
      const type = packet[headerLength];
      if (type === EAP_TYPE.identity || type === EAP_TYPE.notification || type === EAP_TYPE.nak)
        return undefined;
      const data = headerLength + 1;
      return type === EAP_TYPE.md5Challenge ? valueAt(packet, data) : [data, packet.length];
    }
    default:
      return undefined;
  }
}

/** The same packet with zeros for passwords and responses, for captures. Total. */
export function maskAuthPacket(protocol: number, packet: Uint8Array): Uint8Array {
  const secret = secretOf(protocol, packet);
  if (secret === undefined || secret[0] >= packet.length) return packet;
  return packet.slice().fill(0, ...secret);
}
