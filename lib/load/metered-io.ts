import type { ConnectOptions, ControlIo, DatagramSink, DatagramSource, Descriptor } from '../io/index.js';
import type { ListenOptions, SocketAddress, Timers } from '../io/index.js';
import { RepeatMeter } from './repeat-meter.js';

/** Control I/O that looks at every datagram on its way, and counts the PPP requests among them that are repeats. */
export class MeteredIo implements ControlIo {
  readonly sent = new RepeatMeter();
  readonly received = new RepeatMeter();
  readonly #io: ControlIo;

  constructor(io: ControlIo) {
    this.#io = io;
  }

  get timers(): Timers {
    return this.#io.timers;
  }

  now(): number {
    return this.#io.now();
  }

  listen(options: ListenOptions): Descriptor {
    return this.#io.listen({ ...options, sink: this.#metered(options.sink) });
  }

  connect(options: ConnectOptions): Descriptor {
    return this.#io.connect({ ...options, sink: this.#metered(options.sink) });
  }

  localAddress(socket: Descriptor): SocketAddress {
    return this.#io.localAddress(socket);
  }

  send(socket: Descriptor, bytes: Uint8Array, to?: DatagramSource): void {
    this.sent.note(bytes);
    this.#io.send(socket, bytes, to);
  }

  writeFrame(descriptor: Descriptor, frame: Uint8Array): void {
    this.#io.writeFrame(descriptor, frame);
  }

  close(socket: Descriptor): void {
    this.#io.close(socket);
  }

  afterTurn(hook: () => void): () => void {
    return this.#io.afterTurn(hook);
  }

  #metered(sink: DatagramSink): DatagramSink {
    return {
      handleDatagram: (bytes, source) => {
        this.received.note(bytes);
        sink.handleDatagram(bytes, source);
      },
      handleSocketError: (code, to) => sink.handleSocketError?.(code, to),
    };
  }
}
