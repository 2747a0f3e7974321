import { TruncatedError } from './errors.js';

/**
 * A cursor over received octets. Every read is checked against the end and throws {@link TruncatedError};
 * nothing is copied: {@link Reader.bytes} gives a view that lives as long as the underlying buffer.
 */
export class Reader {
  readonly #buffer: Uint8Array;
  readonly #end: number;
  #offset: number;

  /** @param end exclusive, at most `buffer.length` */
  constructor(buffer: Uint8Array, offset = 0, end = buffer.length) {
    if (offset < 0 || end > buffer.length || offset > end)
      throw new TruncatedError('range outside of buffer');
    this.#buffer = buffer;
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  u8(): number {
    return this.#buffer[this.#take(1)] as number;
  }

  u16(): number {
    const at = this.#take(2);
    const b = this.#buffer;
    return ((b[at] as number) << 8) | (b[at + 1] as number);
  }

  u32(): number {
    const at = this.#take(4);
    const b = this.#buffer;
    return (
      (((b[at] as number) << 24) |
        ((b[at + 1] as number) << 16) |
        ((b[at + 2] as number) << 8) |
        (b[at + 3] as number)) >>>
      0
    );
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  /** A view of the next `length` octets. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** A reader over the next `length` octets, which this one steps over. */
  sub(length: number): Reader {
    const at = this.#take(length);
    return new Reader(this.#buffer, at, at + length);
  }

  #take(length: number): number {
    const at = this.#offset;
    if (length < 0 || length > this.#end - at) {
      throw new TruncatedError(`${length} octets wanted at offset ${at}, ${this.#end - at} left`);
    }
    this.#offset = at + length;
    return at;
  }
}
