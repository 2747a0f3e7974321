import { networkProtocol } from '../native/index.js';
import { type IpAddress, type IpPrefix, parseAddress, parsePrefix } from './address.js';
import type { PppUnitOptions, UnitChange, UnitRate, UnitRoute } from './data-plane.js';
import { thisInterface } from './netlink-batch.js';
import { type RouteSettings, RtnlBatch } from './rtnl-batch.js';
import {
  addClsact,
  addPolicers,
  addShaper,
  changePolicer,
  changeShaper,
  type Policer,
  upstreamPolicer,
} from './traffic-control.js';

/** PPP's default MRU, which the kernel starts with (RFC 1661 section 6.1). */
const defaultMru = 1500;

/**
 * Where the local address of sessions is. `ptp`: on each interface, with the peer's. `unnumbered`: once for all
 * sessions, on an interface of its own, and a route to each peer; thousands of sessions with one local address come up
 * faster that way.
 */
export type Addressing = 'ptp' | 'unnumbered';

/** What {@link PppUnitOptions} name and the kernel knows by numbers. */
export interface UnitPlace {
  /** Of the VRF. */
  readonly master?: number | undefined;
  /** The VRF's routing table. */
  readonly table?: number | undefined;
}

/** Which policers of the kernel the interface has. */
export interface UnitPolicers {
  /** Index of the interface's own. */
  readonly own: number;
  /** Indices of those that the tunnel's sessions share. */
  readonly tunnel: { readonly up: number; readonly down: number };
}

const firstPolicer = 0x2000_0000;
const firstTunnelPolicer = 0x4000_0000;

/** Numbers of policers for a session of this key: far from those that the kernel chooses, and unlikely to be in use. */
export function policersOf(key: number, tunnelId: number): UnitPolicers {
  const shared = firstTunnelPolicer + tunnelId * 2;
  return { own: firstPolicer + (key % firstPolicer), tunnel: { up: shared, down: shared + 1 } };
}

/** Which of the means of {@link UnitRate} an interface has got: those are changed, the others made. */
export interface UnitQueues {
  readonly shaper: boolean;
  readonly policer: boolean;
  readonly clsact: boolean;
  /** An `ifb` device, whose index is that of the policer that it stands for. */
  readonly upShaper: boolean;
}

export const noQueues: UnitQueues = { shaper: false, policer: false, clsact: false, upShaper: false };

/** Group of the `ifb` devices, which outlive a process that is killed: all are removed before the first is made. */
export const ifbGroup = 0x1701;

/** Messages that set up the interface that the addon is about to make. */
export function unitBatch(
  options: PppUnitOptions,
  addressing: Addressing,
  policers: UnitPolicers,
  place: UnitPlace = {},
): RtnlBatch {
  const batch = new RtnlBatch();
  const { name, mtu, group } = options;
  const { master = options.master, table = options.table } = place;
  const queues = queuesOf(options);
  if (master === undefined && !queues.shaper && !queues.clsact) {
    batch.setLink(thisInterface, { name, mtu, group, up: true });
  } else {
    // Before 6.6 the kernel raises an interface before it enslaves it, and so loses its routes. Queues of an
    // interface that is down are changed without a packet lost.
    batch.setLink(thisInterface, { name, mtu, group, master });
    addQueues(batch, options, policers);
    batch.setLink(thisInterface, { up: true });
  }
  addAddresses(batch, thisInterface, { ...options, table }, addressing);
  return batch;
}

/** Which queues a new interface gets. */
export function queuesOf({ rate = {}, tunnelRate = {} }: PppUnitOptions): UnitQueues {
  const upShaper = rate.up !== undefined && rate.shapeUp === true;
  // Beside the tunnel's policer no other can be put later: the session's is there from the start.
  const policer = !upShaper && (rate.up !== undefined || tunnelRate.up !== undefined);
  const clsact = upShaper || policer || tunnelRate.up !== undefined || tunnelRate.down !== undefined;
  return { shaper: rate.down !== undefined, policer, clsact, upShaper };
}

