import type { SocketAddress } from '../io/index.js';
import { isAddress, parseAddress, parsePrefix, show } from './address.js';
import type {
  DataPlaneSessionOptions,
  PppUnitOptions,
  UnitChange,
  UnitRate,
  UnitRoute,
} from './data-plane.js';

/** The port of L2TP (RFC 2661 section 8.1). */
export const l2tpPort = 1701;
const maxId = 0xffff;
/** The least that IPv4 and IPv6 need (RFC 791 section 3.2, RFC 8200 section 5). */
const minMtu = 68;
const minIpv6Mtu = 1280;
const maxMtu = 0xffff;
const maxNameLength = 15;
const interfaceIdLength = 8;
/** bit/s: below, a packet takes seconds; above, no interface is. */
const minRate = 8000;
const maxRate = 1e12;
/** Octets: less than a packet would let none pass. */
const minBurst = 1600;
/** The kernel counts in jiffies of a signed 32-bit number of ms. */
const maxReorderTimeout = 0x7fff_ffff;

/** @throws TypeError, RangeError */
export function checkInteger(
  value: unknown,
  name: string,
  low: number,
  high: number,
): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${show(value)}`);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be an integer from ${low} to ${high}, not ${value}`);
  }
}

/** A tunnel's or session's id: 0 has a meaning of its own in the protocol. @throws TypeError, RangeError */
export function checkId(value: unknown, name: string): asserts value is number {
  checkInteger(value, name, 1, maxId);
}

/** @throws TypeError */
export function checkObject(value: unknown, name: string): asserts value is object {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, not ${show(value)}`);
}

/** @throws TypeError */
export function checkFlag(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${name} must be true or false, not ${show(value)}`);
  }
}

/** An address and a port, 1701 unless given. @throws TypeError, RangeError */
export function checkSocketAddress(value: unknown, name: string): SocketAddress {
  checkObject(value, name);
  const { address, port = l2tpPort } = value as Partial<SocketAddress>;
  if (!isAddress(address)) {
    throw new TypeError(`${name}.address must be an IPv4 or IPv6 address, not ${show(address)}`);
  }
  checkInteger(port, `${name}.port`, 1, maxId);
  return { address, port };
}

/** Both ends of a tunnel. @throws TypeError, RangeError */
export function checkEnds(local: unknown, peer: unknown): { local: SocketAddress; peer: SocketAddress } {
  const ends = { local: checkSocketAddress(local, 'local'), peer: checkSocketAddress(peer, 'peer') };
  if (ends.local.address.includes(':') !== ends.peer.address.includes(':')) {
    throw new TypeError(
      `local and peer must be of one address family, not ${ends.local.address} and ${ends.peer.address}`,
    );
  }
  return ends;
}

/**
 * A name that the kernel takes for an interface: at most 15 octets, no space, slash, colon or percent sign.
 *
 * @throws TypeError, RangeError
 */
