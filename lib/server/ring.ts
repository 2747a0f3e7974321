/** The last entries of a sequence without end. */
export class Ring<T> {
  readonly #capacity: number;
  #entries: T[] = [];
  /** Where the oldest is, once the ring is full. */
  #first = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.length;
  }

  push(entry: T): void {
    if (this.#entries.length < this.#capacity) {
      this.#entries.push(entry);
      return;
    }
    this.#entries[this.#first] = entry;
    this.#first = (this.#first + 1) % this.#capacity;
  }

  /** The oldest is at 0. */
  at(index: number): T {
    if (index < 0 || index >= this.size) throw new RangeError(`there is no entry ${index}`);
    return this.#entries[(this.#first + index) % this.#capacity] as T;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }
}
