import type { IpcpNegotiation } from '../ipcp-negotiation.js';
import type { ConfigOption, Verdict } from '../negotiation.js';
import { readU32, u32Value } from '../packet.js';
import { formatIpv4 } from '../../wire/index.js';

/** Addresses that a host can have: no "this network", loopback, multicast or reserved ones. */
const isHostAddress = (address: number): boolean => {
  const first = address >>> 24;
  return first >= 1 && first <= 223 && first !== 127;
};

/** IP-Address (RFC 1332 section 3.3). */
export const ipAddress: ConfigOption<IpcpNegotiation> = {
  type: 3,
  name: 'IP-Address',
  length: 4,
  /** A client without an address sends zero and is told one; a server without one has none to name. */
  request: (n) => (n.isServer && n.local === 0 ? undefined : u32Value(n.local)),
  nak(n, value) {
    const given = readU32(value);
    if (n.isServer || !isHostAddress(given)) return;
    n.local = given;
    n.told = true;
  },
  reject(n) {
    // A server keeps its address to itself; a client without one has nothing to work with.
    if (!n.isServer && n.local === 0) n.failed = true;
  },
  judge(n, value): Verdict {
    const claimed = readU32(value);
    const { peerAddress, acceptPeerAddress } = n.parameters;
    if (peerAddress !== undefined) return claimed === peerAddress ? 'accept' : u32Value(peerAddress);
    if (n.isServer && !acceptPeerAddress) return 'reject';
    if (!isHostAddress(claimed) || claimed === n.local) return 'reject';
    n.peer = claimed;
    return 'accept';
  },
  suggest: (n) => (n.parameters.peerAddress === undefined ? undefined : u32Value(n.parameters.peerAddress)),
  /** "The option SHOULD be appended to a Configure-Nak" when the peer leaves it out. */
  missing: (n) =>
    n.isServer && n.parameters.peerAddress !== undefined ? u32Value(n.parameters.peerAddress) : undefined,
  /** Traffic of an address that is not the peer's would go nowhere. */
  stalemate: () => 'fail',
  describe: (value) => formatIpv4(readU32(value)),
};
