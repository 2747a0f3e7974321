import { KernelError, loadAddon, type NativeUnixSockets } from '../native/index.js';

/**
 * Sends one datagram of text to a unix socket (the service manager's, the system log's), which Node cannot. It never
 * waits: where the receiver's queue is full, it fails with `EAGAIN`. A path that begins with `@` is in Linux's abstract
 * name space.
 *
 * @throws KernelError
 */
export function sendUnixDatagram(path: string, text: string): void {
  const errno = loadAddon<NativeUnixSockets>().ioSendUnix(path, text);
  if (errno !== 0) throw new KernelError({ operation: `send to ${path}`, errno });
}
