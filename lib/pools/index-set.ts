/** Words of the lowest level that are allocated at a time: 32,768 indices in 4 kB. */
const CHUNK_WORDS = 1024;
const FULL = 0xffffffff;

/**
 * A set of the numbers from 0 to `size - 1` that finds the next number that is not in it in a time that hardly
 * depends on size or fill: over the words of bits lie words whose bits say which word below is full, up to a single
 * one. The lowest level, all but 1/32 of the memory, exists only where it was used.
 */
export class IndexSet {
  readonly size: number;
  readonly #chunks: (Uint32Array | undefined)[];
  /** From above the lowest level upwards; the last one has a single word. */
  readonly #summaries: Uint32Array[] = [];
  #count = 0;

  /** @param size at most 2^32 */
  constructor(size: number) {
    this.size = size;
    let words = Math.ceil(size / 32);
    this.#chunks = new Array<Uint32Array | undefined>(Math.ceil(words / CHUNK_WORDS)).fill(undefined);
    do {
      const summary = new Uint32Array(Math.max(1, Math.ceil(words / 32)));
      // What lies beyond the end counts as full.
      summary[summary.length - 1] = tail(words);
      this.#summaries.push(summary);
      words = summary.length;
    } while (words > 1);
  }

  /** Numbers in the set. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return ((this.#word(index >>> 5) >>> (index & 31)) & 1) === 1;
  }

  /** @returns false when it was in already */
  add(index: number): boolean {
    let at = index >>> 5;
    const before = this.#word(at);
    let word = (before | (1 << (index & 31))) >>> 0;
    if (word === before) return false;
    this.#count++;
    this.#writableChunk(at)[at % CHUNK_WORDS] = word;
    for (const summary of this.#summaries) {
      if (word !== FULL) break;
      const bit = 1 << (at & 31);
      at >>>= 5;
      word = ((summary[at] as number) | bit) >>> 0;
      summary[at] = word;
    }
    return true;
  }

  /** @returns false when it was not in */
  delete(index: number): boolean {
    let at = index >>> 5;
    let before = this.#word(at);
    const word = (before & ~(1 << (index & 31))) >>> 0;
    if (word === before) return false;
    this.#count--;
    this.#writableChunk(at)[at % CHUNK_WORDS] = word;
    for (const summary of this.#summaries) {
      if (before !== FULL) break;
      const bit = 1 << (at & 31);
      at >>>= 5;
      before = summary[at] as number;
      summary[at] = before & ~bit;
    }
    return true;
  }

  /** The lowest number from `from` on that is not in the set, -1 where there is none. */
  nextAbsent(from: number): number {
    if (from >= this.size) return -1;
    const at = from >>> 5;
    const bit = lowestZero(this.#word(at), from & 31);
    if (bit >= 0) return at * 32 + bit;
    const word = this.#nextNotFull(0, at + 1);
    return word < 0 ? -1 : word * 32 + lowestZero(this.#word(word), 0);
  }

  /** The numbers in the set, ascending. */
  *values(): Generator<number> {
    for (const [c, chunk] of this.#chunks.entries()) {
      if (!chunk) continue;
      for (const [w, word] of chunk.entries()) {
        for (let rest = word; rest !== 0; rest &= rest - 1) {
          const index = (c * CHUNK_WORDS + w) * 32 + (31 - Math.clz32(rest & -rest));
          if (index < this.size) yield index;
        }
      }
    }
  }

  /** The first word from `from` on, of the level below summary `level`, that is not full; -1 where there is none. */
  #nextNotFull(level: number, from: number): number {
    const summary = this.#summaries[level];
    const at = from >>> 5;
    if (!summary || at >= summary.length) return -1;
    const bit = lowestZero(summary[at] as number, from & 31);
    if (bit >= 0) return at * 32 + bit;
    const above = this.#nextNotFull(level + 1, at + 1);
    return above < 0 ? -1 : above * 32 + lowestZero(summary[above] as number, 0);
  }

  #word(at: number): number {
    const chunk = this.#chunks[Math.floor(at / CHUNK_WORDS)];
    return chunk ? (chunk[at % CHUNK_WORDS] as number) : this.#unused(at);
  }

  /** A word that was never written: empty, but for what lies beyond the end. */
  #unused(at: number): number {
    return at === (this.size - 1) >>> 5 ? tail(this.size) : 0;
  }

  #writableChunk(at: number): Uint32Array {
    const c = Math.floor(at / CHUNK_WORDS);
    let chunk = this.#chunks[c];
    if (!chunk) {
      const first = c * CHUNK_WORDS;
      const words = Math.ceil(this.size / 32);
      chunk = new Uint32Array(Math.min(CHUNK_WORDS, words - first));
      const last = first + chunk.length - 1;
      chunk[chunk.length - 1] = this.#unused(last);
      this.#chunks[c] = chunk;
    }
    return chunk;
  }
}

/** The last of the words that hold `bits` bits: what is beyond them is set. */
const tail = (bits: number): number => (bits > 0 && bits % 32 === 0 ? 0 : (FULL << (bits % 32)) >>> 0);

/** The lowest bit from `from` on that is 0, -1 where there is none. */
function lowestZero(word: number, from: number): number {
  const zeros = ~word & (-1 << from);
  return zeros === 0 ? -1 : 31 - Math.clz32(zeros & -zeros);
}
