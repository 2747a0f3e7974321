import { AddressPools, type PoolDefinition } from '../pools/index.js';
import type { LnsOptions, PoolOptions } from './options.js';
import { ipv4Number } from './settings.js';
import { formatIpv4 } from '../wire/index.js';

/** The address register of a server and what follows from it. */
export interface ServerPools {
  readonly pools: AddressPools;
  readonly defaultPool: string | undefined;
  /** Our own address on every session; `undefined` where there is neither an option nor a pool. */
  readonly localAddress: number | undefined;
  /** All addresses that the server itself holds. */
  readonly own: readonly number[];
}

/**
 * Makes the pools. Addresses that belong to certain users, and the server's own, are given to nobody else.
 * @param previous the pools before the options changed: what sessions have of them they keep
 * @throws PoolError or RangeError for an option that cannot be used
 */
export function serverPools(options: LnsOptions, previous?: ServerPools): ServerPools {
  const definitions = Object.entries(options.pools ?? {}).map(([name, pool]) => definition(name, pool));
  const own = ownAddresses(options);
  const pools = new AddressPools({ pools: definitions, setAside: [...own, ...userAddresses(options)] });
  const defaultPool = options.defaultPool ?? pools.names[0];
  if (defaultPool !== undefined && !pools.names.includes(defaultPool)) {
    throw new RangeError(`defaultPool: there is no pool named ${JSON.stringify(defaultPool)}`);
  }
  if (previous !== undefined) {
    pools.carryOver(previous.pools);
    for (const address of previous.own) pools.release(address);
  }
  for (const address of own) {
    if (!pools.reserve(address)) throw new RangeError(`the address ${formatIpv4(address)} is a subscriber's`);
  }
  const local = options.ppp?.localAddress;
  if (local !== undefined) {
    return { pools, defaultPool, localAddress: ipv4Number('ppp.localAddress', local), own };
  }
  // Nothing is said: the server takes the first address that it would give out.
  const localAddress = defaultPool === undefined ? undefined : pools.allocate(defaultPool);
  return {
    pools,
    defaultPool,
    localAddress,
    own: localAddress === undefined ? own : [...own, localAddress],
  };
}

function definition(name: string, pool: string | readonly string[] | PoolOptions): PoolDefinition {
  if (typeof pool === 'string') return { name, ranges: [pool] };
  return 'ranges' in pool ? { name, ...pool } : { name, ranges: pool };
}

function ownAddresses(options: LnsOptions): number[] {
  const all = [
    options.ppp?.localAddress,
    ...(options.profiles ?? []).map((profile) => profile.ppp?.localAddress),
    ...Object.values(options.users ?? {}).map((user) => user.ppp?.localAddress),
  ];
  const set = new Set(all.filter((address) => address !== undefined));
  return [...set].map((address) => ipv4Number('localAddress', address));
}

function userAddresses(options: LnsOptions): number[] {
  return Object.entries(options.users ?? {}).flatMap(([name, { address }]) =>
    address === undefined ? [] : [ipv4Number(`address of user ${name}`, address)],
  );
}
