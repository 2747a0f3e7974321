import { type AuthMethod, authOption, methodOfOption } from '../auth/index.js';
import type { LcpNegotiation } from '../lcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU16 } from '../packet.js';
import { protocolName } from '../protocols.js';

const encode = (method: AuthMethod): Uint8Array => {
  const { protocol, algorithm } = authOption(method);
  return algorithm === undefined
    ? Uint8Array.of(protocol >>> 8, protocol)
    : Uint8Array.of(protocol >>> 8, protocol, algorithm);
};

const decode = (value: Uint8Array): AuthMethod | undefined =>
  value.length === 2 || value.length === 3 ? methodOfOption(readU16(value), value[2]) : undefined;

const nextOffer = (n: LcpNegotiation): number => {
  for (let i = 0; i < n.offers.length; i++) if (!(n.tried & (1 << i))) return i;
  return n.offers.length;
};

/**
 * Authentication-Protocol (RFC 1661 section 6.2). A server offers its methods in order; a Nak moves on to the
 * method that the peer names, or else to the next one. A server's end never does without.
 */
export const authenticationProtocol: ConfigOption<LcpNegotiation> = {
  type: 3,
  name: 'Authentication-Protocol',
  request(n) {
    const method = n.authMethod;
    return method && encode(method);
  },
  nak(n, value) {
    if (n.offers.length === 0) return;
    n.tried |= 1 << n.offer;
    const wanted = decode(value);
    const index = wanted ? n.offers.indexOf(wanted) : -1;
    n.offer = index >= 0 && !(n.tried & (1 << index)) ? index : nextOffer(n);
    if (n.offer >= n.offers.length) n.failed = true;
  },
  reject(n) {
    if (n.offers.length > 0) n.failed = true;
  },
  judge(n, value) {
    const best = n.accepts[0];
    if (best === undefined) return 'reject';
    const method = decode(value);
    if (method === undefined || !n.accepts.includes(method)) return encode(best);
    n.peerAuthMethod = method;
    return 'accept';
  },
  adopt(n, value) {
    const method = decode(value);
    n.offer = method ? n.offers.indexOf(method) : -1;
    return n.offer >= 0;
  },
  describe(value) {
    const method = decode(value);
    if (method) return method;
    return value.length < 2 ? '?' : protocolName(readU16(value));
  },
};