export function checkInterfaceName(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${show(value)}`);
  if (value.length < 1 || Buffer.byteLength(value) > maxNameLength) {
    throw new RangeError(`${name} must have 1 to ${maxNameLength} octets, not ${show(value)}`);
  }
  if (!/^[!-~]+$/.test(value) || /[/:%]/.test(value) || ['.', '..', 'all', 'default'].includes(value)) {
    throw new TypeError(`${name} must be a legal interface name, not ${show(value)}`);
  }
}

/** A file's name below /run/netns. @throws TypeError */
function checkNamespaceName(value: unknown): asserts value is string {
  if (typeof value !== 'string' || !/^(?!\.{1,2}$)[^/\0]{1,255}$/.test(value)) {
    throw new TypeError(`netns must be the name of a network namespace, not ${show(value)}`);
  }
}

/** @throws TypeError, RangeError */
export function checkSequencing(options: Omit<Partial<DataPlaneSessionOptions>, 'sink'>): void {
  checkFlag(options.sendSequence, 'sendSequence');
  checkFlag(options.receiveSequence, 'receiveSequence');
  if (options.reorderTimeout !== undefined) {
    checkInteger(options.reorderTimeout, 'reorderTimeout', 0, maxReorderTimeout);
  }
}

/** @throws TypeError, RangeError */
export function checkUnitOptions(options: PppUnitOptions): void {
  checkObject(options, 'options');
  if (options.name !== undefined) checkInterfaceName(options.name, 'name');
  const ipv6 =
    options.ipv6 !== undefined || (options.addresses ?? []).some(({ local }) => isAddress(local, 6));
  checkInteger(options.mtu, 'mtu', ipv6 ? minIpv6Mtu : minMtu, maxMtu);
  if (options.mru !== undefined) checkInteger(options.mru, 'mru', minMtu, maxMtu);
  if (options.group !== undefined) checkInteger(options.group, 'group', 0, 0xffff_ffff);
  if (options.vrf !== undefined) checkInterfaceName(options.vrf, 'vrf');
  if (options.netns !== undefined) {
    checkNamespaceName(options.netns);
    if (options.name === undefined)
      throw new TypeError('an interface in another network namespace needs a name');
  }
  if (options.filters !== undefined && options.netns !== undefined) {
    throw new TypeError(
      'filters are sets of our own network namespace: an interface in another cannot join them',
    );
  }
  if (options.rate !== undefined) checkRate(options.rate, 'rate');
  if (options.tunnelRate !== undefined) checkRate(options.tunnelRate, 'tunnelRate');
  if (options.master !== undefined) checkInteger(options.master, 'master', 1, 0x7fff_ffff);
  checkAddressing(options);
}

/** @throws TypeError, RangeError */
export function checkAddressing(options: UnitChange & Pick<PppUnitOptions, 'protocols'>): void {
  const { ipv4, ipv6, addresses, routes, table, protocols } = options;
  if (ipv4 !== undefined) {
    checkObject(ipv4, 'ipv4');
    checkPair(ipv4.local, ipv4.peer, 4);
  }
  if (ipv6 !== undefined) {
    checkObject(ipv6, 'ipv6');
    checkInterfaceId(ipv6.localInterfaceId, 'ipv6.localInterfaceId');
    checkInterfaceId(ipv6.peerInterfaceId, 'ipv6.peerInterfaceId');
  }
  for (const { local, peer } of addresses ?? []) checkPair(local, peer);
  for (const route of [...(routes ?? []), ...(options.removedRoutes ?? [])]) checkRoute(route);
  if (table !== undefined) checkInteger(table, 'table', 1, 0xffff_ffff);
  for (const protocol of protocols ?? []) {
    if (protocol !== 'ipv4' && protocol !== 'ipv6') {
      throw new TypeError(`protocols must be of 'ipv4' and 'ipv6', not ${show(protocol)}`);
    }
  }
}

function checkRoute(route: string | UnitRoute): void {
  if (typeof route === 'string') {
    parsePrefix(route, 'routes');
    return;
  }
  checkObject(route, 'routes');
  const { family } = parsePrefix(route.prefix, 'routes');
  if (route.gateway !== undefined && !isAddress(route.gateway, family)) {
    throw new TypeError(
      `the gateway of ${route.prefix} must be an IPv${family} address, not ${show(route.gateway)}`,
    );
  }
  if (route.metric !== undefined) checkInteger(route.metric, 'metric', 0, 0xffff_ffff);
}

/** Limits of an interface. @throws TypeError, RangeError */
export function checkRate(rate: UnitRate, name: string): void {
  checkObject(rate, name);
  for (const key of ['down', 'up'] as const) {
    if (rate[key] !== undefined) checkInteger(rate[key], `${name}.${key}`, minRate, maxRate);
  }
  for (const key of ['burstDown', 'burstUp'] as const) {
    if (rate[key] !== undefined) checkInteger(rate[key], `${name}.${key}`, minBurst, maxReorderTimeout);
  }
  checkFlag(rate.shapeUp, `${name}.shapeUp`);
}

/** Local and peer address of one interface. @throws TypeError */
export function checkPair(local: unknown, peer: unknown, family?: 4 | 6): void {
  const families = [local, peer].map((address, i) => {
    const name = i === 0 ? 'local' : 'peer';
    if (!isAddress(address, family)) {
      const wanted = family === undefined ? 'IPv4 or IPv6' : `IPv${family}`;
      throw new TypeError(`${name} must be an ${wanted} address, not ${show(address)}`);
    }
    return parseAddress(address, name).family;
  });
  if (families[0] !== families[1]) {
    throw new TypeError(
      `local and peer must be of one address family, not ${String(local)} and ${String(peer)}`,
    );
  }
}

function checkInterfaceId(value: unknown, name: string): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array, not ${show(value)}`);
  if (value.length !== interfaceIdLength) {
    throw new RangeError(`${name} must have ${interfaceIdLength} octets, not ${value.length}`);
  }
}
