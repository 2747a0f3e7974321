/** Views of longer frames, and of those in later rows of a batch, are made when they are needed. */
const longest = 32;
const rows = 512;

/**
 * Views of the frames in the memory that the addon fills. Idle sessions answer echo requests, by the thousands, with
 * frames of one length: batch after batch they lie in the same places, and the same views serve.
 */
export class FrameViews {
  readonly #buffer: Uint8Array;
  readonly #views: Uint8Array[] = [];

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
  }

  /** The `length` octets at `offset`, which are those of row `row`. */
  at(row: number, offset: number, length: number): Uint8Array {
    if (length > longest || row >= rows) return this.#buffer.subarray(offset, offset + length);
    const known = this.#views[row];
    if (known?.byteOffset === this.#buffer.byteOffset + offset && known.length === length) return known;
    const view = this.#buffer.subarray(offset, offset + length);
    this.#views[row] = view;
    return view;
  }
}
