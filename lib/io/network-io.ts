import {
  errnoName,
  KernelError,
  loadAddon,
  type NativeIo,
  type NativeIoStatistics,
  type NativeSocketOptions,
  noAddress,
  packetFilter,
  receiveColumn,
  rowKind,
  rowLength,
  type SharedBatch,
} from '../native/index.js';
import { monotonicNow } from './clock.js';
import type {
  ConnectOptions,
  ControlIo,
  DatagramSink,
  DatagramSource,
  Descriptor,
  FrameSink,
  ListenOptions,
  SocketAddress,
  Timed,
} from './control-io.js';
import type { EthernetFilter, EthernetInterface, EthernetIo, EthernetSink } from './ethernet-io.js';
import { FrameViews } from './frame-views.js';
import { retryDelay, type SendFailure, SendQueue } from './send-queue.js';
import { type Sink, SinkTable } from './sinks.js';
import { SourceRecords } from './source-record.js';
import { WheelTimers } from './timers.js';

/** A burst of 256 calls has to fit, each with a few messages that the kernel counts as about 1 kB. */
const defaultReceiveBuffer = 4 << 20;

/** No UDP datagram and no PPP frame is longer. */
const maxLength = 65_535;

/** How often a turn's end goes round for what failures brought about; the rest waits for the next turn. */
const maxRounds = 4;

/** What went through, and what did not, since the start. */
export interface IoStatistics extends NativeIoStatistics {
  /** Wake-ups that brought datagrams, frames or errors. */
  readonly batches: number;
  /** Datagrams, frames and errors read. */
  readonly rows: number;
  /** System-call batches that were sent, and what was in them. */
  readonly flushes: number;
  readonly sent: number;
  /** What could not be sent, also after a second try. */
  readonly sendFailures: number;
  /** Sinks, timers and hooks that threw. */
  readonly errors: number;
}

/** What sockets with and without a peer have in common, and what only the latter have. */
type OpenOptions = ListenOptions | (ConnectOptions & Partial<ListenOptions>);

/** The addon and the clock, unless a test brings its own. */
export interface NetworkIoOptions {
  readonly native?: NativeIo;
  readonly clock?: () => number;
}

/**
 * {@link ControlIo} and {@link EthernetIo} on the kernel's sockets and PPP devices: one epoll, one native call in and
 * one out for each turn.
 *
 * A turn is what one wake-up of the epoll or the timer brings. What happens outside of one (an API call, a promise)
 * opens a turn that ends in the same round of Node's event loop. Open sockets and set deadlines keep the process
 * alive; without them it may end. There is one for each environment (main thread or Worker): {@link networkIo}.
 *
 * What a sink, a timed machine or a hook throws does not reach the others: it goes to {@link NetworkIo.onError}.
 */
export class NetworkIo implements ControlIo, EthernetIo {
  readonly timers: WheelTimers;
  readonly #native: NativeIo;
  readonly #clock: () => number;
  readonly #receive: SharedBatch;
  readonly #sources: SourceRecords;
  readonly #frames: FrameViews;
  readonly #queue: SendQueue;
  readonly #sinks = new SinkTable();
  /** Tags of the sockets, which is what close() needs. */
  readonly #tags = new Map<Descriptor, number>();
  readonly #hooks = new Set<() => void>();
  readonly #errorHandlers = new Set<(error: unknown) => void>();
  readonly #retry: Timed = { handleTimeout: () => this.#sendAgain() };
  #inTurn = false;
  #turnEnd: NodeJS.Immediate | undefined;
  #now: number;
  #batches = 0;
  #rows = 0;
  #flushes = 0;
  #sent = 0;
  #sendFailures = 0;
  #errors = 0;

