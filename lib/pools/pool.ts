import { PoolError } from './errors.js';
import { IndexSet } from './index-set.js';
import { type Ipv4Range, formatRange, notUnicast, parseRange } from './ipv4.js';
import { mergeRanges, subtractRanges } from './ranges.js';
import { Segments } from './segments.js';

/** A pool as it is configured. */
export interface PoolDefinition {
  readonly name: string;
  /**
   * `10.65.0.0/18`, `10.65.0.10-10.65.0.99` or `10.65.0.7`. Those that overlap are merged. Of a CIDR the first and the
   * last address are left out, since some peers and tools take them for network and broadcast; not so of /31 and /32,
   * and not of ranges, which say what they mean.
   */
  readonly ranges: readonly string[];
  /** Never given out, in the same forms; a CIDR here means all of its addresses. May reach beyond the pool. */
  readonly exclude?: readonly string[];
}

export interface PoolUsage {
  /** Addresses in all. */
  readonly size: number;
  readonly used: number;
  readonly free: number;
}

/**
 * The addresses that a definition leaves, as sorted ranges.
 *
 * @param setAside further addresses that are left out
 * @throws PoolError `syntax`, `not-unicast` or `empty`
 */
export function poolRanges(definition: PoolDefinition, setAside: readonly number[] = []): Ipv4Range[] {
  const { name, ranges, exclude = [] } = definition;
  const wanted = ranges.map((text) => {
    const range = parseRange(text);
    const bad = notUnicast(range);
    if (bad) {
      const message = `pool ${name}: no host can have ${formatRange(bad)}, which is in ${text}`;
      throw new PoolError('not-unicast', message);
    }
    return range.prefix !== undefined && range.prefix < 31
      ? { first: range.first + 1, last: range.last - 1 }
      : range;
  });
  const holes = [
    ...exclude.map(parseRange),
    ...setAside.map((address) => ({ first: address, last: address })),
  ];
  const left = subtractRanges(mergeRanges(wanted), mergeRanges(holes));
  if (left.length === 0)
    throw new PoolError('empty', `pool ${name} has no address; add a range, or exclude less`);
  return left;
}

/**
 * IPv4 addresses that are given out one by one. A turning cursor hands out each free address once before any comes
 * again, so that an address just released, to which packets of its last user still come, rests as long as it can.
 * Each operation takes a time that does not grow with the addresses given out; the memory is one bit an address, for
 * the parts of the pool that were ever used, and a 32nd of that in any case.
 */
export class AddressPool {
  readonly name: string;
  readonly #segments: Segments;
  readonly #taken: IndexSet;
  #cursor = 0;

  /** @param ranges sorted, without overlap, not empty: see {@link poolRanges} */
  constructor(name: string, ranges: readonly Ipv4Range[]) {
    this.name = name;
    this.#segments = new Segments(ranges);
    this.#taken = new IndexSet(this.#segments.size);
  }

  /** @throws PoolError `syntax`, `not-unicast` or `empty` */
  static of(definition: PoolDefinition): AddressPool {
    return new AddressPool(definition.name, poolRanges(definition));
  }

  get usage(): PoolUsage {
    const { size, count } = this.#taken;
    return { size, used: count, free: size - count };
  }

  /** Whether the address is one of the pool's, given out or not. */
  has(address: number): boolean {
    return this.#segments.find(address) !== undefined;
  }

  /** A free address, undefined when there is none. */
  allocate(): number | undefined {
    let index = this.#taken.nextAbsent(this.#cursor);
    if (index < 0) index = this.#taken.nextAbsent(0);
    if (index < 0) return undefined;
    this.#taken.add(index);
    this.#cursor = index + 1;
    return this.#segments.addressAt(index);
  }

  /** Takes this very address. @returns false when it is given out already, or not in the pool */
  reserve(address: number): boolean {
    const place = this.#segments.find(address);
    return place !== undefined && this.#taken.add(place.index);
  }

  /** @returns false when it was not given out, or is not in the pool */
  release(address: number): boolean {
    const place = this.#segments.find(address);
    return place !== undefined && this.#taken.delete(place.index);
  }

  /** The addresses that are given out, ascending. */
  *leases(): Generator<number> {
    for (const index of this.#taken.values()) yield this.#segments.addressAt(index);
  }

  /** What the pool holds, as text. */
  toString(): string {
    return `${this.name}: ${this.#segments.toString()}`;
  }
}
