import type { Negotiation } from './link.js';
import type { ResolvedPppOptions } from './parameters.js';

/** Supported bits of the MPPE option (RFC 3078 section 2). */
export const MppeBits = {
  /** Keys change with every packet. */
  Stateless: 0x0100_0000,
  Key56: 0x80,
  Key128: 0x40,
  Key40: 0x20,
  Obsolete: 0x10,
  /** MPPC compression, which is never agreed to. */
  Compression: 0x01,
} as const;

/** Supported bits in words. */
export function describeMppe(bits: number): string {
  const words: string[] = [];
  if (bits & MppeBits.Key128) words.push('128');
  if (bits & MppeBits.Key56) words.push('56');
  if (bits & MppeBits.Key40) words.push('40');
  words.push(bits & MppeBits.Stateless ? 'stateless' : 'stateful');
  if (bits & MppeBits.Obsolete) words.push('D');
  if (bits & MppeBits.Compression) words.push('MPPC');
  return words.join(' ');
}

/** What CCP agrees on for one link: MPPE or nothing. */
export class CcpNegotiation implements Negotiation {
  /** Key bits that may be agreed on. */
  readonly keyBits: number;
  readonly stateful: boolean;
  readonly required: boolean;
  failed = false;
  /** Supported bits of what we receive; 0 when the peer does not encrypt. */
  local = 0;
  /** Supported bits of what we send; 0 when the peer does not want it encrypted. */
  peer = 0;

  constructor(mppe: ResolvedPppOptions['mppe'], keyBits: number) {
    this.keyBits = keyBits;
    this.stateful = mppe.stateful;
    this.required = mppe.mode === 'require';
  }

  /** The longest of the given keys that this end may use. */
  strongest(bits: number): number {
    const common = bits & this.keyBits;
    return common & MppeBits.Key128 || common & MppeBits.Key40;
  }

  beginLocal(): void {
    this.local = this.keyBits | MppeBits.Stateless;
  }

  beginPeer(): void {
    this.peer = 0;
  }
}
