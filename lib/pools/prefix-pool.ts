import { formatIpv6Prefix, type Ipv6Prefix, parseIpv6Prefix } from '../wire/index.js';
import { PoolError } from './errors.js';
import { IndexSet } from './index-set.js';
import type { PoolUsage } from './pool.js';

/** An IPv6 pool as it is configured. */
export interface PrefixPoolDefinition {
  readonly name: string;
  /** Networks such as `2001:db8:1::/48`. */
  readonly networks: readonly string[];
  /** Length of what is given out: 64 for links, 128 for addresses, shorter for delegation. */
  readonly length: number;
}

/** Prefixes that a pool gives out at most: of longer networks the first so many. */
const mostPrefixes = 2 ** 24;

interface Network extends Ipv6Prefix {
  /** Place of its first prefix among all of the pool. */
  readonly start: number;
  readonly count: number;
}

/**
 * IPv6 prefixes of one length that are given out one by one, like the addresses of `AddressPool`: each free one once
 * before any comes again. Of pools of addresses the first of each network, the routers' anycast address (RFC 4291
 * section 2.6.1), is left out.
 */
export class PrefixPool {
  readonly name: string;
  readonly length: number;
  readonly #networks: readonly Network[];
  readonly #taken: IndexSet;
  /** Left out for good, and not counted. */
  readonly #reserved: number;
  #cursor = 0;

  /** @throws PoolError `syntax`, `not-unicast`, `overlap` or `empty` */
  constructor({ name, networks, length }: PrefixPoolDefinition) {
    this.name = name;
    this.length = length;
    const placed: Network[] = [];
    let start = 0;
    for (const text of networks) {
      const network = readNetwork(name, text, length);
      const shared = placed.find((other) => overlaps(other, network));
      if (shared !== undefined) {
        throw new PoolError('overlap', `pool ${name}: ${text} and ${formatIpv6Prefix(shared)} overlap`);
      }
      const count = Math.min(mostPrefixes - start, 2 ** (length - network.length));
      placed.push({ ...network, start, count });
      start += count;
    }
    this.#networks = placed;
    this.#taken = new IndexSet(start);
    for (const network of placed) if (length === 128 && network.length < 127) this.#taken.add(network.start);
    this.#reserved = this.#taken.count;
    if (this.#taken.count === start) {
      throw new PoolError('empty', `pool ${name} has no prefix; add a network`);
    }
  }

  get usage(): PoolUsage {
    const size = this.#taken.size - this.#reserved;
    const used = this.#taken.count - this.#reserved;
    return { size, used, free: size - used };
  }

  get networks(): readonly Ipv6Prefix[] {
    return this.#networks;
  }

  /** A free prefix, undefined when there is none. */
  allocate(): Ipv6Prefix | undefined {
    let index = this.#taken.nextAbsent(this.#cursor);
    if (index < 0) index = this.#taken.nextAbsent(0);
    if (index < 0) return undefined;
    this.#taken.add(index);
    this.#cursor = index + 1;
    return this.#prefixAt(index);
  }

  /** Whether all prefixes of the pool that share an address with this one are free. */
  isFree(prefix: Ipv6Prefix): boolean {
    return this.#indices(prefix).every(([first, last]) => {
      for (let index = first; index <= last; index++) if (this.#taken.has(index)) return false;
      return true;
    });
  }

  /** Takes them, or gives them back. */
  mark(prefix: Ipv6Prefix, taken: boolean): void {
    for (const [first, last] of this.#indices(prefix)) {
      for (let index = first; index <= last; index++) {
        if (taken) this.#taken.add(index);
        else this.#taken.delete(index);
      }
    }
  }

  /** @returns false when it was not given out, or is not one of the pool's */
  release(prefix: Ipv6Prefix): boolean {
    const [found] = this.#indices(prefix);
    return prefix.length === this.length && found !== undefined && this.#taken.delete(found[0]);
  }

  #prefixAt(index: number): Ipv6Prefix {
    const network = this.#networks.findLast(({ start }) => start <= index) as Network;
    const shift = BigInt(128 - this.length);
    const address = network.address + (BigInt(index - network.start) << shift);
    return { address, length: this.length };
  }

  /** First and last place of the pool's prefixes that share an address with this one, in each network. */
  #indices(prefix: Ipv6Prefix): [number, number][] {
    const shift = BigInt(128 - this.length);
    return this.#networks.flatMap((network): [number, number][] => {
      if (!overlaps(network, prefix)) return [];
      const within = prefix.length > network.length ? prefix.address - network.address : 0n;
      const first = Number(within >> shift);
      const length = Math.max(prefix.length, network.length);
      const size = length >= this.length ? 1 : 2 ** (this.length - length);
      if (first >= network.count) return [];
      return [[network.start + first, network.start + Math.min(first + size, network.count) - 1]];
    });
  }
}

/** Whether two prefixes share an address: then one holds the other. */
export function overlaps(a: Ipv6Prefix, b: Ipv6Prefix): boolean {
  const shift = BigInt(128 - Math.min(a.length, b.length));
  return a.address >> shift === b.address >> shift;
}

/** Global unicast and unique local addresses are what subscribers may have; IPv4-mapped ones and the like are not. */
export function isSubscriberPrefix(prefix: Ipv6Prefix): boolean {
  const top = Number(prefix.address >> 120n);
  return prefix.length >= 3 && (top >> 5 === 1 || (prefix.length >= 7 && top >> 1 === 0x7e));
}

function readNetwork(name: string, text: string, length: number): Ipv6Prefix {
  const network = parseIpv6Prefix(text);
  if (network === undefined) {
    throw new PoolError(
      'syntax',
      `pool ${name}: ${JSON.stringify(text)} is no IPv6 network such as 2001:db8::/48`,
    );
  }
  if (formatIpv6Prefix(network) !== formatIpv6Prefix({ ...network, address: addressOf(text) })) {
    throw new PoolError(
      'syntax',
      `pool ${name}: ${text} is not right; the network is ${formatIpv6Prefix(network)}`,
    );
  }
  if (!isSubscriberPrefix(network)) {
    throw new PoolError('not-unicast', `pool ${name}: no subscriber can have ${text}`);
  }
  if (network.length > length) {
    throw new PoolError('empty', `pool ${name}: ${text} has no room for a /${length}`);
  }
  return network;
}

const addressOf = (text: string): bigint => parseIpv6Prefix(text.replace(/\/.*/, '/128'))?.address ?? 0n;
