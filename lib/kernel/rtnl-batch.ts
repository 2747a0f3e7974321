import { endianness } from 'node:os';
import type { IpAddress, IpPrefix } from './address.js';

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_SETLINK = 19;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETSTATS = 94;
const IFLA_STATS_LINK_64 = 1;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_GROUP = 27;
const IFLA_INFO_KIND = 1;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
const IFA_F_NODAD = 0x02;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_TABLE = 15;
const RT_TABLE_UNSPEC = 0;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
const RTN_UNICAST = 1;
const IFF_UP = 1;
const NLA_F_NESTED = 0x8000;

const familyNumber = { 4: 2, 6: 10 } as const;
const littleEndian = endianness() === 'LE';

/** The interface that the batch is for, whose index is known only to the addon, once it has made it. */
export const thisInterface = 0;

export interface LinkSettings {
  readonly name?: string | undefined;
  readonly mtu?: number | undefined;
  readonly group?: number | undefined;
  /** Index of a VRF or bridge. */
  readonly master?: number | undefined;
  /** Without a link-local address of its own making. */
  readonly noIpv6AutoAddress?: boolean | undefined;
  readonly up?: boolean | undefined;
}

export interface RouteSettings {
  readonly source?: IpAddress | undefined;
  readonly metric?: number | undefined;
  readonly table?: number | undefined;
}

/**
 * rtnetlink messages that the kernel gets in one call. An interface index of {@link thisInterface} is filled in by the
 * addon. The machine's own octet order.
 */
export class RtnlBatch {
  // From Node's pool: thousands of these are made in a storm of set-ups.
  #octets: Uint8Array = Buffer.allocUnsafe(256);
  #length = 0;
  #start = 0;
  readonly #patches: number[] = [];
  readonly #names: string[] = [];
  readonly #starts: number[] = [];

  /** How many messages there are. */
  get count(): number {
    return this.#names.length;
  }

  /** What message `index` does, for error texts: `RTM_NEWADDR`, say. */
  name(index: number): string | undefined {
    return this.#names[index];
  }

