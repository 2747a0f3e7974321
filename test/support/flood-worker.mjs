// Sends datagrams at full speed from a thread of its own, through an addon instance of its own: see flooder.ts.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const addon = createRequire(import.meta.url)('../../build/Release/kernel_l2tp.node');
const { local, remote, payload, window, shared } = workerData;
const state = new Int32Array(shared); // stop, received by the other side, sent
const { send } = addon.ioStart(() => undefined);
const socket = addon.ioOpen({
  localAddress: local.address,
  localPort: local.port,
  remoteAddress: remote.address,
  remotePort: remote.port,
  tag: 1,
  listener: 0,
  receiveBuffer: 1 << 20,
  filter: false,
  device: '',
});
if (typeof socket !== 'number') throw new Error(`${socket.operation}: errno ${socket.errno}`);
parentPort.postMessage(addon.ioLocalAddress(socket));

const burst = 64;
const view = new DataView(send.buffer.buffer);
for (let row = 0; row < burst; row++) {
  send.buffer.set(payload, row * 64);
  send.table.set([socket, row * 64, payload.length, 0xffff_ffff, 0, 0], row * 6);
}
// The last four octets are the number of the datagram.
for (let number = 0; Atomics.load(state, 0) === 0; ) {
  if (number - Atomics.load(state, 1) > window) {
    Atomics.wait(state, 1, Atomics.load(state, 1), 1);
    continue;
  }
  for (let row = 0; row < burst; row++) view.setUint32(row * 64 + payload.length - 4, number + row);
  const failed = addon.ioSend(burst);
  if (failed > 0) throw new Error(`${failed} not sent: errno ${send.table[4]}`);
  number += burst;
  Atomics.store(state, 2, number);
}
addon.ioClose(socket);