  /** @throws AddonError when the addon is not built, Error when this environment has one already */
  constructor({ native = loadAddon<NativeIo>(), clock = monotonicNow }: NetworkIoOptions = {}) {
    this.#native = native;
    this.#clock = clock;
    this.#now = clock();
    this.timers = new WheelTimers(
      this.#now,
      () => this.#turn(() => this.timers.expire(this.#now, this.#fire)),
      () => this.#openTurn(),
    );
    const { receive, send } = native.ioStart((rows) => this.#turn(() => this.#dispatch(rows)));
    this.#receive = receive;
    this.#sources = new SourceRecords(receive.buffer);
    this.#frames = new FrameViews(receive.buffer);
    this.#queue = new SendQueue(native, send);
  }

  now(): number {
    this.#openTurn();
    return this.#now;
  }

  listen(options: ListenOptions): Descriptor {
    return this.#open(options, undefined);
  }

  connect(options: ConnectOptions): Descriptor {
    return this.#open(options, options.remote, options.listener);
  }

  localAddress(socket: Descriptor): SocketAddress {
    const local = this.#native.ioLocalAddress(socket);
    if ('operation' in local) throw new KernelError(local);
    return local;
  }

  send(socket: Descriptor, bytes: Uint8Array, to?: DatagramSource): void {
    this.#push(socket, bytes, to);
  }

  writeFrame(descriptor: Descriptor, frame: Uint8Array): void {
    this.#push(descriptor, frame, undefined);
  }

  openEthernet(filter: EthernetFilter, sink: EthernetSink): Descriptor {
    const tag = this.#sinks.register(sink);
    const opened = this.#native.ioOpenPacket(packetFilter[filter], defaultReceiveBuffer, tag);
    if (typeof opened !== 'number') {
      this.#sinks.unregister(tag);
      throw new KernelError(opened);
    }
    this.#tags.set(opened, tag);
    return opened;
  }

  sendEthernet(socket: Descriptor, interfaceIndex: number, frame: Uint8Array): void {
    if (!this.#queue.hasRoom(frame.length)) this.#flush();
    this.#queue.pushPacket(socket, frame, interfaceIndex);
    this.#openTurn();
  }

  ethernetInterface(which: string | number): EthernetInterface | undefined {
    return this.#native.ioInterface(which);
  }

  close(socket: Descriptor): void {
    const tag = this.#tags.get(socket);
    if (tag === undefined) return;
    this.#tags.delete(socket);
    // The failures of this flush may still be reported to the sink.
    this.#flush();
    this.#sinks.unregister(tag);
    this.#native.ioClose(socket);
  }

  afterTurn(hook: () => void): () => void {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Names who takes what is read from a descriptor that the addon opens; the tag goes to the addon with it. */
  registerSink(sink: FrameSink | DatagramSink): number {
    return this.#sinks.register(sink);
  }

  unregisterSink(tag: number): void {
    this.#sinks.unregister(tag);
  }

  /**
   * Takes what sinks, timers and hooks throw. Without any handler it becomes a process warning.
   * @returns takes the handler away again
   */
  onError(handler: (error: unknown) => void): () => void {
    this.#errorHandlers.add(handler);
    return () => this.#errorHandlers.delete(handler);
  }

  statistics(): IoStatistics {
    return {
      ...this.#native.ioStatistics(),
      batches: this.#batches,
      rows: this.#rows,
      flushes: this.#flushes,
      sent: this.#sent,
      sendFailures: this.#sendFailures,
      errors: this.#errors,
    };
  }

  #open(options: OpenOptions, remote: SocketAddress | undefined, listener = 0): Descriptor {
    const tag = this.#sinks.register(options.sink);
    const { local } = options;
    const native: NativeSocketOptions = {
      localAddress: local.address,
      localPort: checkedPort(local),
      ...(remote && { remoteAddress: remote.address, remotePort: checkedPort(remote) }),
      tag,
      listener,
      receiveBuffer: options.receiveBuffer ?? defaultReceiveBuffer,
      filter: options.filter !== 'none',
      device: options.device ?? '',
      netns: options.netns ?? '',
      trafficClass: options.trafficClass ?? 0,
      solicitations: options.kind === 'solicitations',
      zoneIndices: options.zoneIndices ?? false,
    };
    const opened = this.#native.ioOpen(native);
    if (typeof opened === 'number') {
      this.#tags.set(opened, tag);
      return opened;
    }
    this.#sinks.unregister(tag);
    const ends = remote ? `${endpoint(local)} to ${endpoint(remote)}` : endpoint(local);
    throw new KernelError({ ...opened, operation: `${opened.operation} ${ends}` });
  }

  #push(descriptor: Descriptor, bytes: Uint8Array, to: DatagramSource | undefined, attempts?: number): void {
    if (bytes.length > maxLength) throw new RangeError(`${bytes.length} octets are too long to send`);
    if (!this.#queue.hasRoom(bytes.length)) this.#flush();
    this.#queue.push(descriptor, bytes, to, attempts);
    this.#openTurn();
  }

  /** What is not within a wake-up's turn gets its own, which ends with this round of Node's loop. */
  #openTurn(): void {
    if (this.#inTurn || this.#turnEnd !== undefined) return;
    this.#now = this.#clock();
    this.#turnEnd = setImmediate(this.#closeTurn);
  }

  readonly #closeTurn = (): void => {
    this.#turnEnd = undefined;
    this.#inTurn = true;
    this.#endTurn();
  };

  #turn(inputs: () => void): void {
    clearImmediate(this.#turnEnd);
    this.#turnEnd = undefined;
    this.#inTurn = true;
    this.#now = this.#clock();
    this.#guard(inputs);
    this.#endTurn();
  }

  #endTurn(): void {
    // What could not be sent may make a machine send something else, which leaves in this turn too.
    let again = true;
    for (let round = 0; again && round < maxRounds; round++) {
      for (const hook of this.#hooks) this.#guard(hook);
      again = this.#flush();
    }
    this.timers.arm(this.#now);
    this.#inTurn = false;
    if (again) this.#openTurn();
  }

  #dispatch(rows: number): void {
    this.#batches++;
    this.#rows += rows;
    const { buffer, table } = this.#receive;
    for (let row = 0; row < rows; row++) {
      const at = row * rowLength;
      const sink = this.#sinks.get(table[at + receiveColumn.tag] as number);
      if (sink === undefined) continue;
      const length = table[at + receiveColumn.length] as number;
      const offset = table[at + receiveColumn.offset] as number;
      try {
        switch (table[at + receiveColumn.kind]) {
          case rowKind.datagram: {
            const source = table[at + receiveColumn.source] as number;
            const from = source === noAddress ? undefined : this.#sources.read(source);
            sink.handleDatagram?.(buffer.subarray(offset, offset + length), from);
            break;
          }
          case rowKind.packet:
            sink.handleEthernetFrame?.(
              buffer.subarray(offset, offset + length),
              table[at + receiveColumn.source] as number,
            );
            break;
          case rowKind.frame:
            sink.handleFrame?.(this.#frames.at(row, offset, length));
            break;
          case rowKind.hangup:
            sink.handleHangup?.();
            break;
          default:
            sink.handleSocketError?.(errnoName(length));
        }
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** @returns whether a sink was told of a failure */
  #flush(): boolean {
    const count = this.#queue.length;
    if (count === 0) return false;
    const waiting = this.#queue.waiting;
    const failures = this.#queue.flush();
    this.#flushes++;
    if (this.#queue.waiting > waiting) this.timers.schedule(this.#retry, this.#now + retryDelay);
    let failed = this.#queue.waiting - waiting;
    for (const failure of failures) if (!failure.sent) failed++;
    this.#sent += count - failed;
    let told = false;
    for (const failure of failures) told = this.#failed(failure) || told;
    return told;
  }

  #failed({ tag, code, to, sent }: SendFailure): boolean {
    if (!sent) this.#sendFailures++;
    const sink: Sink | undefined = this.#sinks.get(tag);
    if (!sink?.handleSocketError) return false;
    this.#openTurn();
    this.#guard(() => sink.handleSocketError?.(code, to));
    return true;
  }

  #sendAgain(): void {
    for (const { descriptor, bytes, to, attempts } of this.#queue.takeWaiting()) {
      this.#push(descriptor, bytes, to, attempts);
    }
  }

  readonly #fire = (timed: Timed): void => {
    try {
      timed.handleTimeout(this.#now);
    } catch (error) {
      this.#report(error);
    }
  };

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#errors++;
    if (this.#errorHandlers.size === 0) warn(error);
    for (const handler of this.#errorHandlers) {
      try {
        handler(error);
      } catch (failure) {
        warn(failure);
      }
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}

/** Where `native` code would take the low 16 bits. */
function checkedPort({ port }: SocketAddress): number {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff)
    throw new RangeError(`port ${port} is not from 0 to 65535`);
  return port;
}

function endpoint({ address, port }: SocketAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

let shared: NetworkIo | undefined;

/** The one {@link NetworkIo} of this environment, started at the first call. @throws AddonError */
export function networkIo(): NetworkIo {
  shared ??= new NetworkIo();
  return shared;
}
