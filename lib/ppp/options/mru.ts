import type { LcpNegotiation } from '../lcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU16, u16Value } from '../packet.js';
import { DEFAULT_MRU } from '../parameters.js';

/** Peers that would take less than this cannot be served. */
const LEAST_MRU = 128;

/** Maximum-Receive-Unit (RFC 1661 section 6.1). */
export const mru: ConfigOption<LcpNegotiation> = {
  type: 1,
  name: 'MRU',
  length: 2,
  request: (n) => (n.mru === DEFAULT_MRU ? undefined : u16Value(n.mru)),
  nak(n, value) {
    const wanted = readU16(value);
    if (wanted >= LEAST_MRU && wanted <= n.options.mru) n.mru = wanted;
  },
  reject(n) {
    n.mru = DEFAULT_MRU;
  },
  judge(n, value) {
    n.peerMru = Math.max(readU16(value), LEAST_MRU);
    return n.peerMru === readU16(value) ? 'accept' : u16Value(n.peerMru);
  },
  suggest: () => u16Value(DEFAULT_MRU),
  adopt(n, value) {
    n.mru = readU16(value);
    return n.mru >= LEAST_MRU && n.mru <= Math.max(DEFAULT_MRU, n.options.mru);
  },
  describe: (value) => `${readU16(value)}`,
};
