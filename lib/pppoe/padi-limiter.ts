import type { MacAddress } from './mac-address.js';

const rows = 2;
const buckets = 8192;
/** What a MAC address may send while more come in all than are answered: one in so many ms. */
const fairInterval = 1000;

/**
 * Bounds the PADIs that are answered. Up to half of the rate's burst may come from anyone; when there is less left, a
 * MAC address is answered once a second, so that a flood from many addresses leaves room for honest ones. Addresses
 * are known by two hashes in a table of fixed size: a flood costs no memory, and an honest address is mistaken for a
 * flooding one only if both of its places are taken.
 */
export class PadiLimiter {
  readonly #perMillisecond: number;
  readonly #burst: number;
  readonly #seed: number;
  readonly #answered = new Float64Array(rows * buckets).fill(-Infinity);
  #tokens: number;
  #updatedAt: number;

  /** @param perSecond answers a second, in the long run. @param seed random, so that nobody can aim at others' places */
  constructor(perSecond: number, seed: number, now: number) {
    this.#perMillisecond = perSecond / 1000;
    this.#burst = Math.max(2, perSecond);
    this.#seed = seed;
    this.#tokens = this.#burst;
    this.#updatedAt = now;
  }

  /** Whether a PADI of `mac` is answered. */
  take(mac: MacAddress, now: number): boolean {
    const gained = (now - this.#updatedAt) * this.#perMillisecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#updatedAt = now;
    if (this.#tokens < 1) return false;
    const scarce = this.#tokens < this.#burst / 2;
    const first = this.#place(mac, 0);
    const second = buckets + this.#place(mac, 1);
    if (scarce) {
      const last = Math.min(this.#answered[first] as number, this.#answered[second] as number);
      if (now - last < fairInterval) return false;
    }
    this.#answered[first] = now;
    this.#answered[second] = now;
    this.#tokens -= 1;
    return true;
  }

  #place(mac: MacAddress, row: number): number {
    let hash = this.#seed ^ Math.imul(row + 1, 0x9e37_79b1);
    for (const half of [mac % 0x1_0000_0000, Math.floor(mac / 0x1_0000_0000)]) {
      hash = Math.imul(hash ^ half, 0x85eb_ca6b);
      hash ^= hash >>> 13;
      hash = Math.imul(hash, 0xc2b2_ae35);
      hash ^= hash >>> 16;
    }
    return (hash >>> 0) % buckets;
  }
}
