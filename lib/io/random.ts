import { randomFillSync } from 'node:crypto';
import type { Random } from '../wire/index.js';

/** The system's generator is asked for this much at a time: a call costs as much as a few hundred octets. */
const blockLength = 4096;

class SystemRandom implements Random {
  readonly #block = new Uint8Array(blockLength);
  #used = blockLength;

  bytes(length: number): Uint8Array {
    if (length > blockLength) return randomFillSync(new Uint8Array(length));
    const at = this.#take(length);
    const bytes = this.#block.slice(at, at + length);
    // What was given out, a challenge or a key, stays nowhere but with its owner.
    this.#block.fill(0, at, at + length);
    return bytes;
  }

  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > 0x1_0000_0000) {
      throw new RangeError(`limit ${limit} is not from 1 to 2^32`);
    }
    // The highest multiple of the limit: numbers from there on would favour the small remainders.
    const end = 0x1_0000_0000 - (0x1_0000_0000 % limit);
    for (;;) {
      const at = this.#take(4);
      const b = this.#block;
      const high = ((b[at] as number) << 24) | ((b[at + 1] as number) << 16);
      const value = (high | ((b[at + 2] as number) << 8) | (b[at + 3] as number)) >>> 0;
      if (value < end) return value % limit;
    }
  }

  #take(length: number): number {
    if (length > blockLength - this.#used) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}

/** Unpredictable numbers from the system, for ids, challenges and keys. */
export const systemRandom: Random = new SystemRandom();
