/** An IP address in text form and a UDP port. */
export interface SocketAddress {
  /** `192.0.2.1`, `2001:db8::1`, or link-local with its zone: `fe80::1%eth0`. */
  readonly address: string;
  readonly port: number;
}

/** Where a datagram came from, and which of our addresses it was sent to. */
export interface DatagramSource {
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
}

/** A handle of an open descriptor (socket, PPP channel, PPP unit); never a raw file descriptor number. */
export type Descriptor = number;

/** Takes what is read from a descriptor. The octets belong to the call: copy what has to outlive it. */
export interface DatagramSink {
  /** One UDP payload. `source` is absent on a connected socket, where it is the connected peer. */
  handleDatagram(bytes: Uint8Array, source: DatagramSource | undefined): void;
  /**
   * A datagram could not be sent (`to` is where to, on a listener), or the kernel queued an error on the socket (what
   * an ICMP message said); as its errno name. The socket goes on working.
   */
  handleSocketError?(code: string, to?: DatagramSource): void;
}

/** Takes PPP frames that the kernel leaves to the control plane. */
export interface FrameSink {
  /** One PPP frame, from its protocol field on (address and control octets already removed). */
  handleFrame(frame: Uint8Array): void;
  /** A channel or unit is gone under us, or the unit has lost its channel; told once for each descriptor. */
  handleHangup(): void;
}

/** Something that wants to be woken: state machines' drivers, one entry each in the wheel. */
export interface Timed {
  handleTimeout(now: number): void;
}

/** The one timer wheel of an event loop. */
export interface Timers {
  /** Sets, moves or (with `undefined`) clears the one deadline of `timed`, in monotonic ms. */
  schedule(timed: Timed, deadline: number | undefined): void;
}

/** `l2tp` lets only control messages and PPP control protocols in; the kernel drops all else. `none`: all comes in. */
export type SocketFilter = 'l2tp' | 'none';

export interface ListenOptions {
  /** `0.0.0.0`, `::` (which is IPv6 only) or an address of this host. Port 0: the kernel chooses. */
  readonly local: SocketAddress;
  readonly sink: DatagramSink;
  /** Receive buffer in octets (SO_RCVBUFFORCE where allowed); 4 MiB unless given. */
  readonly receiveBuffer?: number;
  /** Default `l2tp`. */
  readonly filter?: SocketFilter;
  /** Only through this interface or VRF (SO_BINDTODEVICE). */
  readonly device?: string;
  /** Network namespace (as of `ip netns`) of the socket; ours unless given. */
  readonly netns?: string;
  /** Traffic class of what is sent (RFC 2474: the DSCP is its upper six bits). */
  readonly trafficClass?: number;
  /** What is received. `solicitations`: raw ICMPv6, Router Solicitations only; the datagrams are ICMPv6 messages. */
  readonly kind?: 'udp' | 'solicitations';
  /** Zones of link-local addresses and groups are told as interface indices: `fe80::1%7`. */
  readonly zoneIndices?: boolean;
}

export interface ConnectOptions {
  /** The exact local address and port: those that the peer's first message was sent to. Or a wildcard, or port 0. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sink: DatagramSink;
  /** Gets the datagrams of other peers that arrived between bind and connect. */
  readonly listener?: Descriptor;
  /** Receive buffer in octets (SO_RCVBUFFORCE where allowed); 4 MiB unless given. */
  readonly receiveBuffer?: number;
  /** Default `l2tp`. */
  readonly filter?: SocketFilter;
  /** Only through this interface or VRF (SO_BINDTODEVICE). */
  readonly device?: string;
  /** Traffic class of what is sent (RFC 2474: the DSCP is its upper six bits). */
  readonly trafficClass?: number;
}

/**
 * Batched control-plane I/O of one event loop. What is sent within a turn leaves in one system call at its end;
 * what is received in a turn is handed out in one go, then `afterTurn` hooks run.
 */
export interface ControlIo {
  readonly timers: Timers;
  /** Monotonic milliseconds, constant within a turn. */
  now(): number;
  /** A UDP socket that anyone may send to. @throws KernelError */
  listen(options: ListenOptions): Descriptor;
  /** A tunnel's socket, filtered to control messages and PPP control protocols. @throws KernelError */
  connect(options: ConnectOptions): Descriptor;
  /** The address and port that a socket is bound to, as the kernel chose them. @throws KernelError if it is closed */
  localAddress(socket: Descriptor): SocketAddress;
  /** Queues a datagram (the octets are copied). `to` only on listeners; its `local` is the source address. */
  send(socket: Descriptor, bytes: Uint8Array, to?: DatagramSource): void;
  /**
   * Queues a PPP frame, from its two octets of protocol field on, to a channel or unit. One that the kernel refuses is
   * counted and not reported: where the descriptor is gone, the hangup says so.
   */
  writeFrame(descriptor: Descriptor, frame: Uint8Array): void;
  /** Closes a socket. Unsent data of this turn is flushed first. Nothing is handed to its sink afterwards. */
  close(socket: Descriptor): void;
  /**
   * Registers a hook that runs after the inputs of each turn, before what was queued is sent.
   * @returns takes it away again
   */
  afterTurn(hook: () => void): () => void;
}
