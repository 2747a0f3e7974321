import type { AssignedIpv6, SubscriberIpv6 } from '../aaa/index.js';
import { type PrefixPoolDefinition, PrefixPools } from '../pools/index.js';
import { formatIpv6, formatIpv6Prefix, type Ipv6Prefix, parseIpv6, parseIpv6Prefix } from '../wire/index.js';
import type { GrantRefusal } from './grants.js';
import type { LnsIpv6Options } from './options.js';

/** What a subscriber has of IPv6. */
export interface Ipv6Grant {
  /** Of the link, announced to the subscriber. */
  readonly prefix: Ipv6Prefix | undefined;
  /** By DHCPv6. */
  readonly address: bigint | undefined;
  readonly delegated: Ipv6Prefix | undefined;
  readonly dns: readonly bigint[];
  /** Networks that router advertisements name. */
  readonly announced: readonly Ipv6Prefix[];
}

const linkLength = 64;
const defaultDelegatedLength = 56;
/** So that an advertisement fits the least MTU of IPv6. */
const mostAnnounced = 16;

type PoolMap = Readonly<Record<string, string | readonly string[]>>;

/** Gives subscribers their IPv6 prefixes and addresses, and takes them back. */
export class Ipv6Grants {
  readonly #pools: PrefixPools;
  readonly #links: readonly string[];
  readonly #addresses: readonly string[];
  readonly #delegated: readonly string[];
  readonly #dns: readonly bigint[];

  /** @throws PoolError, RangeError for an option that cannot be used */
  constructor(options: LnsIpv6Options = {}) {
    const { pools = {}, addresses = {}, delegated = {}, dns = [] } = options;
    const length = delegated.length ?? defaultDelegatedLength;
    this.#links = Object.keys(pools);
    this.#addresses = Object.keys(addresses);
    this.#delegated = Object.keys(delegated.pools ?? {});
    this.#pools = new PrefixPools([
      ...definitions(pools, linkLength),
      ...definitions(addresses, 128),
      ...definitions(delegated.pools ?? {}, length),
    ]);
    this.#dns = dns.map((server) => addressOf('ipv6.dns', server));
  }

  /** Pools in the order of their definition, and how much of each is given out. */
  usage(): { readonly name: string; readonly size: number; readonly used: number; readonly free: number }[] {
    return this.#pools.names.map((name) => ({ name, ...this.#pools.usage(name) }));
  }

  /** All or nothing. @throws RangeError for text that is no address or prefix */
  grant(policy: SubscriberIpv6 = {}): Ipv6Grant | GrantRefusal {
    const dns = policy.dns?.map((server) => addressOf('DNS server', server)) ?? this.#dns;
    const announced = (policy.announcedRoutes ?? []).map((route) => prefixOf('announced route', route));
    if (announced.length > mostAnnounced) throw new RangeError(`more than ${mostAnnounced} announced routes`);
    const fixed = {
      prefix: policy.prefix === undefined ? undefined : prefixOf('prefix', policy.prefix),
      address:
        policy.address === undefined
          ? undefined
          : { address: addressOf('address', policy.address), length: 128 },
      delegated:
        policy.delegatedPrefix === undefined
          ? undefined
          : prefixOf('delegated prefix', policy.delegatedPrefix),
    };
    const wanted = [
      { fixed: fixed.prefix, pool: policy.pool, defaults: this.#links },
      { fixed: fixed.address, pool: policy.addressPool, defaults: this.#addresses },
      { fixed: fixed.delegated, pool: policy.delegatedPool, defaults: this.#delegated },
    ];
    const taken: (Ipv6Prefix | undefined)[] = [];
    for (const want of wanted) {
      const found =
        want.fixed === undefined ? this.#lease(want.pool, want.defaults) : this.#reserve(want.fixed);
      if (found !== undefined && 'refused' in found) {
        for (const prefix of taken) if (prefix !== undefined) this.#pools.release(prefix);
        return found;
      }
      taken.push(found);
    }
    const [prefix, address, delegated] = taken;
    return { prefix, address: address?.address, delegated, dns, announced };
  }

  revoke({ prefix, address, delegated }: Ipv6Grant): void {
    if (prefix !== undefined) this.#pools.release(prefix);
    if (address !== undefined) this.#pools.release({ address, length: 128 });
    if (delegated !== undefined) this.#pools.release(delegated);
  }

  #reserve(prefix: Ipv6Prefix): Ipv6Prefix | GrantRefusal {
    if (this.#pools.reserve(prefix)) return prefix;
    return { refused: `IPv6 prefix ${formatIpv6Prefix(prefix)} is in use`, cause: 'no-address' };
  }

  /** From the first of the named pools that has one; without a name from the first of the defaults, if any. */
  #lease(named: SubscriberIpv6['pool'], defaults: readonly string[]): Ipv6Prefix | GrantRefusal | undefined {
    const names = named === undefined ? defaults.slice(0, 1) : typeof named === 'string' ? [named] : named;
    const unknown = names.find((name) => !this.#pools.has(name));
    if (unknown !== undefined) {
      return { refused: `there is no IPv6 pool named ${unknown}`, cause: 'no-address' };
    }
    for (const name of names) {
      const prefix = this.#pools.allocate(name);
      if (prefix !== undefined) return prefix;
    }
    if (names.length === 0) return undefined;
    return { refused: `IPv6 pool ${names.join(', ')} has no free prefix`, cause: 'no-address' };
  }
}

/** Whether there is anything to tell the subscriber. */
export const hasIpv6 = ({ prefix, address, delegated, dns, announced }: Ipv6Grant): boolean =>
  prefix !== undefined ||
  address !== undefined ||
  delegated !== undefined ||
  dns.length + announced.length > 0;

/** What of a grant is told to others. */
export const describeIpv6 = ({ prefix, address, delegated }: Ipv6Grant): AssignedIpv6 => ({
  ...(prefix !== undefined && { prefix: formatIpv6Prefix(prefix) }),
  ...(address !== undefined && { address: formatIpv6(address) }),
  ...(delegated !== undefined && { delegatedPrefix: formatIpv6Prefix(delegated) }),
});

/** Networks that are routed to who holds the grant. */
export const ipv6Routes = ({ prefix, address, delegated }: Ipv6Grant): string[] => [
  ...(prefix === undefined ? [] : [formatIpv6Prefix(prefix)]),
  ...(address === undefined ? [] : [`${formatIpv6(address)}/128`]),
  ...(delegated === undefined ? [] : [formatIpv6Prefix(delegated)]),
];

const definitions = (pools: PoolMap, length: number): PrefixPoolDefinition[] =>
  Object.entries(pools).map(([name, networks]) => ({
    name,
    networks: typeof networks === 'string' ? [networks] : networks,
    length,
  }));

function addressOf(what: string, text: string): bigint {
  const address = parseIpv6(text);
  if (address === undefined) throw new RangeError(`${what}: ${JSON.stringify(text)} is no IPv6 address`);
  return address;
}

function prefixOf(what: string, text: string): Ipv6Prefix {
  const prefix = parseIpv6Prefix(text);
  if (prefix === undefined) throw new RangeError(`${what}: ${JSON.stringify(text)} is no IPv6 network`);
  return prefix;
}
