import type { SubscriberPolicy, SubscriberRoute } from '../aaa/index.js';
import { AddressPools } from '../pools/index.js';
import { overridePppOptions, parseInterfaceId } from '../ppp/index.js';
import type { DisconnectReason, NetworkParameters, PppOverride } from '../ppp/index.js';
import type { Ipv6Grant, Ipv6Grants } from './ipv6-grants.js';
import type { LnsPppOptions } from './options.js';
import type { RouteGuard } from './route-guard.js';
import { effectivePolicy, routePrefix, routesOf } from './session-network.js';
import { ipv4Number, type LacSettings } from './settings.js';
import { formatIpv4 } from '../wire/index.js';

/** What an accepted subscriber was given, and has to give back. */
export interface Grant {
  readonly user: string;
  readonly policy: SubscriberPolicy;
  /** The leased address; `undefined` where none was taken. */
  readonly address: number | undefined;
  readonly network: NetworkParameters;
  /** `undefined` where IPv6 is not negotiated. */
  readonly ipv6: Ipv6Grant | undefined;
  /** Networks that are routed to the session. */
  readonly routes: readonly (string | SubscriberRoute)[];
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
  readonly ipv6: Ipv6Grants;
}

/** Gives accepted subscribers their address and options, and takes the address back. */
export class Grants {
  #options: GrantsOptions;
  readonly #sessionsOf = new Map<string, number>();
  /** Addresses of subscribers who have their own in another VRF or namespace: those may be the same as here. */
  readonly #elsewhere = new Map<string, AddressPools>();

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

  /** The most grants that one user holds. */
  get mostSessionsOfUser(): number {
    let most = 0;
    for (const sessions of this.#sessionsOf.values()) most = Math.max(most, sessions);
    return most;
  }

  /** Never throws: a policy that cannot be used, such as an address that is none, refuses the subscriber. */
  grant(user: string, lac: LacSettings, answer: SubscriberPolicy): Grant | GrantRefusal {
    const policy = effectivePolicy(lac, answer);
    if (policy.maxSessions !== undefined && this.sessionsOf(user) >= policy.maxSessions) {
      return { refused: `the user has ${policy.maxSessions} sessions already`, cause: 'administrative' };
    }
    if (policy.netns !== undefined && (policy.filters ?? []).length > 0) {
      return { refused: 'filters do not reach into another network namespace', cause: 'administrative' };
    }
    const wantsIpv4 = policy.ppp?.ipv4 ?? lac.ppp.ipv4;
    const wantsIpv6 = policy.ppp?.ipv6 ?? (policy.ipv6 !== undefined || lac.ppp.ipv6);
    let address: number | GrantRefusal | undefined;
    let ipv6: Ipv6Grant | GrantRefusal | undefined;
    const giveBack = (): void => {
      if (typeof address === 'number') this.#giveBack(policy, address);
      if (ipv6 !== undefined && !('refused' in ipv6)) this.#options.ipv6.revoke(ipv6);
    };
    try {
      address = wantsIpv4 ? this.#lease(lac, policy) : undefined;
      if (typeof address === 'object') return address;
      ipv6 = wantsIpv6 ? this.#options.ipv6.grant(policy.ipv6) : undefined;
      if (ipv6 !== undefined && 'refused' in ipv6) {
        giveBack();
        return ipv6;
      }
      const routes = routesOf(policy, address, ipv6);
      const refused = this.refusedRoutes(policy, routes, address);
      if (refused === undefined) {
        const network = this.#network(lac, policy, address, wantsIpv6);
        overridePppOptions(lac.ppp, network.optionsOverride);
        this.#sessionsOf.set(user, this.sessionsOf(user) + 1);
        return { user, policy, address, network, ipv6, routes };
      }
      giveBack();
      return { refused, cause: 'no-address-permitted' };
    } catch (error) {
      giveBack();
      const text = error instanceof Error ? error.message : String(error);
      return { refused: `what the subscriber is to get cannot be used: ${text}`, cause: 'administrative' };
    }
  }

  revoke(grant: Grant): void {
    const left = this.sessionsOf(grant.user) - 1;
    if (left > 0) this.#sessionsOf.set(grant.user, left);
    else this.#sessionsOf.delete(grant.user);
    if (grant.address !== undefined) this.#giveBack(grant.policy, grant.address);
    if (grant.ipv6 !== undefined) this.#options.ipv6.revoke(grant.ipv6);
  }

  /** Why the subscriber must not get these, or `undefined` when it may. LACs are not in VRFs and namespaces. */
  refusedRoutes(policy: SubscriberPolicy, routes: Grant['routes'], address?: number): string | undefined {
    if (policy.vrf !== undefined || policy.netns !== undefined) return undefined;
    const text = address === undefined ? undefined : formatIpv4(address);
    return this.#options.guard.refusal(text, routes.map(routePrefix));
  }

  #giveBack(policy: SubscriberPolicy, address: number): void {
    this.#registerOf(policy).release(address);
  }

