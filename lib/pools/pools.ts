import type { AddressAllocator } from './allocator.js';
import { PoolError } from './errors.js';
import { type Ipv4Range, formatRange, isUnicast } from './ipv4.js';
import { AddressPool, type PoolDefinition, type PoolUsage, poolRanges } from './pool.js';
import { Segments } from './segments.js';

export interface AddressPoolsOptions {
  readonly pools: readonly PoolDefinition[];
  /**
   * Addresses that no pool gives out, because they belong to certain users: those may still be reserved. The server's
   * own addresses belong here too, and are to be reserved at once.
   */
  readonly setAside?: readonly number[];
}

interface OwnedRange extends Ipv4Range {
  readonly pool: AddressPool;
}

/**
 * All pools, and the addresses outside of them that sessions have: no address is given to two sessions, wherever it
 * came from. One such register serves one address space; a second VRF with the same addresses has its own.
 */
export class AddressPools implements AddressAllocator {
  readonly #pools = new Map<string, AddressPool>();
  /** All ranges of all pools, and which pool each belongs to. */
  readonly #segments: Segments;
  readonly #owners: readonly AddressPool[];
  /** Addresses in use that are in no pool. */
  readonly #outside = new Set<number>();

  /** @throws PoolError when a pool is malformed or empty, or two pools share a name or an address */
  constructor(options: AddressPoolsOptions) {
    const owned: OwnedRange[] = [];
    for (const definition of options.pools) {
      const { name } = definition;
      if (this.#pools.has(name)) throw new PoolError('duplicate-name', `there are two pools ${name}`);
      const ranges = poolRanges(definition, options.setAside);
      const pool = new AddressPool(name, ranges);
      this.#pools.set(name, pool);
      for (const range of ranges) owned.push({ ...range, pool });
    }
    owned.sort((a, b) => a.first - b.first);
    refuseOverlap(owned);
    this.#segments = new Segments(owned);
    this.#owners = owned.map((range) => range.pool);
  }

  /** The pools' names, in the order of their definition. */
  get names(): readonly string[] {
    return [...this.#pools.keys()];
  }

  /** Addresses in use that are in no pool. */
  get outside(): number {
    return this.#outside.size;
  }

  /** The name of the pool that holds the address, given out or not. */
  poolOf(address: number): string | undefined {
    return this.#ownerOf(address)?.name;
  }

  allocate(pool: string): number | undefined {
    return this.#pool(pool).allocate();
  }

  reserve(address: number): boolean {
    const pool = this.#ownerOf(address);
    if (pool) return pool.reserve(address);
    if (!isUnicast(address) || this.#outside.has(address)) return false;
    this.#outside.add(address);
    return true;
  }

  release(address: number): boolean {
    return this.#ownerOf(address)?.release(address) ?? this.#outside.delete(address);
  }

  usage(pool: string): PoolUsage {
    return this.#pool(pool).usage;
  }

  /** All addresses in use. */
  *leases(): Generator<number> {
    for (const pool of this.#pools.values()) yield* pool.leases();
    yield* this.#outside;
  }

  /**
   * Takes every address that is in use in `previous`, which this register follows when pools are configured anew: the
   * sessions keep them, in the pool that has them now or in none.
   */
  carryOver(previous: AddressPools): void {
    for (const address of previous.leases()) this.reserve(address);
  }

  #ownerOf(address: number): AddressPool | undefined {
    const place = this.#segments.find(address);
    return place && this.#owners[place.segment];
  }

  #pool(name: string): AddressPool {
    const pool = this.#pools.get(name);
    if (pool) return pool;
    const known = this.names.join(', ');
    throw new PoolError(
      'unknown-pool',
      `there is no pool ${name}${known === '' ? '' : `; the pools are ${known}`}`,
    );
  }
}

/** @param ranges sorted by their first address; those of one pool do not overlap */
function refuseOverlap(ranges: readonly OwnedRange[]): void {
  for (let i = 1; i < ranges.length; i++) {
    const before = ranges[i - 1] as OwnedRange;
    const range = ranges[i] as OwnedRange;
    if (range.first > before.last) continue;
    const shared = formatRange({ first: range.first, last: Math.min(range.last, before.last) });
    throw new PoolError(
      'overlap',
      `pools ${before.pool.name} and ${range.pool.name} both hold ${shared}; an address belongs to one pool`,
    );
  }
}
