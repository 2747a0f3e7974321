import type { Random } from '../wire/index.js';

/** 0 is discovery's, 0xffff reserved (RFC 2516 section 4). */
const lowest = 1;
const highest = 0xfffe;
/** Free ids that were used go to the end of a queue: so long they rest. */
const rest = 4096;

/** Hands out session ids in random order, and none again soon: the kernel and relays forget with some delay. */
export class SessionIds {
  readonly #random: Random;
  readonly #used = new Set<number>();
  readonly #resting: number[] = [];
  readonly #asleep = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** `undefined` when all are taken. */
  allocate(): number | undefined {
    const total = highest - lowest + 1;
    if (this.#used.size >= total) return undefined;
    while (this.#used.size + this.#asleep.size >= total || this.#resting.length > rest) this.#wake();
    let id = lowest + this.#random.below(total);
    while (this.#used.has(id) || this.#asleep.has(id)) id = id === highest ? lowest : id + 1;
    this.#used.add(id);
    return id;
  }

  release(id: number): void {
    if (!this.#used.delete(id)) return;
    this.#resting.push(id);
    this.#asleep.add(id);
  }

  #wake(): void {
    const id = this.#resting.shift();
    if (id !== undefined) this.#asleep.delete(id);
  }
}
