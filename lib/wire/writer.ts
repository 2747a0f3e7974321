/** Appends big-endian fields to a buffer that grows as needed. */
export class Writer {
  #buffer: Uint8Array;
  #length = 0;

  /** @param room octets that it begins with, or a buffer that it may use until {@link finish} */
  constructor(room: number | Uint8Array = 128) {
    this.#buffer = typeof room === 'number' ? new Uint8Array(room) : room;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#buffer[at] = value >>> 24;
    this.#buffer[at + 1] = value >>> 16;
    this.#buffer[at + 2] = value >>> 8;
    this.#buffer[at + 3] = value;
    return this;
  }

  u64(value: bigint): this {
    return this.u32(Number((value >> 32n) & 0xffff_ffffn)).u32(Number(value & 0xffff_ffffn));
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#buffer.set(value, at);
    return this;
  }

  /** Overwrites a 16-bit field written before, such as a length. */
  patchU16(at: number, value: number): this {
    this.#buffer[at] = value >>> 8;
    this.#buffer[at + 1] = value;
    return this;
  }

  /** The octets written, in a buffer of exactly their length. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #grow(by: number): number {
    const at = this.#length;
    const needed = at + by;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, at));
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}
