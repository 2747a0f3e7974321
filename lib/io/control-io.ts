/** An IP address in text form and a UDP port. */
export interface SocketAddress {
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
  /** An error that the kernel queued on the socket (an ICMP message, say), as its errno name. */
  handleSocketError?(code: string): void;
}

/** Takes PPP frames that the kernel leaves to the control plane. */
export interface FrameSink {
  /** One PPP frame, from its protocol field on (address and control octets already removed). */
  handleFrame(frame: Uint8Array): void;
  /** The channel or unit is gone under us. */
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

export interface ListenOptions {
  /** `0.0.0.0`, `::` or an address of this host. */
  readonly local: SocketAddress;
  readonly sink: DatagramSink;
  /** Receive buffer in octets (SO_RCVBUFFORCE where allowed). */
  readonly receiveBuffer?: number;
}

export interface ConnectOptions {
  /** The exact local address and port: those that the peer's first message was sent to. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sink: DatagramSink;
  /** Gets the datagrams of other peers that arrived between bind and connect. */
  readonly listener?: Descriptor;
  readonly receiveBuffer?: number;
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
  /** Queues a datagram (the octets are copied). `to` only on listeners; its `local` is the source address. */
  send(socket: Descriptor, bytes: Uint8Array, to?: DatagramSource): void;
  /** Queues a PPP frame, from its protocol field on, to a channel or unit. */
  writeFrame(descriptor: Descriptor, frame: Uint8Array): void;
  /** Closes a socket. Unsent data of this turn is flushed first. */
  close(socket: Descriptor): void;
  /** Registers a hook that runs after the inputs of each turn, before what was queued is sent. */
  afterTurn(hook: () => void): void;
}
