import { formatInterfaceId, interfaceIdBytes, interfaceIdOf } from '../interface-id.js';
import type { Ipv6cpNegotiation } from '../ipv6cp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';

const suggest = (n: Ipv6cpNegotiation): Uint8Array => {
  const { peerInterfaceId } = n.parameters;
  const usable = peerInterfaceId !== undefined && peerInterfaceId !== 0n && peerInterfaceId !== n.local;
  if (usable) n.suggested = peerInterfaceId;
  else if (n.suggested === 0n || n.suggested === n.local) n.suggested = n.newIdentifier();
  return interfaceIdBytes(n.suggested);
};

/** Interface-Identifier (RFC 5072 section 4.1). */
export const interfaceIdentifier: ConfigOption<Ipv6cpNegotiation> = {
  type: 1,
  name: 'Interface-Identifier',
  length: 8,
  request: (n) => interfaceIdBytes(n.local),
  nak(n, value) {
    const wanted = interfaceIdOf(value);
    // Our own suggestion coming back means that both ends chose alike: a new one is due.
    n.local = wanted === 0n || wanted === n.suggested ? n.newIdentifier() : wanted;
  },
  reject(n) {
    n.local = 0n;
  },
  judge(n, value) {
    const theirs = interfaceIdOf(value);
    n.peer = theirs;
    if (theirs === 0n || theirs === n.local) return suggest(n);
    const { peerInterfaceId } = n.parameters;
    // "MUST be acknowledged" unless one is prescribed for this peer, which is then insisted on up to Max-Failure.
    const imposed = n.isServer && peerInterfaceId !== undefined && peerInterfaceId !== n.local;
    return imposed && theirs !== peerInterfaceId ? suggest(n) : 'accept';
  },
  suggest,
  missing: suggest,
  stalemate: (n) => (n.peer !== 0n && n.peer !== n.local ? 'accept' : 'reject'),
  describe: (value) => formatInterfaceId(interfaceIdOf(value)),
};
