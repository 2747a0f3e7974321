import { type MppeKeys, mppeStartKey } from './auth/index.js';
import { type CcpNegotiation, MppeBits } from './ccp-negotiation.js';
import type { MppeSetup } from './events.js';
import type { ResolvedPppOptions } from './parameters.js';

/** Key lengths that the options allow and the keys are good for, as supported bits. */
export function usableKeyBits(keys: MppeKeys | undefined, options: ResolvedPppOptions): number {
  if (!keys) return 0;
  const { keyLengths } = options.mppe;
  let bits = 0;
  if (keyLengths.includes(128)) bits |= MppeBits.Key128;
  // After MS-CHAPv1 the short key is not part of the long one, and the kernel takes one key before it is known
  // which length is agreed on.
  if (keyLengths.includes(40) && (keys.lm === undefined || (bits === 0 && keys.lm.length > 0)))
    bits |= MppeBits.Key40;
  return bits;
}

/** The keys as the kernel takes them, with what is agreed on so far; undefined where there are none. */
export function mppeSetup(negotiation: CcpNegotiation, keys: MppeKeys): MppeSetup | undefined {
  const { keyBits, local, peer } = negotiation;
  const length = keyBits & MppeBits.Key128 ? 128 : 40;
  const send = mppeStartKey(keys, 'send', length);
  const receive = mppeStartKey(keys, 'receive', length);
  if (!send || !receive) return undefined;
  const offered = keyBits | MppeBits.Stateless;
  return {
    send: { key: send, bits: peer || offered },
    receive: { key: receive, bits: local || offered },
  };
}