function addQueues(batch: RtnlBatch, options: PppUnitOptions, policers: UnitPolicers): void {
  const { rate = {}, tunnelRate = {} } = options;
  const queues = queuesOf(options);
  if (queues.shaper) addShaper(batch, thisInterface, rate);
  if (queues.clsact) addClsact(batch, thisInterface);
  const shared = (direction: 'up' | 'down'): Policer[] => {
    const limit = tunnelRate[direction];
    return limit === undefined ? [] : [{ index: policers.tunnel[direction], rate: limit, burst: undefined }];
  };
  const up = [...(queues.policer ? [upstreamPolicer(policers.own, rate)] : []), ...shared('up')];
  if (queues.upShaper) addIfb(batch, policers.own, rate);
  if (up.length > 0 || queues.upShaper) {
    addPolicers(batch, thisInterface, 'up', up, queues.upShaper ? policers.own : undefined);
  }
  const down = shared('down');
  if (down.length > 0) addPolicers(batch, thisInterface, 'down', down);
}

/** The device whose queue shapes what a session receives. */
function addIfb(batch: RtnlBatch, index: number, rate: UnitRate): void {
  batch.newLink('ifb', { name: `l2tpup${index.toString(16)}`, group: ifbGroup, up: true }, index);
  addShaper(batch, index, received(rate));
}

/** A rate as the device sees it that sends what the session receives. */
const received = ({ up, burstUp }: UnitRate): UnitRate => ({
  ...(up !== undefined && { down: up }),
  ...(burstUp !== undefined && { burstDown: burstUp }),
});

/**
 * Adds the messages that give an interface another rate.
 *
 * @returns the queues that it has then
 */
function changeRate(
  batch: RtnlBatch,
  interfaceIndex: number,
  rate: UnitRate,
  queues: UnitQueues,
  own: number,
): UnitQueues {
  if (queues.shaper) changeShaper(batch, interfaceIndex, rate);
  else if (rate.down !== undefined) addShaper(batch, interfaceIndex, rate);
  const shaper = queues.shaper || rate.down !== undefined;
  const policer = upstreamPolicer(own, rate);
  if (queues.policer) changePolicer(batch, policer);
  else if (queues.upShaper) changeShaper(batch, own, received(rate));
  if (queues.policer || queues.upShaper || rate.up === undefined) return { ...queues, shaper };
  if (!queues.clsact) addClsact(batch, interfaceIndex);
  const upShaper = rate.shapeUp === true;
  if (upShaper) addIfb(batch, own, rate);
  addPolicers(batch, interfaceIndex, 'up', upShaper ? [] : [policer], upShaper ? own : undefined);
  return { shaper, policer: !upShaper, clsact: true, upShaper };
}

/** Messages that change an interface that is there; what {@link undoBatch} can take back comes first. */
export function changeBatch(
  interfaceIndex: number,
  change: UnitChange,
  addressing: Addressing,
  queues: UnitQueues,
  own: number,
): { readonly batch: RtnlBatch; readonly queues: UnitQueues } {
  const batch = new RtnlBatch();
  if (change.mtu !== undefined) batch.setLink(interfaceIndex, { mtu: change.mtu });
  addAddresses(batch, interfaceIndex, change, addressing);
  for (const route of change.removedRoutes ?? []) {
    const { prefix, settings } = readRoute(route, change.table);
    batch.deleteRoute(interfaceIndex, prefix, settings);
  }
  const after =
    change.rate === undefined ? queues : changeRate(batch, interfaceIndex, change.rate, queues, own);
  return { batch, queues: after };
}

/**
 * Messages that take back those of {@link changeBatch} about MTU, addresses and routes, one for each, in the same
 * order. A rate stays as far as it was changed: who asked is told, and may ask again.
 */
