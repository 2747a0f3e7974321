// A process with nothing but the addon: `io-child.mjs MODE`. See test/kernel/io-descriptors.test.ts.
import { createRequire } from 'node:module';

const addon = createRequire(import.meta.url)('../../build/Release/kernel_l2tp.node');
const [, , mode, count = '1'] = process.argv;
addon.ioStart(() => undefined);
const sockets = Array.from({ length: Number(count) }, () =>
  addon.ioOpen({ localAddress: '127.0.0.1', localPort: 0, tag: 1, listener: 0, receiveBuffer: 65_536, filter: true, device: '' }),
);
if (sockets.some((socket) => typeof socket !== 'number')) throw new Error('not opened');

switch (mode) {
  case 'close': // Ends by itself when the last one is closed.
    for (const socket of sockets) addon.ioClose(socket);
    break;
  case 'open': // Does not end: open sockets keep it alive.
    break;
  case 'idle': {
    // After what Node itself does when it has begun.
    setTimeout(() => {
      const before = process.cpuUsage();
      setTimeout(() => {
        const { user, system } = process.cpuUsage(before);
        process.stdout.write(String((user + system) / 1000));
        process.exit();
      }, 1000);
    }, 500);
    break;
  }
}
