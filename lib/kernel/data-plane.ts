import type { Descriptor, FrameSink, SocketAddress } from '../io/index.js';

/** A tunnel as the data plane needs it: both ids are known and its socket is open. */
export interface DataPlaneTunnelOptions {
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  /** The connected socket of the control plane, which stays its owner. */
  readonly socket: Descriptor;
}

export interface DataPlaneSessionOptions {
  readonly sessionId: number;
  readonly peerSessionId: number;
  /** LNS: sequencing is decided here. LAC: the kernel follows the peer (RFC 2661 section 5.4). */
  readonly lnsMode: boolean;
  readonly sendSequence?: boolean;
  readonly receiveSequence?: boolean;
  /** How long out-of-order packets wait for the missing one, in ms; 0 does not reorder. */
  readonly reorderTimeout?: number;
  /** Takes the PPP control frames of this session. */
  readonly sink: FrameSink;
}

/** A PPPoE session as the data plane needs it (RFC 2516). */
export interface DataPlanePppoeOptions {
  readonly sessionId: number;
  /** Name of the Ethernet interface that the subscriber is on. */
  readonly interfaceName: string;
  /** The subscriber's MAC address, 6 octets. */
  readonly peerMac: Uint8Array;
  /** Takes the PPP control frames of this session. */
  readonly sink: FrameSink;
}

/** The network interface of a session and its addresses. */
export interface PppUnitOptions {
  /** Interface name; the kernel's next `pppN` unless given. At most 15 octets. */
  readonly name?: string;
  /** Octets of IP packet. */
  readonly mtu: number;
  readonly mru?: number;
  /** Local and peer IPv4 address; the route to the peer goes through the unit. */
  readonly ipv4?: { readonly local: string; readonly peer: string };
  /** IPv6 interface identifiers, 8 octets each, for the link-local addresses (RFC 5072 section 5). */
  readonly ipv6?: { readonly localInterfaceId: Uint8Array; readonly peerInterfaceId: Uint8Array };
  /** Further pairs of local and peer address, of either family. */
  readonly addresses?: readonly { readonly local: string; readonly peer: string }[];
  /** Further prefixes to route through the unit (CIDR, or with gateway and metric). */
  readonly routes?: readonly (string | UnitRoute)[];
  /** Routing table of {@link PppUnitOptions.routes}; the main one unless given, or that of the VRF. */
  readonly table?: number | undefined;
  /** Interface group, for rules that match many interfaces at once. */
  readonly group?: number;
  /** Index of the VRF that the interface belongs to. */
  readonly master?: number;
  /** The same by name; the routes go into its table. */
  readonly vrf?: string;
  /** Network namespace (as of `ip netns`) that the interface is moved to before it is set up; VRFs are looked up there. */
  readonly netns?: string;
  readonly rate?: UnitRate;
  /** Sets of nftables that the interface joins; not in another network namespace. */
  readonly filters?: readonly string[];
  /** A rate that all sessions of the tunnel share; the first session's counts while any is there. */
  readonly tunnelRate?: Pick<UnitRate, 'down' | 'up'>;
  /**
   * Network protocols that pass although they have no address here yet. Unless given, only those with an address
   * pass; the others are dropped in both directions until {@link DataPlaneSession.updatePpp} brings one.
   */
  readonly protocols?: readonly ('ipv4' | 'ipv6')[];
}

/** A route through a session's interface. */
export interface UnitRoute {
  /** CIDR. */
  readonly prefix: string;
  /** Next hop of the same family; the peer unless given. */
  readonly gateway?: string;
  /** The kernel's default unless given. */
  readonly metric?: number;
}

/** Limits of the IP packets of an interface; a direction without one is unlimited. */
export interface UnitRate {
  /** Sent to the peer, bit/s: shaped. */
  readonly down?: number;
  /** Received from the peer, bit/s: policed. */
  readonly up?: number;
  /** Octets that may pass at once; chosen from the rate unless given. */
  readonly burstDown?: number;
  readonly burstUp?: number;
  /** What is received is shaped, too, in the queue of an `ifb` device of its own. Of the first rate received alone. */
  readonly shapeUp?: boolean;
}

/** What may change on an interface that is there. */
export interface UnitChange
  extends Partial<Pick<PppUnitOptions, 'ipv4' | 'ipv6' | 'addresses' | 'routes' | 'table' | 'mtu'>> {
  /** Routes that are taken away. */
  readonly removedRoutes?: readonly (string | UnitRoute)[];
  /** Takes the place of the rate before; `{}` is unlimited. Packets that wait in a queue stay. */
  readonly rate?: UnitRate;
  /** Takes the place of the filters before. */
  readonly filters?: readonly string[];
}

/** Key material and options of MPPE for one direction (RFC 3078); the kernel encrypts. */
export interface MppeDirection {
  /** 16 octets, the start key. */
  readonly key: Uint8Array;
  /** The four octets of supported bits of the CCP option (RFC 3078 section 2.1). */
  readonly bits: number;
}

export interface MppeSetup {
  readonly send: MppeDirection;
  /** `undefined`: what is received goes on as it is. */
  readonly receive: MppeDirection | undefined;
}

