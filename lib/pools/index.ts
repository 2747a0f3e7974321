/**
 * Named pools of IPv4 addresses, and the register that keeps any address from being given to two sessions. Addresses
 * are unsigned 32-bit numbers.
 */
export type { AddressAllocator, MaybePromise } from './allocator.js';
export { PoolError, type PoolErrorCode } from './errors.js';
export {
  formatRange,
  type Ipv4Range,
  isUnicast,
  type ParsedRange,
  parseRange,
} from './ipv4.js';
export { AddressPool, type PoolDefinition, poolRanges, type PoolUsage } from './pool.js';
export { isSubscriberPrefix, type PrefixPoolDefinition } from './prefix-pool.js';
export { PrefixPools } from './prefix-pools.js';
export { AddressPools, type AddressPoolsOptions } from './pools.js';
