import { type CcpNegotiation, MppeBits, describeMppe } from '../ccp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU32, u32Value } from '../packet.js';

const { Stateless, Key40, Key128 } = MppeBits;

/** What this end proposes when the peer's own proposal has nothing to choose from. */
const proposal = (n: CcpNegotiation): number => n.strongest(n.keyBits) | Stateless;

/**
 * Microsoft PPE/PPC (RFC 3078 section 2): one key length and the state mode. The proposer names all that it
 * supports, the other end narrows that down to one key length by a Nak.
 */
export const mppe: ConfigOption<CcpNegotiation> = {
  type: 18,
  name: 'MPPE',
  length: 4,
  request: (n) => (n.local === 0 ? undefined : u32Value(n.local)),
  nak(n, value) {
    const wanted = readU32(value);
    const key = n.strongest(wanted);
    const stateless = wanted & Stateless;
    if (key !== 0 && (stateless || n.stateful)) n.local = key | stateless;
    else if (n.required) n.failed = true;
    else n.local = 0;
  },
  reject(n) {
    n.local = 0;
    if (n.required) n.failed = true;
  },
  judge(n, value) {
    const wanted = readU32(value);
    const key = n.strongest(wanted);
    const stateless = n.stateful ? wanted & Stateless : Stateless;
    if (key === 0) {
      if (!(wanted & (Key40 | Key128))) return u32Value(proposal(n));
      // A peer that names only keys that we may not use will not find another one by being asked.
      if (n.required) n.failed = true;
      return 'reject';
    }
    const agreed = (key | stateless) >>> 0;
    if (agreed !== wanted) return u32Value(agreed);
    n.peer = agreed;
    return 'accept';
  },
  suggest: (n) => u32Value(proposal(n)),
  missing: (n) => (n.required ? u32Value(proposal(n)) : undefined),
  stalemate: (n) => (n.required ? 'fail' : 'reject'),
  describe: (value) => describeMppe(readU32(value)),
};
