import type { LcpNegotiation } from '../lcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';

const flag = new Uint8Array(0);

/** Protocol-Field-Compression (RFC 1661 section 6.5). What we send is never compressed; both forms are read. */
export const pfc: ConfigOption<LcpNegotiation> = {
  type: 7,
  name: 'PFC',
  length: 0,
  request: (n) => (n.pfc ? flag : undefined),
  reject(n) {
    n.pfc = false;
  },
  judge(n) {
    n.peerPfc = n.options.pfc;
    return n.options.pfc ? 'accept' : 'reject';
  },
  adopt(n) {
    n.pfc = true;
    return true;
  },
  describe: () => '',
};

/** Address-and-Control-Field-Compression (RFC 1661 section 6.6). */
export const acfc: ConfigOption<LcpNegotiation> = {
  type: 8,
  name: 'ACFC',
  length: 0,
  request: (n) => (n.acfc ? flag : undefined),
  reject(n) {
    n.acfc = false;
  },
  judge(n) {
    n.peerAcfc = n.options.acfc;
    return n.options.acfc ? 'accept' : 'reject';
  },
  adopt(n) {
    n.acfc = true;
    return true;
  },
  describe: () => '',
};