export function undoBatch(
  interfaceIndex: number,
  change: UnitChange,
  addressing: Addressing,
  mtuBefore: number,
): RtnlBatch {
  const batch = new RtnlBatch();
  const { ipv4, ipv6, table } = change;
  if (change.mtu !== undefined) batch.setLink(interfaceIndex, { mtu: mtuBefore });
  if (ipv4 !== undefined) {
    const local = parseAddress(ipv4.local, 'local');
    const peer = parseAddress(ipv4.peer, 'peer');
    if (addressing === 'ptp') batch.deleteAddress(interfaceIndex, local, peer);
    else batch.deleteRoute(interfaceIndex, host(peer), { table });
  }
  if (ipv6 !== undefined) {
    batch.deleteAddress(interfaceIndex, linkLocal(ipv6.localInterfaceId), linkLocal(ipv6.peerInterfaceId));
  }
  for (const { local, peer } of change.addresses ?? []) {
    batch.deleteAddress(interfaceIndex, parseAddress(local, 'local'), parseAddress(peer, 'peer'));
  }
  for (const route of change.routes ?? []) {
    const { prefix, settings } = readRoute(route, table);
    batch.deleteRoute(interfaceIndex, prefix, settings);
  }
  for (const route of change.removedRoutes ?? []) {
    const { prefix, settings } = readRoute(route, table);
    batch.newRoute(interfaceIndex, prefix, settings);
  }
  return batch;
}

/** Bits of the network protocols that pass through a unit. */
export function passedProtocols(
  options: Pick<PppUnitOptions, 'ipv4' | 'ipv6' | 'addresses' | 'protocols'>,
): number {
  const { ipv4, ipv6, addresses, protocols } = options;
  let passed = 0;
  if (ipv4 !== undefined || protocols?.includes('ipv4')) passed |= networkProtocol.ipv4;
  if (ipv6 !== undefined || protocols?.includes('ipv6')) passed |= networkProtocol.ipv6;
  for (const { local } of addresses ?? []) {
    passed |= local.includes(':') ? networkProtocol.ipv6 : networkProtocol.ipv4;
  }
  return passed;
}

function addAddresses(
  batch: RtnlBatch,
  interfaceIndex: number,
  options: UnitChange,
  addressing: Addressing,
): void {
  const { ipv4, ipv6, table } = options;
  if (ipv4 !== undefined) {
    const local = parseAddress(ipv4.local, 'local');
    const peer = parseAddress(ipv4.peer, 'peer');
    if (addressing === 'ptp') batch.newAddress(interfaceIndex, local, peer);
    else batch.newRoute(interfaceIndex, host(peer), { source: local, table });
  }
  if (ipv6 !== undefined) {
    batch.newAddress(interfaceIndex, linkLocal(ipv6.localInterfaceId), linkLocal(ipv6.peerInterfaceId));
  }
  for (const { local, peer } of options.addresses ?? []) {
    batch.newAddress(interfaceIndex, parseAddress(local, 'local'), parseAddress(peer, 'peer'));
  }
  for (const route of options.routes ?? []) {
    const { prefix, settings } = readRoute(route, table);
    batch.newRoute(interfaceIndex, prefix, settings);
  }
}

function readRoute(
  route: string | UnitRoute,
  table: number | undefined,
): { readonly prefix: IpPrefix; readonly settings: RouteSettings } {
  if (typeof route === 'string') return { prefix: parsePrefix(route, 'routes'), settings: { table } };
  const gateway = route.gateway === undefined ? undefined : parseAddress(route.gateway, 'gateway');
  return { prefix: parsePrefix(route.prefix, 'routes'), settings: { table, gateway, metric: route.metric } };
}

const host = (address: IpAddress): IpPrefix => ({ ...address, length: address.octets.length * 8 });

/** fe80:: with an interface identifier (RFC 5072 section 5). */
function linkLocal(interfaceId: Uint8Array): IpAddress {
  const octets = new Uint8Array(16);
  octets[0] = 0xfe;
  octets[1] = 0x80;
  octets.set(interfaceId, 8);
  return { family: 6, octets };
}

/** The MRU to tell the kernel; 0 where it is the kernel's own. */
export const unitMru = ({ mru }: PppUnitOptions): number =>
  mru === undefined || mru === defaultMru ? 0 : mru;
