/** Which kernel interface makes a tunnel: see `TunnelApi` in native/tunnel_jobs.h. */
export const nativeApi = { auto: 0, netlink: 1, pppox: 2 } as const;

/** Bits of `flags` of {@link NativeKernel.kernelOpenSession}. */
export const sessionFlag = {
  lnsMode: 1,
  sendSequence: 2,
  receiveSequence: 4,
  /** By L2TP_CMD_SESSION_CREATE, else by the PPPoL2TP socket alone. */
  netlink: 8,
  /** By the socket alone where the kernel's netlink cannot make PPP sessions. */
  netlinkOptional: 16,
  ipv6: 32,
} as const;

/** Bits of `touch` and `pass`: network protocols to let through or to drop (PPPIOCSNPMODE). */
export const networkProtocol = { ipv4: 1, ipv6: 2, all: 3 } as const;

/** Queues of the native threads, served in turn. */
export const lane = { setUp: 0, tearDown: 1, query: 2 } as const;

/** What {@link NativeKernel.kernelPpp} does: the order of `kPppOperations` in native/kernel_init.cc. */
export const pppOperation = {
  /** On the PPPoL2TP socket; the numbers are counters. */
  sessionStats: 0,
  /** On the unit; the numbers are seconds idle of sending and of receiving. */
  idle: 1,
  /** On the PPPoL2TP socket: a send, b receive (0, 1, or -1 to leave), c reorder time-out in ms (or -1). */
  sequencing: 2,
  /** On the unit: a is all flags anew. */
  flags: 3,
  /** On the unit: a touch, b pass. */
  networkProtocols: 4,
  /** On the unit: a is 1 for sending; octets are the CCP option with key material. */
  compressor: 5,
  /** On the channel: a is the index of the other channel. */
  bridge: 6,
  /** On the channel. */
  unbridge: 7,
} as const;

/** Columns of a row of results; `numbers` is the first of eight. */
export const resultColumn = { id: 0, errno: 1, message: 2, numbers: 3 } as const;
export const resultRowLength = 11;

/** Where in the numbers of a result the parts of a session are; 0 or -1 where there are none. */
export const sessionNumber = {
  pppox: 0,
  channel: 1,
  unit: 2,
  channelIndex: 3,
  unitNumber: 4,
  interfaceIndex: 5,
} as const;

/** Where in the numbers of a result the counters are. */
export const counterNumber = {
  rxPackets: 0,
  rxBytes: 1,
  rxErrors: 2,
  rxSeqDiscards: 3,
  rxOutOfSequence: 4,
  txPackets: 5,
  txBytes: 6,
  txErrors: 7,
} as const;

/** Columns of a row of {@link NativeKernel.kernelInterfaceStats}. */
export const interfaceColumn = {
  index: 0,
  rxPackets: 1,
  rxBytes: 2,
  rxErrors: 3,
  rxDropped: 4,
  txPackets: 5,
  txBytes: 6,
  txErrors: 7,
  txDropped: 8,
} as const;
export const interfaceRowLength = 9;

/** Columns of a row of {@link NativeKernel.kernelSessionStats}: these two, then those of {@link counterNumber}. */
export const sessionStatsColumn = { tunnelId: 0, sessionId: 1, counters: 2 } as const;
export const sessionStatsRowLength = 10;

/**
 * Takes what has finished since it was last called. `texts` has two a row: the call that failed ('' if none did) and
 * the kernel's extended acknowledgement. `octets` has one a row where there are any.
 */
export type DeliverResults = (
  rows: Float64Array,
  texts: readonly string[],
  octets: readonly (Uint8Array | undefined)[],
) => void;

/**
 * The part of the addon that works in the kernel: native/kernel_init.cc. Each function with an `id` queues an operation
 * and returns 0, or the errno for which it cannot even be queued; its result comes by {@link DeliverResults}. Operations
 * of the same `key` (0 is none) run one after the other. Handles given to a closing operation are stale at once.
 */
export interface NativeKernel {
  /** errno (0 is fine) of opening a PPPoL2TP socket and `/dev/ppp`; has the kernel load their modules. */
  kernelProbe(): { readonly pppox: number; readonly device: number };

  /**
   * Once in an environment.
   *
   * @param threads at most so many; started when there is work
   * @param group interface group in which interfaces are collected to be removed together; not 0, nothing else in it
   */
  kernelStart(threads: number, group: number, deliver: DeliverResults): void;
  /** Threads started, and operations not delivered yet. */
  kernelLoad(): { readonly threads: number; readonly pending: number };