  setLink(interfaceIndex: number, settings: LinkSettings): this {
    this.#begin(
      RTM_SETLINK,
      0,
      settings.name === undefined ? 'RTM_SETLINK' : `RTM_SETLINK name ${settings.name}`,
    );
    this.#link(interfaceIndex, settings);
    return this.#end();
  }

  /** A virtual interface of `kind`, such as `dummy`. */
  newLink(kind: string, settings: LinkSettings & { readonly name: string }): this {
    this.#begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, `RTM_NEWLINK ${settings.name}`);
    this.#link(-1, settings);
    const info = this.#nest(IFLA_LINKINFO);
    this.#text(IFLA_INFO_KIND, kind);
    this.#unnest(info);
    return this.#end();
  }

  deleteLink(interfaceIndex: number): this {
    this.#begin(RTM_DELLINK, 0, 'RTM_DELLINK');
    this.#link(interfaceIndex, {});
    return this.#end();
  }

  /** An address; with `peer`, point to point: the kernel adds the route to the peer. */
  newAddress(interfaceIndex: number, local: IpAddress, peer?: IpAddress): this {
    this.#begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, 'RTM_NEWADDR');
    return this.#address(interfaceIndex, local, peer);
  }

  deleteAddress(interfaceIndex: number, local: IpAddress, peer?: IpAddress): this {
    this.#begin(RTM_DELADDR, 0, 'RTM_DELADDR');
    return this.#address(interfaceIndex, local, peer);
  }

  /**
   * A route through an interface. It goes in front of an equal one of another interface, which counts again when this
   * one is gone: a subscriber who comes back before the old session has ended is reached by the new one.
   */
  newRoute(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings = {}): this {
    this.#begin(RTM_NEWROUTE, NLM_F_CREATE, 'RTM_NEWROUTE');
    return this.#route(interfaceIndex, prefix, settings, RT_SCOPE_LINK);
  }

  deleteRoute(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings = {}): this {
    this.#begin(RTM_DELROUTE, 0, 'RTM_DELROUTE');
    return this.#route(interfaceIndex, prefix, settings, RT_SCOPE_NOWHERE);
  }

  /** Asks for an interface's counters; see `linkStats`. */
  getStats(interfaceIndex: number): this {
    this.#begin(RTM_GETSTATS, 0, 'RTM_GETSTATS');
    this.#u32(0); // family
    this.#interface(interfaceIndex);
    this.#u32(1 << (IFLA_STATS_LINK_64 - 1));
    return this.#end();
  }

  /** The messages alone, for interfaces that are known. */
  messages(): Uint8Array {
    return this.#octets.slice(0, this.#length);
  }

  /** The messages that are not at the places of `left`. */
  messagesBut(left: ReadonlySet<number>): Uint8Array {
    const kept = this.#starts.flatMap((start, i) =>
      left.has(i) ? [] : [this.#octets.subarray(start, this.#starts[i + 1] ?? this.#length)],
    );
    return Buffer.concat(kept);
  }

  /** As the addon wants it for an interface that it makes: number of patches, their offsets, messages. */
  unitPlan(): Uint8Array {
    const plan = new RtnlBatch();
    plan.#u32(this.#patches.length);
    for (const at of this.#patches) plan.#u32(at);
    const at = plan.#grow(this.#length);
    plan.#octets.set(this.#octets.subarray(0, this.#length), at);
    return plan.#octets.subarray(0, plan.#length);
  }

  /** struct ifinfomsg and its attributes. An index below 0 is none. */
  #link(interfaceIndex: number, settings: LinkSettings): void {
    this.#u32(0); // family, type
    this.#interface(interfaceIndex);
    this.#u32(settings.up === undefined ? 0 : Number(settings.up) * IFF_UP);
    this.#u32(settings.up === undefined ? 0 : IFF_UP);
    if (settings.name !== undefined) this.#text(IFLA_IFNAME, settings.name);
    if (settings.mtu !== undefined) this.#number(IFLA_MTU, settings.mtu);
    if (settings.group !== undefined) this.#number(IFLA_GROUP, settings.group);
    if (settings.master !== undefined) this.#number(IFLA_MASTER, settings.master);
    if (settings.noIpv6AutoAddress) {
      const families = this.#nest(IFLA_AF_SPEC);
      const ipv6 = this.#nest(familyNumber[6]);
      this.#attribute(IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE));
      this.#unnest(ipv6);
      this.#unnest(families);
    }
  }

  /** struct ifaddrmsg and its attributes. */
  #address(interfaceIndex: number, local: IpAddress, peer: IpAddress | undefined): this {
    const prefix = local.octets.length * 8;
    this.#u8x4(familyNumber[local.family], prefix, 0, RT_SCOPE_UNIVERSE);
    this.#interface(interfaceIndex);
    this.#attribute(IFA_LOCAL, local.octets);
    this.#attribute(IFA_ADDRESS, (peer ?? local).octets);
    if (local.family === 6) this.#number(IFA_FLAGS, IFA_F_NODAD);
    return this.#end();
  }

  /** struct rtmsg and its attributes. */
  #route(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings, scope: number): this {
    const table = settings.table ?? RT_TABLE_MAIN;
    this.#u8x4(familyNumber[prefix.family], prefix.length, 0, 0);
    this.#u8x4(
      table < 256 ? table : RT_TABLE_UNSPEC,
      RTPROT_STATIC,
      prefix.family === 4 ? scope : RT_SCOPE_UNIVERSE,
      RTN_UNICAST,
    );
    this.#u32(0); // flags
    if (prefix.length > 0) this.#attribute(RTA_DST, prefix.octets);
    this.#attributeHead(RTA_OIF, 4);
    this.#interface(interfaceIndex);
    if (settings.source !== undefined) this.#attribute(RTA_PREFSRC, settings.source.octets);
    if (settings.metric !== undefined) this.#number(RTA_PRIORITY, settings.metric);
    if (table >= 256) this.#number(RTA_TABLE, table);
    return this.#end();
  }

  #begin(type: number, flags: number, name: string): void {
    this.#names.push(name);
    this.#starts.push(this.#length);
    this.#start = this.#length;
    const at = this.#grow(16);
    this.#octets.fill(0, at, at + 16);
    this.#put16(at + 4, type);
    this.#put16(at + 6, flags);
  }

  #end(): this {
    this.#put32(this.#start, this.#length - this.#start);
    return this;
  }

  #nest(type: number): number {
    const at = this.#length;
    this.#attributeHead(type | NLA_F_NESTED, 0);
    return at;
  }

  #unnest(at: number): void {
    this.#put16(at, this.#length - at);
  }

  #attributeHead(type: number, size: number): void {
    const at = this.#grow(4);
    this.#put16(at, 4 + size);
    this.#put16(at + 2, type);
  }

  #attribute(type: number, value: Uint8Array): void {
    this.#attributeHead(type, value.length);
    const padded = (value.length + 3) & ~3;
    const at = this.#grow(padded);
    this.#octets.fill(0, at, at + padded);
    this.#octets.set(value, at);
  }

  #text(type: number, value: string): void {
    this.#attribute(type, Buffer.from(`${value}\0`, 'latin1'));
  }

  #number(type: number, value: number): void {
    this.#attributeHead(type, 4);
    this.#u32(value);
  }

  #interface(index: number): void {
    if (index === thisInterface) this.#patches.push(this.#length);
    this.#u32(index < 0 ? 0 : index);
  }

  #u32(value: number): void {
    this.#put32(this.#grow(4), value);
  }

  #put16(at: number, value: number): void {
    const o = this.#octets;
    o[littleEndian ? at : at + 1] = value;
    o[littleEndian ? at + 1 : at] = value >>> 8;
  }

  #put32(at: number, value: number): void {
    this.#put16(littleEndian ? at : at + 2, value & 0xffff);
    this.#put16(littleEndian ? at + 2 : at, value >>> 16);
  }

  #u8x4(a: number, b: number, c: number, d: number): void {
    const at = this.#grow(4);
    const o = this.#octets;
    o[at] = a;
    o[at + 1] = b;
    o[at + 2] = c;
    o[at + 3] = d;
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#octets.length * 2));
      larger.set(this.#octets.subarray(0, at));
      this.#octets = larger;
    }
    return at;
  }
}
