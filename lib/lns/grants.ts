import type { SubscriberPolicy, SubscriberRoute } from '../aaa/index.js';
import type { AddressPools } from '../pools/index.js';
import { overridePppOptions } from '../ppp/index.js';
import type { DisconnectReason, NetworkParameters, PppOverride } from '../ppp/index.js';
import type { LnsPppOptions } from './options.js';
import type { RouteGuard } from './route-guard.js';
import { ipv4Number, type LacSettings } from './settings.js';
import { formatIpv4 } from '../wire/index.js';

/** What an accepted subscriber was given, and has to give back. */
export interface Grant {
  readonly user: string;
  readonly policy: SubscriberPolicy;
  /** The leased address; `undefined` where none was taken. */
  readonly address: number | undefined;
  readonly network: NetworkParameters;
}

/** Why a subscriber that may log in gets nothing all the same. */
export interface GrantRefusal {
  readonly refused: string;
  readonly cause: DisconnectReason;
}

export interface GrantsOptions {
  readonly pools: AddressPools;
  readonly defaultPool: string | undefined;
  /** Our own address on every session, unless the profile or the subscriber says otherwise. */
  readonly localAddress: number | undefined;
  readonly guard: RouteGuard;
}

/** Gives accepted subscribers their address and options, and takes the address back. */
export class Grants {
  #options: GrantsOptions;
  readonly #sessionsOf = new Map<string, number>();

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /** Other pools from now on, which know the addresses that are in use: {@link AddressPools.carryOver}. */
  reconfigure(change: Pick<GrantsOptions, 'pools' | 'defaultPool' | 'localAddress'>): void {
    this.#options = { ...this.#options, ...change };
  }

  /** Sessions that hold a grant of this user. */
  sessionsOf(user: string): number {
    return this.#sessionsOf.get(user) ?? 0;
  }

  /** Never throws: a policy that cannot be used, such as an address that is none, refuses the subscriber. */
  grant(user: string, lac: LacSettings, policy: SubscriberPolicy): Grant | GrantRefusal {
    if (policy.maxSessions !== undefined && this.sessionsOf(user) >= policy.maxSessions) {
      return { refused: `the user has ${policy.maxSessions} sessions already`, cause: 'administrative' };
    }
    const wantsIpv4 = policy.ppp?.ipv4 ?? lac.ppp.ipv4;
    let address: number | GrantRefusal | undefined;
    try {
      address = wantsIpv4 ? this.#lease(lac, policy) : undefined;
      if (typeof address === 'object') return address;
      const text = address === undefined ? undefined : formatIpv4(address);
      const refused = this.#options.guard.refusal(text, (policy.routes ?? []).map(prefixOf));
      if (refused === undefined) {
        const network = this.#network(lac, policy, address);
        overridePppOptions(lac.ppp, network.optionsOverride);
        this.#sessionsOf.set(user, this.sessionsOf(user) + 1);
        return { user, policy, address, network };
      }
      this.#giveBack(address);
      return { refused, cause: 'no-address-permitted' };
    } catch (error) {
      if (typeof address === 'number') this.#giveBack(address);
      const text = error instanceof Error ? error.message : String(error);
      return { refused: `what the subscriber is to get cannot be used: ${text}`, cause: 'administrative' };
    }
  }

  revoke(grant: Grant): void {
    const left = this.sessionsOf(grant.user) - 1;
    if (left > 0) this.#sessionsOf.set(grant.user, left);
    else this.#sessionsOf.delete(grant.user);
    this.#giveBack(grant.address);
  }

  #giveBack(address: number | undefined): void {
    if (address !== undefined) this.#options.pools.release(address);
  }

  #lease(lac: LacSettings, policy: SubscriberPolicy): number | GrantRefusal {
    const { pools, defaultPool } = this.#options;
    if (policy.address !== undefined) {
      const address = ipv4Number('address of the subscriber', policy.address);
      if (pools.reserve(address)) return address;
      return { refused: `address ${policy.address} is in use`, cause: 'no-address' };
    }
    const chained = policy.pool ?? lac.pool ?? defaultPool;
    if (chained === undefined) return { refused: 'there is no address pool', cause: 'no-address' };
    const names = typeof chained === 'string' ? [chained] : chained;
    const unknown = names.find((name) => !pools.names.includes(name));
    if (unknown !== undefined) return { refused: `there is no pool named ${unknown}`, cause: 'no-address' };
    for (const name of names) {
      const address = pools.allocate(name);
      if (address !== undefined) return address;
    }
    return { refused: `pool ${names.join(', ')} has no free address`, cause: 'no-address' };
  }

  #network(lac: LacSettings, policy: SubscriberPolicy, address: number | undefined): NetworkParameters {
    const own = policy.ppp?.localAddress ?? lac.pppOptions.localAddress;
    const localAddress = own === undefined ? this.#options.localAddress : ipv4Number('local address', own);
    const override = overrideOf(lac, policy);
    return {
      ...(localAddress !== undefined && { localAddress }),
      ...(address !== undefined && { peerAddress: address }),
      dns: numbers(policy.dns ?? lac.pppOptions.dns),
      nbns: numbers(policy.nbns ?? lac.pppOptions.nbns),
      ...(override !== undefined && { optionsOverride: override }),
    };
  }
}

const prefixOf = (route: string | SubscriberRoute): string =>
  typeof route === 'string' ? route : route.prefix;

const numbers = (addresses: LnsPppOptions['dns']): readonly number[] =>
  (addresses ?? []).map((address) => ipv4Number('name server', address));

/** PPP options in which this subscriber differs; `undefined` for most, who share one object. */
function overrideOf(lac: LacSettings, policy: SubscriberPolicy): PppOverride | undefined {
  const { mtu, ppp } = policy;
  if (mtu === undefined && ppp === undefined) return undefined;
  const { echoInterval, echoFailures, ipv4, ipv6, mppe } = ppp ?? {};
  return {
    ...(mtu !== undefined && { mtu: Math.min(mtu, lac.ppp.mtu) }),
    ...(echoInterval !== undefined && { echoInterval: Math.round(echoInterval * 1000) }),
    ...(echoFailures !== undefined && { echoFailures }),
    ...(ipv4 !== undefined && { ipv4 }),
    ...(ipv6 !== undefined && { ipv6 }),
    ...(mppe !== undefined && { mppe: { ...lac.ppp.mppe, mode: mppe } }),
  };
}
