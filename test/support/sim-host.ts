import {
  type ConnectOptions,
  type ControlIo,
  type DatagramSink,
  type DatagramSource,
  type Descriptor,
  type ListenOptions,
  type SocketAddress,
  type Timed,
  type Timers,
  TimerWheel,
} from '../../lib/io/index.js';
import { KernelError } from '../../lib/native/index.js';

/** One datagram on its way. */
export interface SimDatagram {
  readonly from: SocketAddress;
  readonly to: SocketAddress;
  readonly bytes: Uint8Array;
}

/** What a host needs of its network. */
export interface SimWire {
  /** Virtual monotonic ms. */
  readonly now: number;
  transmit(from: SocketAddress, to: SocketAddress, bytes: Uint8Array): void;
}

interface SimSocket {
  readonly local: SocketAddress;
  readonly remote: SocketAddress | undefined;
  readonly sink: DatagramSink;
}

/** One host of a simulated network: a whole {@link ControlIo}. */
export class SimHost implements ControlIo {
  readonly timers: Timers;
  /** Frames written to descriptors that nobody opened here. */
  framesLost = 0;
  /** Receives nothing and says so to nobody, as a host whose power is off. */
  silent = false;
  readonly #network: SimWire;
  readonly #addresses: readonly string[];
  readonly #sockets = new Map<Descriptor, SimSocket>();
  readonly #frameWriters = new Map<Descriptor, (frame: Uint8Array) => void>();
  #hooks = new Set<() => void>();
  #wheel: TimerWheel<Timed>;
  #outgoing: (() => void)[] = [];
  #nextDescriptor = 1;
  #nextPort = 49_152;
  /** Something happened since the last end of a turn. */
  #touched = false;
  #ending = false;

  constructor(network: SimWire, addresses: readonly string[]) {
    this.#network = network;
    this.#addresses = addresses;
    this.#wheel = new TimerWheel(network.now);
    this.timers = {
      schedule: (timed, deadline) => {
        if (deadline === undefined) this.#wheel.cancel(timed);
        else this.#wheel.schedule(timed, deadline);
      },
    };
  }

  now(): number {
    this.#touch();
    return this.#network.now;
  }

  listen({ local, sink }: ListenOptions): Descriptor {
    return this.#open('bind', local, undefined, sink);
  }

  connect({ local, remote, sink }: ConnectOptions): Descriptor {
    const address = isWildcard(local.address) ? this.#sourceFor(remote) : local.address;
    return this.#open('connect', { address, port: local.port }, remote, sink);
  }

  localAddress(socket: Descriptor): SocketAddress {
    const open = this.#sockets.get(socket);
    if (!open) throw new KernelError({ operation: 'getsockname', errno: 9 });
    return open.local;
  }

