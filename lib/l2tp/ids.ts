import type { Random } from '../wire/index.js';

/** Ids are 16 bits, and 0 is reserved (RFC 2661 section 5.3). */
const ids = 0x1_0000;

/** A freed id rests until this many others were freed after it. */
const defaultRest = 1024;

/**
 * Gives out random non-zero 16-bit ids that are unique, and not again soon after they were freed. Unpredictable ids
 * deter injection (RFC 2661 section 9.1).
 */
export class IdPool {
  readonly #random: Random;
  readonly #taken = new Uint8Array(ids / 8);
  /** Freed ids that rest, oldest at `#oldest`; they still count as taken. */
  readonly #resting: Uint16Array;
  #oldest = 0;
  #restingCount = 0;
  #free = ids - 1;

  /** @param rest how many freed ids rest, at most */
  constructor(random: Random, rest = defaultRest) {
    this.#random = random;
    this.#resting = new Uint16Array(rest);
  }

  /** Ids in use, those that rest not counted. */
  get used(): number {
    return ids - 1 - this.#free - this.#restingCount;
  }

  /** @returns `undefined` when all ids are in use */
  take(): number | undefined {
    if (this.#free === 0 && this.#restingCount > 0) this.#wake();
    if (this.#free === 0) return undefined;
    let id = this.#random.below(ids);
    // Random draws are quick while there is room; then a walk finds what is left.
    for (let draws = 0; draws < 16 && this.#isTaken(id); draws++) id = this.#random.below(ids);
    while (this.#isTaken(id)) id = (id + 1) & 0xffff;
    this.#mark(id, true);
    this.#free--;
    return id;
  }

  /** An id that is not in use, without taking it; any one when all are. Never 0. */
  peek(): number {
    let id = this.#random.below(ids);
    for (let draws = 0; draws < 16 && this.#isTaken(id); draws++) id = this.#random.below(ids);
    return id === 0 ? 1 : id;
  }

  /** Takes an id back; it rests before it is given out again. */
  free(id: number): void {
    if (this.#resting.length === 0) {
      this.#mark(id, false);
      this.#free++;
      return;
    }
    if (this.#restingCount === this.#resting.length) this.#wake();
    this.#resting[(this.#oldest + this.#restingCount) % this.#resting.length] = id;
    this.#restingCount++;
  }

  /** Whether an id is in use or was so a short while ago. */
  recent(id: number): boolean {
    return this.#isTaken(id);
  }

  #wake(): void {
    this.#mark(this.#resting[this.#oldest] as number, false);
    this.#oldest = (this.#oldest + 1) % this.#resting.length;
    this.#restingCount--;
    this.#free++;
  }

  #isTaken(id: number): boolean {
    return id === 0 || ((this.#taken[id >> 3] as number) & (1 << (id & 7))) !== 0;
  }

  #mark(id: number, taken: boolean): void {
    const octet = this.#taken[id >> 3] as number;
    this.#taken[id >> 3] = taken ? octet | (1 << (id & 7)) : octet & ~(1 << (id & 7));
  }
}
