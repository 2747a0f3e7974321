import type { SessionStats } from '../kernel/index.js';

/** Readings that are closer together than this many ms say little about a rate. */
const shortest = 500;

/** The rates of one session, from one reading of its counters to the next. */
export class TrafficMeter {
  /** What the subscriber sent and received, in bit/s. */
  rxRate = 0;
  txRate = 0;
  #rxBytes = 0;
  #txBytes = 0;
  #readAt: number | undefined;

  /** @param now monotonic ms */
  note({ rxBytes, txBytes }: SessionStats, now: number): void {
    const elapsed = this.#readAt === undefined ? 0 : now - this.#readAt;
    if (this.#readAt !== undefined && elapsed < shortest) return;
    if (elapsed > 0) {
      this.rxRate = rate(rxBytes - this.#rxBytes, elapsed);
      this.txRate = rate(txBytes - this.#txBytes, elapsed);
    }
    this.#rxBytes = rxBytes;
    this.#txBytes = txBytes;
    this.#readAt = now;
  }
}

/** Counters that went back belong to another interface: nothing is known of the time between. */
const rate = (octets: number, milliseconds: number): number =>
  octets <= 0 ? 0 : Math.round((octets * 8000) / milliseconds);