  send(socket: Descriptor, bytes: Uint8Array, to?: DatagramSource): void {
    this.#touch();
    const copy = bytes.slice();
    this.#outgoing.push(() => {
      const open = this.#sockets.get(socket);
      if (!open) return;
      const remote = open.remote ?? to?.remote;
      if (!remote) {
        this.#fail(open, 'EDESTADDRREQ');
        return;
      }
      const wanted = to && !isWildcard(to.local.address) ? to.local.address : open.local.address;
      const address = isWildcard(wanted) ? this.#sourceFor(remote) : wanted;
      if (!this.has(address)) {
        this.#fail(open, 'EINVAL', to);
        return;
      }
      this.#network.transmit({ address, port: open.local.port }, remote, copy);
    });
  }

  writeFrame(descriptor: Descriptor, frame: Uint8Array): void {
    this.#touch();
    const copy = frame.slice();
    this.#outgoing.push(() => {
      const write = this.#frameWriters.get(descriptor);
      if (write) write(copy);
      else this.framesLost++;
    });
  }

  close(socket: Descriptor): void {
    this.#flush();
    this.#sockets.delete(socket);
  }

  afterTurn(hook: () => void): () => void {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Stands for a PPP channel or unit: `write` gets what {@link ControlIo.writeFrame} sends to the descriptor. */
  openFrames(write: (frame: Uint8Array) => void): Descriptor {
    const descriptor = this.#nextDescriptor++;
    this.#frameWriters.set(descriptor, write);
    return descriptor;
  }

  closeFrames(descriptor: Descriptor): void {
    this.#frameWriters.delete(descriptor);
  }

  /** Runs what a user does between turns (calls into the code under test) as a turn of its own. */
  turn<T>(run: () => T): T {
    this.#touched = true;
    const result = run();
    this.endTurn();
    return result;
  }

  /** The process is gone: sockets, timers and hooks with it. Datagrams under way stay under way. */
  crash(): void {
    this.#sockets.clear();
    this.#frameWriters.clear();
    this.#hooks = new Set();
    this.#outgoing = [];
    this.#wheel = new TimerWheel(this.#network.now);
  }

  /** Open sockets, for tests that look for leaks. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /** Deadlines that are set, for tests that look for leaks. */
  get openTimers(): number {
    return this.#wheel.size;
  }

  // What follows is the network's side.

  has(address: string): boolean {
    return this.#addresses.includes(address);
  }

  nextExpiry(): number {
    return this.#wheel.nextExpiry() ?? Infinity;
  }

  expire(): void {
    const { now } = this.#network;
    this.#wheel.expire(now, (timed) => {
      this.#touched = true;
      timed.handleTimeout(now);
    });
  }

  /** @returns whether a socket took it */
  receive({ from, to, bytes }: SimDatagram): boolean {
    if (this.silent) return false;
    const socket = this.#lookUp(from, to);
    if (!socket) return false;
    this.#touched = true;
    // A copy each, which is spoilt afterwards: the octets belong to the call, and tests shall notice.
    const copy = bytes.slice();
    socket.sink.handleDatagram(copy, socket.remote ? undefined : { remote: from, local: to });
    copy.fill(0xdd);
    return true;
  }

  /** `from` refused what was sent from `to`: connected sockets hear of it, as in the kernel. */
  refused({ from, to }: SimDatagram): void {
    const socket = this.#lookUp(from, to);
    if (!socket?.remote || !socket.sink.handleSocketError) return;
    this.#touched = true;
    socket.sink.handleSocketError('ECONNREFUSED');
  }

  endTurn(): void {
    this.#ending = true;
    // What failures bring about belongs to the same turn; a machine that never comes to rest is a defect.
    for (let round = 0; this.#touched; round++) {
      if (round === 1000) throw new Error('a turn does not end');
      this.#touched = false;
      for (const hook of this.#hooks) hook();
      this.#flush();
    }
    this.#ending = false;
  }

  /** As a real one, what happens outside of a turn opens one. */
  #touch(): void {
    if (!this.#ending) this.#touched = true;
  }

  #fail(socket: SimSocket, code: string, to?: DatagramSource): void {
    this.#touched = true;
    socket.sink.handleSocketError?.(code, to);
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    for (const send of outgoing) send();
  }

  #open(
    operation: string,
    local: SocketAddress,
    remote: SocketAddress | undefined,
    sink: DatagramSink,
  ): Descriptor {
    if (!isWildcard(local.address) && !this.has(local.address)) {
      throw new KernelError({ operation: `${operation} ${local.address}:${local.port}`, errno: 99 });
    }
    const descriptor = this.#nextDescriptor++;
    const port = local.port === 0 ? this.#nextPort++ : local.port;
    this.#sockets.set(descriptor, { local: { address: local.address, port }, remote, sink });
    return descriptor;
  }

  #lookUp(from: SocketAddress, to: SocketAddress): SimSocket | undefined {
    let best: SimSocket | undefined;
    let bestScore = 0;
    for (const socket of this.#sockets.values()) {
      if (socket.local.port !== to.port) continue;
      const exact = socket.local.address === to.address;
      const wildcard = socket.local.address === (to.address.includes(':') ? '::' : '0.0.0.0');
      if (!exact && !wildcard) continue;
      const { remote } = socket;
      if (remote && (remote.address !== from.address || remote.port !== from.port)) continue;
      const score = 1 + (exact ? 1 : 0) + (socket.remote ? 2 : 0);
      if (score >= bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }

  #sourceFor(remote: SocketAddress): string {
    const v6 = remote.address.includes(':');
    const source = this.#addresses.find((address) => address.includes(':') === v6);
    if (source === undefined)
      throw new KernelError({ operation: `connect ${remote.address}:${remote.port}`, errno: 101 });
    return source;
  }
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';