  /** Numbers: the interface that made it ({@link nativeApi}), the handle of its management socket or 0. */
  kernelCreateTunnel(
    id: number,
    key: number,
    api: number,
    tunnelId: number,
    peerTunnelId: number,
    socket: number,
    ipv6: boolean,
  ): number;
  kernelDeleteTunnel(id: number, key: number, api: number, tunnelId: number, management: number): number;
  /** Numbers: counters. */
  kernelTunnelStats(id: number, key: number, api: number, tunnelId: number, management: number): number;

  /**
   * Session, PPPoL2TP socket and channel, and with `unit` (see `RtnlBatch`) the interface too; all or nothing. With
   * `netns` the interface is moved there as `name`, and `unit` is applied there.
   * Numbers: {@link sessionNumber}. Where a row has an errno and handles, the caller has to close these.
   */
  kernelOpenSession(
    id: number,
    key: number,
    tag: number,
    tunnelId: number,
    peerTunnelId: number,
    sessionId: number,
    peerSessionId: number,
    flags: number,
    reorderTimeout: number,
    netns: string,
    name: string,
    mru: number,
    touch: number,
    pass: number,
    unit: Uint8Array | undefined,
  ): number;
  /**
   * The same for a PPPoE session: PPPoE socket, channel, and with `unit` the interface.
   * @param peer six octets of MAC address, then the name of the Ethernet interface
   */
  kernelOpenPppoe(
    id: number,
    key: number,
    tag: number,
    sessionId: number,
    peer: Uint8Array,
    netns: string,
    name: string,
    mru: number,
    touch: number,
    pass: number,
    unit: Uint8Array | undefined,
  ): number;
  /** An interface for a session that is there. Numbers: {@link sessionNumber}. */
  kernelAttachUnit(
    id: number,
    key: number,
    tag: number,
    channel: number,
    netns: string,
    name: string,
    mru: number,
    touch: number,
    pass: number,
    unit: Uint8Array,
  ): number;
  /**
   * Handles may be 0. `alone`: the interface is in another network namespace. With `sessionId` it waits until the kernel
   * no longer knows the session. Numbers: counters of the interface ({@link counterNumber}), the first -1 without them.
   * Octets with `ipv6`: see {@link NativeKernel.kernelIpv6Stats}.
   */
  kernelCloseSession(
    id: number,
    key: number,
    pppox: number,
    channel: number,
    unit: number,
    interfaceIndex: number,
    alone: boolean,
    ipv6: boolean,
    tunnelId: number,
    sessionId: number,
  ): number;
  /** See {@link pppOperation}. */
  kernelPpp(
    id: number,
    key: number,
    operation: number,
    descriptor: number,
    a: number,
    b: number,
    c: number,
    octets: Uint8Array | undefined,
  ): number;
  /** The channel of a session whose channel was closed. Numbers: handle and index. */
  kernelOpenChannel(id: number, key: number, tag: number, pppox: number): number;
  kernelCloseDescriptor(id: number, key: number, handle: number): number;

  /**
   * Netlink messages in one send, or one dump. Octets: what came back; after a failure the numbers (32 bits each) of the
   * messages that failed. `protocol`: 0 route, 12 netfilter, 16 generic, where messages of type 0 are the
   * family `l2tp`'s. `netns`: with 0, the network namespace by name; '' is ours.
   */
  kernelNetlink(
    id: number,
    key: number,
    queue: number,
    protocol: number,
    netns: string,
    dump: boolean,
    messages: Uint8Array,
  ): number;
  /** Numbers: id and multicast group of the generic netlink family `l2tp`. */
  kernelFamily(id: number): number;
  /**
   * Writes counters of all interfaces into `rows` ({@link interfaceColumn}), which nobody else may use meanwhile. Numbers:
   * how many there are; those that do not fit are left out.
   */
  kernelInterfaceStats(id: number, netns: string, rows: Float64Array): number;
  /** An interface's IPv6 counters. Octets: `/proc/net/dev_snmp6` of it, lines of a name and a number. */
  kernelIpv6Stats(id: number, key: number, netns: string, interfaceIndex: number): number;
  /** Counters of all L2TP sessions. Octets: rows of doubles, {@link sessionStatsColumn}. */
  kernelSessionStats(id: number): number;
  /** Closes what is open in a network namespace, which would keep it alive. */
  kernelForgetNamespace(netns: string): void;
  /** Has an interface take packets to a multicast group (16 octets) while `socket` is open, or no longer. */
  kernelMulticast(
    id: number,
    key: number,
    socket: number,
    interfaceIndex: number,
    joins: boolean,
    group: Uint8Array,
  ): number;
  /** A watched socket in a multicast group of generic netlink, read as frames. @returns handle, or -errno */
  kernelOpenNotifications(tag: number, group: number): number;
}
