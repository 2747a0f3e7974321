import type { IpAddress, IpPrefix } from './address.js';
import { NetlinkBatch } from './netlink-batch.js';

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
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
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_TABLE = 15;
const RT_TABLE_UNSPEC = 0;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_UNIVERSE = 0;
const RTNH_F_ONLINK = 4;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
const RTN_UNICAST = 1;
const IFF_UP = 1;

const familyNumber = { 4: 2, 6: 10 } as const;

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
  /** Next hop, taken to be on the link. */
  readonly gateway?: IpAddress | undefined;
  readonly metric?: number | undefined;
  readonly table?: number | undefined;
}

/** Messages about interfaces, addresses and routes. */
export class RtnlBatch extends NetlinkBatch {
  setLink(interfaceIndex: number, settings: LinkSettings): this {
    this.begin(
      RTM_SETLINK,
      0,
      settings.name === undefined ? 'RTM_SETLINK' : `RTM_SETLINK name ${settings.name}`,
    );
    this.#link(interfaceIndex, settings);
    return this.end();
  }

  /** A virtual interface of `kind`, such as `dummy`. @param index -1: the kernel chooses */
  newLink(kind: string, settings: LinkSettings & { readonly name: string }, index = -1): this {
    this.begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, `RTM_NEWLINK ${settings.name}`);
    this.#link(index, settings);
    const info = this.nest(IFLA_LINKINFO);
    this.text(IFLA_INFO_KIND, kind);
    this.unnest(info);
    return this.end();
  }

  /** Asks for an interface by its name. */
  getLink(name: string): this {
    this.begin(RTM_GETLINK, 0, `RTM_GETLINK ${name}`);
    this.#link(-1, { name });
    return this.end();
  }

  deleteLink(interfaceIndex: number): this {
    this.begin(RTM_DELLINK, 0, 'RTM_DELLINK');
    this.#link(interfaceIndex, {});
    return this.end();
  }

  /** Every interface of a group. */
  deleteGroup(group: number): this {
    this.begin(RTM_DELLINK, 0, `RTM_DELLINK group ${group}`);
    this.#link(-1, { group });
    return this.end();
  }

  /** An address; with `peer`, point to point: the kernel adds the route to the peer. */
  newAddress(interfaceIndex: number, local: IpAddress, peer?: IpAddress): this {
    this.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, 'RTM_NEWADDR');
    return this.#address(interfaceIndex, local, peer);
  }

  deleteAddress(interfaceIndex: number, local: IpAddress, peer?: IpAddress): this {
    this.begin(RTM_DELADDR, 0, 'RTM_DELADDR');
    return this.#address(interfaceIndex, local, peer);
  }

  /**
   * A route through an interface. It goes in front of an equal one of another interface, which counts again when this
   * one is gone: a subscriber who comes back before the old session has ended is reached by the new one.
   */
  newRoute(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings = {}): this {
    this.begin(RTM_NEWROUTE, NLM_F_CREATE, 'RTM_NEWROUTE');
    const scope = settings.gateway === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    return this.#route(interfaceIndex, prefix, settings, scope);
  }

  deleteRoute(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings = {}): this {
    this.begin(RTM_DELROUTE, 0, 'RTM_DELROUTE');
    return this.#route(interfaceIndex, prefix, settings, RT_SCOPE_NOWHERE);
  }

  /** Asks for an interface's counters; see `linkStats`. */
  getStats(interfaceIndex: number): this {
    this.begin(RTM_GETSTATS, 0, 'RTM_GETSTATS');
    this.u32(0); // family
    this.interface(interfaceIndex);
    this.u32(1 << (IFLA_STATS_LINK_64 - 1));
    return this.end();
  }

  /** struct ifinfomsg and its attributes. An index below 0 is none. */
  #link(interfaceIndex: number, settings: LinkSettings): void {
    this.u32(0); // family, type
    this.interface(interfaceIndex);
    this.u32(settings.up === undefined ? 0 : Number(settings.up) * IFF_UP);
    this.u32(settings.up === undefined ? 0 : IFF_UP);
    if (settings.name !== undefined) this.text(IFLA_IFNAME, settings.name);
    if (settings.mtu !== undefined) this.number(IFLA_MTU, settings.mtu);
    if (settings.group !== undefined) this.number(IFLA_GROUP, settings.group);
    if (settings.master !== undefined) this.number(IFLA_MASTER, settings.master);
    if (settings.noIpv6AutoAddress) {
      const families = this.nest(IFLA_AF_SPEC);
      const ipv6 = this.nest(familyNumber[6]);
      this.attribute(IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(IN6_ADDR_GEN_MODE_NONE));
      this.unnest(ipv6);
      this.unnest(families);
    }
  }

  /** struct ifaddrmsg and its attributes. */
  #address(interfaceIndex: number, local: IpAddress, peer: IpAddress | undefined): this {
    const prefix = local.octets.length * 8;
    this.u8x4(familyNumber[local.family], prefix, 0, RT_SCOPE_UNIVERSE);
    this.interface(interfaceIndex);
    this.attribute(IFA_LOCAL, local.octets);
    this.attribute(IFA_ADDRESS, (peer ?? local).octets);
    if (local.family === 6) this.number(IFA_FLAGS, IFA_F_NODAD);
    return this.end();
  }

  /** struct rtmsg and its attributes. */
  #route(interfaceIndex: number, prefix: IpPrefix, settings: RouteSettings, scope: number): this {
    const table = settings.table ?? RT_TABLE_MAIN;
    this.u8x4(familyNumber[prefix.family], prefix.length, 0, 0);
    this.u8x4(
      table < 256 ? table : RT_TABLE_UNSPEC,
      RTPROT_STATIC,
      prefix.family === 4 ? scope : RT_SCOPE_UNIVERSE,
      RTN_UNICAST,
    );
    this.u32(settings.gateway === undefined ? 0 : RTNH_F_ONLINK);
    if (settings.gateway !== undefined) this.attribute(RTA_GATEWAY, settings.gateway.octets);
    if (prefix.length > 0) this.attribute(RTA_DST, prefix.octets);
    this.attributeHead(RTA_OIF, 4);
    this.interface(interfaceIndex);
    if (settings.source !== undefined) this.attribute(RTA_PREFSRC, settings.source.octets);
    if (settings.metric !== undefined) this.number(RTA_PRIORITY, settings.metric);
    if (table >= 256) this.number(RTA_TABLE, table);
    return this.end();
  }
}
