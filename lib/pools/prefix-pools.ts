import type { Ipv6Prefix } from '../wire/index.js';
import { PoolError } from './errors.js';
import { isSubscriberPrefix, overlaps, PrefixPool, type PrefixPoolDefinition } from './prefix-pool.js';
import type { PoolUsage } from './pool.js';

/** Prefixes of a pool that one reservation may take. */
const mostReserved = 2 ** 16;

/** All IPv6 pools, and the prefixes outside of them that sessions have: nothing is given to two sessions. */
export class PrefixPools {
  readonly #pools = new Map<string, PrefixPool>();
  /** Reservations, sorted by address; none overlaps another. */
  readonly #reserved: Ipv6Prefix[] = [];

  /** @throws PoolError when a pool is malformed or empty, or two pools share a name or an address */
  constructor(definitions: readonly PrefixPoolDefinition[]) {
    for (const definition of definitions) {
      const pool = new PrefixPool(definition);
      if (this.#pools.has(pool.name)) {
        throw new PoolError('duplicate-name', `there are two pools ${pool.name}`);
      }
      for (const other of this.#pools.values()) {
        if (pool.networks.some((network) => other.networks.some((its) => overlaps(network, its)))) {
          throw new PoolError('overlap', `pools ${other.name} and ${pool.name} overlap`);
        }
      }
      this.#pools.set(pool.name, pool);
    }
  }

  /** The pools' names, in the order of their definition. */
  get names(): readonly string[] {
    return [...this.#pools.keys()];
  }

  has(name: string): boolean {
    return this.#pools.has(name);
  }

  /** A free prefix of the pool, undefined when there is none. @throws PoolError `unknown-pool` */
  allocate(name: string): Ipv6Prefix | undefined {
    return this.#pool(name).allocate();
  }

  /** @throws PoolError `unknown-pool` */
  usage(name: string): PoolUsage {
    return this.#pool(name).usage;
  }

  /**
   * Takes this very prefix, in a pool or not.
   *
   * @returns false when somebody has an address of it, or when no subscriber can have it
   */
  reserve(prefix: Ipv6Prefix): boolean {
    if (!isSubscriberPrefix(prefix)) return false;
    const at = this.#placeOf(prefix);
    const neighbours = [this.#reserved[at - 1], this.#reserved[at]];
    if (neighbours.some((other) => other !== undefined && overlaps(other, prefix))) return false;
    const pools = [...this.#pools.values()];
    if (
      pools.some((pool) => 2 ** (pool.length - prefix.length) > mostReserved && this.#touches(pool, prefix))
    )
      return false;
    if (!pools.every((pool) => pool.isFree(prefix))) return false;
    for (const pool of pools) pool.mark(prefix, true);
    this.#reserved.splice(at, 0, prefix);
    return true;
  }

  /** @returns false when nobody had it */
  release(prefix: Ipv6Prefix): boolean {
    const at = this.#placeOf(prefix);
    const found = this.#reserved[at];
    if (found?.address === prefix.address && found.length === prefix.length) {
      this.#reserved.splice(at, 1);
      for (const pool of this.#pools.values()) pool.mark(prefix, false);
      return true;
    }
    return [...this.#pools.values()].some((pool) => pool.release(prefix));
  }

  #touches(pool: PrefixPool, prefix: Ipv6Prefix): boolean {
    return pool.networks.some((network) => overlaps(network, prefix));
  }

  /** Index of the first reservation from the prefix's address on. */
  #placeOf({ address }: Ipv6Prefix): number {
    let low = 0;
    let high = this.#reserved.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#reserved[middle] as Ipv6Prefix).address < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pool(name: string): PrefixPool {
    const pool = this.#pools.get(name);
    if (pool !== undefined) return pool;
    throw new PoolError('unknown-pool', `there is no IPv6 pool ${name}`);
  }
}
