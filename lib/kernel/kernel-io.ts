import type { ConnectOptions, DatagramSink, Descriptor, FrameSink, SocketAddress } from '../io/index.js';

/** What the kernel's sessions need of the event loop's I/O; `NetworkIo` has it. */
export interface KernelIo {
  connect(options: ConnectOptions): Descriptor;
  localAddress(socket: Descriptor): SocketAddress;
  send(socket: Descriptor, bytes: Uint8Array): void;
  writeFrame(descriptor: Descriptor, frame: Uint8Array): void;
  close(socket: Descriptor): void;
  registerSink(sink: FrameSink | DatagramSink): number;
  unregisterSink(tag: number): void;
}

/** Resolves when what this turn of the event loop queued for sending has left. */
export const turnSent = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
