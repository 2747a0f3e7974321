import { networkProtocol } from '../native/index.js';
import { type IpAddress, type IpPrefix, parseAddress, parsePrefix } from './address.js';
import type { PppUnitOptions } from './data-plane.js';
import { RtnlBatch, thisInterface } from './rtnl-batch.js';

/**
 * Where the local address of sessions is. `ptp`: on each interface, with the peer's. `unnumbered`: once for all
 * sessions, on an interface of its own, and a route to each peer; thousands of sessions with one local address come up
 * faster that way.
 */
export type Addressing = 'ptp' | 'unnumbered';

/** What may change on an interface that is there. */
export type UnitChange = Partial<
  Pick<PppUnitOptions, 'ipv4' | 'ipv6' | 'addresses' | 'routes' | 'mtu' | 'table'>
>;

/** Messages that set up the interface that the addon is about to make. */
export function unitBatch(options: PppUnitOptions, addressing: Addressing): RtnlBatch {
  const batch = new RtnlBatch();
  const { name, mtu, group, master } = options;
  if (master === undefined) {
    batch.setLink(thisInterface, { name, mtu, group, up: true });
  } else {
    // Before 6.6 the kernel raises an interface before it enslaves it, and so loses its routes.
    batch.setLink(thisInterface, { name, mtu, group, master });
    batch.setLink(thisInterface, { up: true });
  }
  addAddresses(batch, thisInterface, options, addressing);
  return batch;
}

/** Messages that change an interface that is there. */
export function changeBatch(interfaceIndex: number, change: UnitChange, addressing: Addressing): RtnlBatch {
  const batch = new RtnlBatch();
  if (change.mtu !== undefined) batch.setLink(interfaceIndex, { mtu: change.mtu });
  addAddresses(batch, interfaceIndex, change, addressing);
  return batch;
}

/** Messages that take back those of {@link changeBatch}, one for each, in the same order. */
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
    else batch.deleteRoute(interfaceIndex, host(peer));
  }
  if (ipv6 !== undefined) {
    batch.deleteAddress(interfaceIndex, linkLocal(ipv6.localInterfaceId), linkLocal(ipv6.peerInterfaceId));
  }
  for (const { local, peer } of change.addresses ?? []) {
    batch.deleteAddress(interfaceIndex, parseAddress(local, 'local'), parseAddress(peer, 'peer'));
  }
  for (const prefix of prefixes(change)) batch.deleteRoute(interfaceIndex, prefix, { table });
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
    else batch.newRoute(interfaceIndex, host(peer), { source: local });
  }
  if (ipv6 !== undefined) {
    batch.newAddress(interfaceIndex, linkLocal(ipv6.localInterfaceId), linkLocal(ipv6.peerInterfaceId));
  }
  for (const { local, peer } of options.addresses ?? []) {
    batch.newAddress(interfaceIndex, parseAddress(local, 'local'), parseAddress(peer, 'peer'));
  }
  for (const prefix of prefixes(options)) batch.newRoute(interfaceIndex, prefix, { table });
}

const prefixes = (options: UnitChange): IpPrefix[] =>
  (options.routes ?? []).map((route) => parsePrefix(route, 'routes'));

const host = (address: IpAddress): IpPrefix => ({ ...address, length: address.octets.length * 8 });

/** fe80:: with an interface identifier (RFC 5072 section 5). */
function linkLocal(interfaceId: Uint8Array): IpAddress {
  const octets = new Uint8Array(16);
  octets[0] = 0xfe;
  octets[1] = 0x80;
  octets.set(interfaceId, 8);
  return { family: 6, octets };
}
