import { ipv6Octets, type Ipv6Prefix, Writer } from '../wire/index.js';

// RFC 4861 section 4, RFC 4191 section 2.3, RFC 8106 section 5.1.
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const OPTION_PREFIX = 3;
const OPTION_MTU = 5;
const OPTION_ROUTE = 24;
const OPTION_RDNSS = 25;
const MANAGED = 0x80;
const OTHER = 0x40;
const ON_LINK = 0x80;
const AUTONOMOUS = 0x40;
/** The length that SLAAC needs (RFC 4862 section 5.5.3). */
const slaacLength = 64;
const defaultHopLimit = 64;

/** What a router says of itself and of the link. Times in seconds. */
export interface RouterAdvertisement {
  /** 0: this is no default router. At most 9000 (RFC 4861 section 6.2.1). */
  readonly routerLifetime: number;
  /** Addresses are given by DHCPv6. */
  readonly managed: boolean;
  /** Other things are given by DHCPv6. */
  readonly other: boolean;
  readonly mtu: number | undefined;
  readonly prefixes: readonly Ipv6Prefix[];
  readonly preferredLifetime: number;
  readonly validLifetime: number;
  readonly dns: readonly bigint[];
  /** Networks that are reached through this router, more exactly than by default. */
  readonly routes: readonly Ipv6Prefix[];
}

/** An ICMPv6 message without its checksum, which the kernel fills in on raw sockets. */
export function encodeRouterAdvertisement(advertisement: RouterAdvertisement): Uint8Array {
  const { routerLifetime, managed, other, mtu, prefixes, dns, routes } = advertisement;
  const writer = new Writer();
  writer.u8(ROUTER_ADVERTISEMENT).u8(0).u16(0);
  writer.u8(defaultHopLimit).u8((managed ? MANAGED : 0) | (other ? OTHER : 0));
  writer.u16(routerLifetime).u32(0).u32(0);
  if (mtu !== undefined) writer.u8(OPTION_MTU).u8(1).u16(0).u32(mtu);
  for (const { address, length } of prefixes) {
    writer.u8(OPTION_PREFIX).u8(4).u8(length);
    writer.u8(ON_LINK | (length === slaacLength ? AUTONOMOUS : 0));
    writer.u32(advertisement.validLifetime).u32(advertisement.preferredLifetime).u32(0);
    writer.bytes(ipv6Octets(address));
  }
  for (const { address, length } of routes) {
    const octets = Math.ceil(length / 64) * 8;
    writer.u8(OPTION_ROUTE).u8(1 + octets / 8);
    writer.u8(length).u8(0).u32(advertisement.validLifetime);
    writer.bytes(ipv6Octets(address).subarray(0, octets));
  }
  if (dns.length > 0) {
    writer
      .u8(OPTION_RDNSS)
      .u8(1 + 2 * dns.length)
      .u16(0)
      .u32(advertisement.validLifetime);
    for (const server of dns) writer.bytes(ipv6Octets(server));
  }
  return writer.finish();
}

/** Whether octets are a valid Router Solicitation (RFC 4861 section 6.1.1), from the ICMPv6 header on. */
export function isRouterSolicitation(octets: Uint8Array): boolean {
  if (octets.length < 8 || octets[0] !== ROUTER_SOLICITATION || octets[1] !== 0) return false;
  let at = 8;
  while (at < octets.length) {
    const length = (octets[at + 1] ?? 0) * 8;
    if (length === 0) return false;
    at += length;
  }
  return at === octets.length;
}