  /** Who knows which addresses are in use, where the subscriber is. Pools serve all places. */
  #registerOf({ address, vrf, netns }: SubscriberPolicy): AddressPools {
    if (address === undefined || (vrf === undefined && netns === undefined)) return this.#options.pools;
    const place = `${netns ?? ''}/${vrf ?? ''}`;
    const register = this.#elsewhere.get(place) ?? new AddressPools({ pools: [] });
    this.#elsewhere.set(place, register);
    return register;
  }

  #lease(lac: LacSettings, policy: SubscriberPolicy): number | GrantRefusal {
    const { pools, defaultPool } = this.#options;
    if (policy.address !== undefined) {
      const address = ipv4Number('address of the subscriber', policy.address);
      if (this.#registerOf(policy).reserve(address)) return address;
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

  #network(
    lac: LacSettings,
    policy: SubscriberPolicy,
    address: number | undefined,
    wantsIpv6: boolean,
  ): NetworkParameters {
    const own = policy.ppp?.localAddress ?? lac.pppOptions.localAddress;
    const localAddress = own === undefined ? this.#options.localAddress : ipv4Number('local address', own);
    const override = overrideOf(lac, policy, wantsIpv6);
    const peerInterfaceId = interfaceIdOf(policy);
    return {
      ...(peerInterfaceId !== undefined && { peerInterfaceId }),
      ...(localAddress !== undefined && { localAddress }),
      ...(address !== undefined && { peerAddress: address }),
      dns: numbers(policy.dns ?? lac.pppOptions.dns),
      nbns: numbers(policy.nbns ?? lac.pppOptions.nbns),
      ...(override !== undefined && { optionsOverride: override }),
    };
  }
}

function interfaceIdOf({ ipv6 }: SubscriberPolicy): bigint | undefined {
  const text = ipv6?.interfaceId;
  if (text === undefined) return undefined;
  const id = parseInterfaceId(text);
  if (id === undefined) throw new RangeError(`interface identifier: ${JSON.stringify(text)} is none`);
  return id;
}

const numbers = (addresses: LnsPppOptions['dns']): readonly number[] =>
  (addresses ?? []).map((address) => ipv4Number('name server', address));

/** PPP options in which this subscriber differs; `undefined` for most, who share one object. */
function overrideOf(lac: LacSettings, policy: SubscriberPolicy, ipv6: boolean): PppOverride | undefined {
  const { mtu, ppp } = policy;
  if (mtu === undefined && ppp === undefined && ipv6 === lac.ppp.ipv6) return undefined;
  const { echoInterval, echoFailures, ipv4, mppe } = ppp ?? {};
  return {
    ...(mtu !== undefined && { mtu: Math.min(mtu, lac.ppp.mtu) }),
    ...(echoInterval !== undefined && { echoInterval: Math.round(echoInterval * 1000) }),
    ...(echoFailures !== undefined && { echoFailures }),
    ...(ipv4 !== undefined && { ipv4 }),
    ipv6,
    ...(mppe !== undefined && { mppe: { ...lac.ppp.mppe, mode: mppe } }),
  };
}
