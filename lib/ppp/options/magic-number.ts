import { type LcpNegotiation, MAX_LOOPS } from '../lcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU32, u32Value } from '../packet.js';

/** Magic-Number (RFC 1661 section 6.4). */
export const magicNumber: ConfigOption<LcpNegotiation> = {
  type: 5,
  name: 'Magic-Number',
  length: 4,
  request: (n) => (n.magicNumber === 0 ? undefined : u32Value(n.magicNumber)),
  nak(n) {
    n.magicNumber = n.newMagicNumber();
  },
  reject(n) {
    // Zero goes where a magic number would (section 5.8).
    n.magicNumber = 0;
  },
  judge(n, value) {
    const theirs = readU32(value);
    if (theirs !== 0 && theirs !== n.magicNumber) {
      n.loops = 0;
      n.peerMagicNumber = theirs;
      return 'accept';
    }
    if (theirs !== 0) {
      n.loops++;
      if (n.loops >= MAX_LOOPS) n.failed = true;
    }
    return u32Value(n.newMagicNumber());
  },
  suggest: (n) => u32Value(n.newMagicNumber()),
  adopt(n, value) {
    n.magicNumber = readU32(value);
    return n.magicNumber !== 0;
  },
  describe: (value) => `0x${readU32(value).toString(16).padStart(8, '0')}`,
};
