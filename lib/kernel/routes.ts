import { parseAddress, parsePrefix } from './address.js';
import { formatAddress } from './l2tp-attributes.js';
import { deleteRoute, findRoute, newRoute, type RouteFields } from './netlink.js';

/** A route of the main table. Plain data, so that it can be written down. */
export interface Route {
  /** CIDR. */
  readonly destination: string;
  /** Unless `unreachable`. */
  readonly interfaceIndex?: number;
  /** None where the destination is on the interface's own link. */
  readonly gateway?: string;
  /** The kernel takes the lowest of equal destinations. Default 0, which IPv6 takes for 1024. */
  readonly metric?: number;
  /** Packets are refused with an ICMP error. */
  readonly unreachable?: boolean;
}

/** The next hop of packets to an address. */
export interface NextHop {
  /** `local`: an address of this host. `other`: a route that refuses packets. */
  readonly type: RouteFields['type'];
  readonly interfaceIndex: number;
  readonly gateway?: string;
}

/** Where packets to `address` go now; `undefined` when there is no route. @throws KernelError, TypeError */
export async function nextHop(address: string): Promise<NextHop | undefined> {
  const { family, octets } = parseAddress(address, 'address');
  const found = await findRoute(family, octets);
  if (found === undefined) return undefined;
  const { type, interfaceIndex, gateway } = found;
  return { type, interfaceIndex, ...(gateway !== undefined && { gateway: formatAddress(gateway) }) };
}

/**
 * Adds a route, in front of an equal one of another interface, which counts again when this one is gone.
 * @throws KernelError EEXIST when it is there, TypeError
 */
export const addRoute = (route: Route): Promise<void> => newRoute(fieldsOf(route));

/** @throws KernelError ESRCH when there is no such route, TypeError */
export const removeRoute = (route: Route): Promise<void> => deleteRoute(fieldsOf(route));

function fieldsOf({ destination, interfaceIndex = 0, gateway, metric = 0, unreachable }: Route): RouteFields {
  const { family, octets, length } = parsePrefix(destination, 'destination');
  return {
    type: unreachable === true ? 'unreachable' : 'unicast',
    family,
    destination: octets,
    length,
    interfaceIndex,
    gateway: gateway === undefined ? undefined : parseAddress(gateway, 'gateway').octets,
    metric,
  };
}