export interface SessionStats {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly rxSeqDiscards: number;
  readonly rxOutOfSequence: number;
  readonly txPackets: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

/** What of an interface's counters was IPv6; octets are those of whole packets. */
export interface Ipv6Stats {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
}

/** The last counters of an interface. */
export interface FinalStats extends SessionStats {
  /** Where IPv6 passed through it. */
  readonly ipv6: Ipv6Stats | undefined;
}

/** Counters of many, by their keys. */
export interface StatsTable {
  /** @param known counters of an earlier reading, which come back themselves where they are still right */
  get(key: number, known?: SessionStats): SessionStats | undefined;
}

/** A session's interface, once it is there. */
export interface PppUnit {
  readonly name: string;
  /** Interface index, in its network namespace. */
  readonly index: number;
  /** Its key in {@link DataPlane.interfaceStats}. */
  readonly statsKey: number;
  /** Takes NCP frames to write; reads reach the session's sink. */
  readonly descriptor: Descriptor;
}

/** One packet that an interface sent or received. The octets belong to the call: copy what has to outlive it. */
export interface CapturedPacket {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  /** `sent` to the subscriber. */
  readonly direction: 'sent' | 'received';
  /** EtherType (linux/if_ether.h). */
  readonly protocol: number;
  /** From the network header on, not more than was asked for. */
  readonly octets: Uint8Array;
  /** Octets that the packet had. */
  readonly length: number;
}

/** Copies of what passes an interface, as long as it is open. They wait in the kernel, in bounded room. */
export interface PacketCapture {
  /** Packets that found no room. */
  readonly dropped: number;
  /** Hands over what has come since the last call, so much at most as a short turn of the event loop allows. */
  read(take: (packet: CapturedPacket) => void): void;
  /** Safe to call again. */
  close(): void;
}

export interface DataPlaneSession {
  readonly sessionId: number;
  /** The key of an L2TP session in {@link DataPlane.sessionStats}. */
  readonly statsKey: number;
  /** Where LCP and authentication frames may be written, once the kernel session exists. */
  readonly channel: Descriptor;
  readonly unit: PppUnit | undefined;
  /** Creates the interface of a session that was made without one. */
  attachPpp(unit: PppUnitOptions): Promise<PppUnit>;
  /** Adds addresses or routes that a later NCP brought, or changes what the subscriber gets. */
  updatePpp(change: UnitChange): Promise<void>;
  /**
   * Hands start keys to the kernel (PPPIOCSCOMPRESS both ways, then SC_CCP_OPEN with SC_CCP_UP off). CCP frames must
   * pass through the unit from then on: the kernel takes the options from the Configure-Acks.
   */
  prepareMppe(setup: MppeSetup): Promise<void>;
  /** CCP is open: SC_CCP_UP, and with `required` SC_MUST_COMP, so that nothing leaves in clear. */
  openMppe(required: boolean): Promise<void>;
  /**
   * Lets the frames of this session leave by the other and the other way round, control frames too
   * (PPPIOCBRIDGECHAN). Neither has an interface; neither sink gets anything any more. The end of one session takes the
   * bridge away.
   */
  bridge(other: DataPlaneSession): Promise<void>;
  /** Counters of the kernel's L2TP, or of a PPPoE session's interface: octets and packets include what is below IP. */
  stats(): Promise<SessionStats>;
  /** Counters of the interface: octets are those of IP packets. @throws Error (rejects) without an interface */
  unitStats(): Promise<SessionStats>;
  /** What of them was IPv6, where the kernel counts it. @throws Error (rejects) without an interface */
  ipv6Stats(): Promise<Ipv6Stats | undefined>;
  /**
   * Captures the IP packets of the interface (AF_PACKET, which takes CAP_NET_RAW).
   * @param snapLength octets of a packet that are kept
   * @throws KernelError; Error without an interface
   */
  capture(snapLength: number): PacketCapture;
  /**
   * Removes interface, session and descriptors; resolves when the kernel has let go, with the interface's last counters
   * (see {@link DataPlaneSession.unitStats}) where there was one. Safe to call again.
   */
  close(): Promise<FinalStats | undefined>;
}

export interface DataPlaneTunnel {
  readonly tunnelId: number;
  /** Session, socket and channel, but no interface: for sessions whose sequence numbers start at once. */
  addSession(options: DataPlaneSessionOptions): Promise<DataPlaneSession>;
  /** Everything at once: one composite operation on a native thread. A failure leaves nothing behind. */
  addPppSession(options: DataPlaneSessionOptions, unit: PppUnitOptions): Promise<DataPlaneSession>;
  stats(): Promise<SessionStats>;
  /** Closes all sessions, then the kernel tunnel; the socket stays with its owner. */
  close(): Promise<void>;
}

/** What a role needs of the kernel. `NullDataPlane` has the same face and does nothing. */
export interface DataPlane {
  openTunnel(options: DataPlaneTunnelOptions): Promise<DataPlaneTunnel>;
  /** A PPPoE session with its channel, and with `unit` its interface: all or nothing. */
  openPppoe(options: DataPlanePppoeOptions, unit?: PppUnitOptions): Promise<DataPlaneSession>;
  /**
   * Counters of all interfaces by {@link PppUnit.statsKey}, read in bulk: what the subscriber sent (rx) and received (tx).
   * They are to be looked at before the next reading, which takes their place.
   */
  interfaceStats(): Promise<StatsTable>;
  /**
   * Counters of all L2TP sessions by {@link DataPlaneSession.statsKey}, read in bulk: see
   * {@link DataPlaneSession.stats}. Empty where the kernel cannot list its sessions (no l2tp_netlink).
   */
  sessionStats(): Promise<ReadonlyMap<number, SessionStats>>;
  /**
   * Has an interface take packets to an IPv6 multicast group (16 octets) while the socket is open, or no longer. The
   * interface is in the socket's network namespace.
   */
  setMulticast(socket: Descriptor, interfaceIndex: number, group: Uint8Array, joins: boolean): Promise<void>;
  /** Has the DSCP of each packet copied to its outer header, where that leaves from one of these UDP ports. @throws KernelError */
  copyDscp?(ports: readonly number[]): Promise<void>;
  /** Takes away what the data plane itself keeps in the kernel. Its tunnels are closed before. */
  close?(): Promise<void>;
}
