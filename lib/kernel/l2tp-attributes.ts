import type { SocketAddress } from '../io/index.js';
import type { SessionStats } from './data-plane.js';

/** A tunnel as the kernel lists it, whoever made it. */
export interface KernelTunnelInfo {
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  /** 2 or 3. */
  readonly version: number;
  readonly encapsulation: 'udp' | 'ip';
  readonly local: SocketAddress | undefined;
  readonly peer: SocketAddress | undefined;
  readonly stats: SessionStats;
}

/** A session as the kernel lists it, whoever made it. */
export interface KernelSessionInfo {
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  readonly sessionId: number;
  readonly peerSessionId: number;
  readonly interfaceName: string | undefined;
  readonly sendSequence: boolean;
  readonly receiveSequence: boolean;
  readonly lnsMode: boolean;
  /** In ms. */
  readonly reorderTimeout: number;
  readonly stats: SessionStats;
}

// linux/l2tp.h
export const L2TP_CMD = {
  TUNNEL_CREATE: 1,
  TUNNEL_DELETE: 2,
  TUNNEL_MODIFY: 3,
  TUNNEL_GET: 4,
  SESSION_CREATE: 5,
  SESSION_DELETE: 6,
  SESSION_MODIFY: 7,
  SESSION_GET: 8,
} as const;

export const L2TP_ATTR = {
  ENCAP_TYPE: 2,
  PROTO_VERSION: 7,
  IFNAME: 8,
  CONN_ID: 9,
  PEER_CONN_ID: 10,
  SESSION_ID: 11,
  PEER_SESSION_ID: 12,
  RECV_SEQ: 18,
  SEND_SEQ: 19,
  LNS_MODE: 20,
  RECV_TIMEOUT: 22,
  IP_SADDR: 24,
  IP_DADDR: 25,
  UDP_SPORT: 26,
  UDP_DPORT: 27,
  STATS: 30,
  IP6_SADDR: 31,
  IP6_DADDR: 32,
} as const;

const STATS_ATTR = {
  TX_PACKETS: 1,
  TX_BYTES: 2,
  TX_ERRORS: 3,
  RX_PACKETS: 4,
  RX_BYTES: 5,
  RX_SEQ_DISCARDS: 6,
  RX_OOS_PACKETS: 7,
  RX_ERRORS: 8,
} as const;

/** Attributes of one message by type; of several of one type the last. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** Parts of a message's attributes: `parseAttributes` of npm netlink, fenced in `netlink.ts`. */
export type AttributeParser = (octets: Uint8Array) => Attributes;

export function tunnelInfo(attributes: Attributes, parse: AttributeParser): KernelTunnelInfo {
  return {
    tunnelId: number(attributes, L2TP_ATTR.CONN_ID),
    peerTunnelId: number(attributes, L2TP_ATTR.PEER_CONN_ID),
    version: number(attributes, L2TP_ATTR.PROTO_VERSION),
    encapsulation: number(attributes, L2TP_ATTR.ENCAP_TYPE) === 1 ? 'ip' : 'udp',
    local: endpoint(attributes, L2TP_ATTR.IP_SADDR, L2TP_ATTR.IP6_SADDR, L2TP_ATTR.UDP_SPORT),
    peer: endpoint(attributes, L2TP_ATTR.IP_DADDR, L2TP_ATTR.IP6_DADDR, L2TP_ATTR.UDP_DPORT),
    stats: stats(attributes, parse),
  };
}

export function sessionInfo(attributes: Attributes, parse: AttributeParser): KernelSessionInfo {
  const name = attributes.get(L2TP_ATTR.IFNAME);
  return {
    tunnelId: number(attributes, L2TP_ATTR.CONN_ID),
    peerTunnelId: number(attributes, L2TP_ATTR.PEER_CONN_ID),
    sessionId: number(attributes, L2TP_ATTR.SESSION_ID),
    peerSessionId: number(attributes, L2TP_ATTR.PEER_SESSION_ID),
    interfaceName: name && Buffer.from(name).toString('latin1').replace(/\0.*$/s, ''),
    sendSequence: number(attributes, L2TP_ATTR.SEND_SEQ) !== 0,
    receiveSequence: number(attributes, L2TP_ATTR.RECV_SEQ) !== 0,
    lnsMode: number(attributes, L2TP_ATTR.LNS_MODE) !== 0,
    reorderTimeout: number(attributes, L2TP_ATTR.RECV_TIMEOUT),
    stats: stats(attributes, parse),
  };
}

/** A number of 1, 2, 4 or 8 octets in the machine's order; 0 where there is none. */
export function number(attributes: Attributes, type: number): number {
  const octets = attributes.get(type);
  if (octets === undefined) return 0;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  switch (octets.length) {
    case 1:
      return view.getUint8(0);
    case 2:
      return view.getUint16(0, littleEndian);
    case 4:
      return view.getUint32(0, littleEndian);
    case 8:
      return Number(view.getBigUint64(0, littleEndian));
    default:
      return 0;
  }
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function stats(attributes: Attributes, parse: AttributeParser): SessionStats {
  const nested = attributes.get(L2TP_ATTR.STATS);
  const counters = nested === undefined ? new Map<number, Uint8Array>() : parse(nested);
  return {
    rxPackets: number(counters, STATS_ATTR.RX_PACKETS),
    rxBytes: number(counters, STATS_ATTR.RX_BYTES),
    rxErrors: number(counters, STATS_ATTR.RX_ERRORS),
    rxSeqDiscards: number(counters, STATS_ATTR.RX_SEQ_DISCARDS),
    rxOutOfSequence: number(counters, STATS_ATTR.RX_OOS_PACKETS),
    txPackets: number(counters, STATS_ATTR.TX_PACKETS),
    txBytes: number(counters, STATS_ATTR.TX_BYTES),
    txErrors: number(counters, STATS_ATTR.TX_ERRORS),
  };
}

function endpoint(
  attributes: Attributes,
  ipv4: number,
  ipv6: number,
  port: number,
): SocketAddress | undefined {
  const octets = attributes.get(ipv4) ?? attributes.get(ipv6);
  if (octets === undefined) return undefined;
  return { address: formatAddress(octets), port: number(attributes, port) };
}

/** Text of 4 or 16 octets; IPv6 as RFC 5952 section 4 wants it. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups: number[] = [];
  for (let at = 0; at + 1 < octets.length; at += 2) {
    groups.push(((octets[at] as number) << 8) | (octets[at + 1] as number));
  }
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (best.length < 2) return text(0, groups.length);
  return `${text(0, best.start)}::${text(best.start + best.length, groups.length)}`;
}
