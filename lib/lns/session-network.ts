import type { SubscriberPolicy, SubscriberRate, SubscriberRoute } from '../aaa/index.js';
import type { PppUnitOptions, UnitChange, UnitRate } from '../kernel/index.js';
import { formatIpv4 } from '../wire/index.js';
import { type Ipv6Grant, ipv6Routes } from './ipv6-grants.js';
import type { LacSettings } from './settings.js';

type Route = string | SubscriberRoute;

/** Prefix of a route. */
export const routePrefix = (route: Route): string => (typeof route === 'string' ? route : route.prefix);

/** What a subscriber gets: the answer over the profile. */
export function effectivePolicy(lac: LacSettings, policy: SubscriberPolicy): SubscriberPolicy {
  const { ipv6, ...defaults } = lac.subscriber;
  if (ipv6 === undefined) return { ...defaults, ...policy };
  return { ...defaults, ...policy, ipv6: { ...ipv6, ...policy.ipv6 } };
}

/**
 * Every network that is routed to the session: those of the policy, the one behind its address (Framed-IP-Netmask), and
 * what it has of IPv6.
 */
export function routesOf(
  policy: SubscriberPolicy,
  address: number | undefined,
  ipv6: Ipv6Grant | undefined,
): Route[] {
  const { routes = [], netmask = 32 } = policy;
  const own: Route[] = [];
  if (address !== undefined && netmask < 32) {
    const size = 2 ** (32 - netmask);
    own.push(`${formatIpv4(address - (address % size))}/${netmask}`);
  }
  return [...own, ...(ipv6 === undefined ? [] : ipv6Routes(ipv6)), ...routes];
}

/** The session's interface, but for what PPP negotiates. */
export function unitOptions(
  lac: LacSettings,
  policy: SubscriberPolicy,
  routes: readonly Route[],
  ids: { readonly tunnelId: number | undefined; readonly sessionId: number },
): Omit<PppUnitOptions, 'mtu' | 'ipv4' | 'ipv6'> {
  const { interfaceName, vrf, netns, rate, filters = [] } = policy;
  // In another namespace `pppN` may be taken.
  const name =
    interfaceName ?? (netns === undefined ? undefined : `l2tp${ids.tunnelId ?? 0}-${ids.sessionId}`);
  return {
    ...(name !== undefined && { name }),
    ...(vrf !== undefined && { vrf }),
    ...(netns !== undefined && { netns }),
    ...(rate !== undefined && { rate: unitRate(lac, rate) }),
    ...(filters.length > 0 && { filters }),
    ...(lac.tunnelRate !== undefined && { tunnelRate: lac.tunnelRate }),
    ...(routes.length > 0 && { routes }),
  };
}

const unitRate = ({ shapeUpstream }: Pick<LacSettings, 'shapeUpstream'>, rate: SubscriberRate): UnitRate =>
  shapeUpstream ? { ...rate, shapeUp: true } : rate;

/** What changes in the kernel from one policy to the next; `undefined` where nothing does. */
export function unitChange(
  lac: Pick<LacSettings, 'shapeUpstream'>,
  before: SubscriberPolicy,
  change: Pick<SubscriberPolicy, 'routes' | 'rate' | 'filters'>,
): UnitChange | undefined {
  const key = (route: Route): string => JSON.stringify(typeof route === 'string' ? { prefix: route } : route);
  const old = before.routes ?? [];
  const next = change.routes ?? old;
  const has = (routes: readonly Route[], route: Route): boolean =>
    routes.some((other) => key(other) === key(route));
  const added = next.filter((route) => !has(old, route));
  const removed = old.filter((route) => !has(next, route));
  const { rate, filters } = change;
  if (added.length + removed.length === 0 && rate === undefined && filters === undefined) return undefined;
  return {
    ...(added.length > 0 && { routes: added }),
    ...(removed.length > 0 && { removedRoutes: removed }),
    ...(rate !== undefined && { rate: unitRate(lac, rate) }),
    ...(filters !== undefined && { filters }),
  };
}
