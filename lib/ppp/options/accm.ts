import type { LcpNegotiation } from '../lcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU32, u32Value } from '../packet.js';

/**
 * Async-Control-Character-Map (RFC 1662 section 7.1). L2TP carries no control characters, but the LAC may have an
 * asynchronous line behind it and learns the map by Set-Link-Info.
 */
export const accm: ConfigOption<LcpNegotiation> = {
  type: 2,
  name: 'ACCM',
  length: 4,
  request: (n) => (n.accm === undefined ? undefined : u32Value(n.accm)),
  nak(n, value) {
    // The peer names characters that it has to see escaped; the map can only grow.
    n.accm = ((n.accm ?? 0) | readU32(value)) >>> 0;
  },
  reject(n) {
    n.accm = undefined;
  },
  judge(n, value) {
    if (n.options.refuseAccm) return 'reject';
    n.peerAccm = readU32(value);
    return 'accept';
  },
  suggest: () => u32Value(0),
  adopt(n, value) {
    n.accm = readU32(value);
    return true;
  },
  describe: (value) => `0x${readU32(value).toString(16).padStart(8, '0')}`,
};
