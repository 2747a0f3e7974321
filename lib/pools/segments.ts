import { type Ipv4Range, formatRange } from './ipv4.js';

/** Where an address lies: which segment, and the how-manieth of all addresses it is. */
export interface Place {
  readonly segment: number;
  readonly index: number;
}

/**
 * Sorted ranges as one row of addresses, numbered from 0. Three words a range, and a binary search to go from address
 * to number and back.
 */
export class Segments {
  readonly #first: Uint32Array;
  readonly #last: Uint32Array;
  /** The number of each range's first address. */
  readonly #base: Uint32Array;
  /** Addresses in all. */
  readonly size: number;

  /** @param ranges sorted, without overlap */
  constructor(ranges: readonly Ipv4Range[]) {
    this.#first = Uint32Array.from(ranges, (range) => range.first);
    this.#last = Uint32Array.from(ranges, (range) => range.last);
    this.#base = new Uint32Array(ranges.length);
    let size = 0;
    ranges.forEach(({ first, last }, i) => {
      this.#base[i] = size;
      size += last - first + 1;
    });
    this.size = size;
  }

  /** @returns undefined for an address in none of the ranges */
  find(address: number): Place | undefined {
    const segment = lastAtMost(this.#first, address);
    if (segment < 0 || address > (this.#last[segment] as number)) return undefined;
    return {
      segment,
      index: (this.#base[segment] as number) + address - (this.#first[segment] as number),
    };
  }

  /** @param index from 0 to `size - 1` */
  addressAt(index: number): number {
    const segment = lastAtMost(this.#base, index);
    return (this.#first[segment] as number) + index - (this.#base[segment] as number);
  }

  /** The ranges as text. */
  toString(): string {
    return Array.from(this.#first, (first, i) => formatRange({ first, last: this.#last[i] as number })).join(
      ', ',
    );
  }
}

/** Index of the last value that is at most `limit`, -1 where there is none. `values` ascend. */
function lastAtMost(values: Uint32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
