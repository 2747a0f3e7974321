import type { PoolUsage } from './pool.js';

/** An answer at hand, or one that comes. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Who gives out addresses. `AddressPools` does it in this process and answers at once; several servers that share their
 * pools would ask somebody else, so callers await. `owner` says for whom, uniquely over all that share the pools; a
 * local allocator has no use for it.
 */
export interface AddressAllocator {
  /**
   * A free address of the pool, undefined when there is none.
   *
   * @throws PoolError `unknown-pool`
   */
  allocate(pool: string, owner?: string): MaybePromise<number | undefined>;

  /**
   * Takes this very address, in a pool or not.
   *
   * @returns false when somebody has it, or when no host can have it
   */
  reserve(address: number, owner?: string): MaybePromise<boolean>;

  /** @returns false when nobody had it: then something was released twice */
  release(address: number, owner?: string): MaybePromise<boolean>;

  /** @throws PoolError `unknown-pool` */
  usage(pool: string): MaybePromise<PoolUsage>;
}
