import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type Descriptor, NetworkIo, networkIo } from '../../lib/io/index.js';
import { RecordingSink, sleep, waitFor } from '../support/udp.js';

const loopback = { address: '127.0.0.1', port: 0 };
const sink = new RecordingSink();
const addonPath = fileURLToPath(new URL('../../build/Release/kernel_l2tp.node', import.meta.url));

/** Number and target of each open descriptor of this process. */
function descriptors(): Map<string, string> {
  const found = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      found.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // The descriptor of the directory itself.
    }
  }
  return found;
}

const before = descriptors();
const io = networkIo();

/** Descriptors that were opened since, without those that were there before. */
const opened = (): [string, string][] =>
  [...descriptors()].filter(([fd, target]) => before.get(fd) !== target);

describe('descriptors', () => {
  it('are all close-on-exec', () => {
    const socket = io.listen({ local: loopback, sink });
    const tunnel = io.connect({ local: loopback, remote: io.localAddress(socket), sink });
    const kinds = opened().map(([fd, target]) => {
      const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
      expect(Number.parseInt(flags, 8) & 0o2000000, `${target} is not close-on-exec`).not.toBe(0);
      return target.replace(/\d+/g, 'N');
    });
    expect(kinds.filter((kind) => kind === 'socket:[N]')).toHaveLength(2);
    expect(kinds).toContain('anon_inode:[eventpoll]');
    io.close(socket);
    io.close(tunnel);
  });

  it('do not leak over 1,000 opens and closes, and as many failures', () => {
    const listener = io.listen({ local: loopback, sink });
    const { length } = opened();
    const remote = io.localAddress(listener);
    // One for each step that can fail.
    const failures = [
      [() => io.listen({ local: loopback, sink, device: 'nosuchdevice0' }), 'ENODEV'],
      [() => io.connect({ local: { address: '192.0.2.1', port: 0 }, remote, sink }), 'EADDRNOTAVAIL'],
      [
        () => io.connect({ local: loopback, remote: { address: '127.255.255.255', port: 1 }, sink }),
        'EACCES',
      ],
    ] as const;
    for (let i = 0; i < 1000; i++) {
      const tunnel = io.connect({ local: loopback, remote, sink, listener });
      io.send(tunnel, Buffer.of(0xc8, 2));
      if (i % 2 === 0) io.close(tunnel);
      else open.push(tunnel);
      const [fails, code] = failures[i % failures.length] as (typeof failures)[number];
      expect(fails).toThrow(code);
    }
    expect(opened()).toHaveLength(length + 500);
    expect(io.statistics().descriptors).toBe(501);
    for (const tunnel of open.splice(0)) io.close(tunnel);
    expect(opened()).toHaveLength(length);
    io.close(listener);
    expect(io.statistics().descriptors).toBe(0);
  }, 240_000);
  const open: Descriptor[] = [];

  it('have a port of their own where the kernel chooses it', () => {
    const sockets = Array.from({ length: 1500 }, () =>
      io.listen({ local: loopback, sink, receiveBuffer: 4096 }),
    );
    expect(new Set(sockets.map((socket) => io.localAddress(socket).port)).size).toBe(1500);
    for (const socket of sockets) io.close(socket);
  });

  it('of a closed socket are not mistaken for a later one', async () => {
    const server = new RecordingSink();
    const listener = io.listen({ local: loopback, sink: server, filter: 'none' });
    const remote = io.localAddress(listener);
    const seen = new Set<Descriptor>();
    for (let i = 0; i < 1000; i++) {
      const socket = io.connect({ local: loopback, remote, sink });
      expect(seen.has(socket)).toBe(false);
      seen.add(socket);
      io.close(socket);
      // Stale: it must not reach the socket that took its place.
      io.send(socket, Buffer.from('stale'));
    }
    await sleep(20);
    expect(server.received).toEqual([]);
    io.close(listener);
  }, 240_000);
});

describe('environments', () => {
  it('there is one NetworkIo in each', () => {
    expect(networkIo()).toBe(io);
    expect(() => new NetworkIo()).toThrow(/already started/);
  });

  it('workers have their own, and leave nothing behind, however they end', async () => {
    const { length } = opened();
    const script = `
      const { parentPort } = require('node:worker_threads');
      const addon = require(${JSON.stringify(addonPath)});
      let then = () => undefined;
      addon.ioStart(() => { parentPort.postMessage('received'); then(); });
      const options = { localAddress: '127.0.0.1', localPort: 0, tag: 1, listener: 0, receiveBuffer: 0, filter: false, device: '' };
      const sockets = Array.from({ length: 50 }, () => addon.ioOpen(options));
      parentPort.postMessage(addon.ioLocalAddress(sockets[0]));
      parentPort.on('message', (how) => {
        if (how === 'exit') process.exit(0);
        if (how === 'throw') throw new Error('as told');
        if (how === 'exit inside') then = () => process.exit(0);
        if (how === 'throw inside') then = () => { throw new Error('as told'); };
        if (how.endsWith('inside')) parentPort.postMessage('ready');
        if (how === 'close') { sockets.forEach((socket) => addon.ioClose(socket)); parentPort.close(); }
      });`;
    for (const how of ['terminate', 'exit', 'throw', 'close', 'exit inside', 'throw inside']) {
      const worker = new Worker(script, { eval: true });
      const messages: unknown[] = [];
      worker.on('message', (message) => messages.push(message));
      worker.on('error', (error) => messages.push(error));
      const exit = new Promise((resolve) => worker.on('exit', resolve));
      await waitFor(() => messages.length === 1, 'the worker');
      const remote = messages[0] as { address: string; port: number };
      const socket = io.connect({ local: loopback, remote, sink });
      io.send(socket, Buffer.from('hello'));
      await waitFor(() => messages.length === 2, 'what the worker received');
      expect(messages[1]).toBe('received');
      if (how === 'terminate') await worker.terminate();
      else worker.postMessage(how);
      if (how.endsWith('inside')) {
        await waitFor(() => messages.length === 3, 'the worker to get ready');
        io.send(socket, Buffer.from('now'));
      }
      await exit;
      io.close(socket);
      expect(messages.some((message) => message instanceof Error)).toBe(how.startsWith('throw'));
      await waitFor(() => opened().length === length, `the descriptors of the worker (${how})`);
    }
  });
});

describe('the process', () => {
  const child = (mode: string, count: number) =>
    spawn(process.execPath, [
      fileURLToPath(new URL('../support/io-child.mjs', import.meta.url)),
      mode,
      String(count),
    ]);

  it('ends when nothing is open', async () => {
    const [code] = (await once(child('close', 3), 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('stays while a socket is open', async () => {
    const open = child('open', 1);
    const exit = once(open, 'exit');
    const first = await Promise.race([exit, sleep(1500).then(() => 'still there')]);
    open.kill();
    await exit;
    expect(first).toBe('still there');
  });

  it('needs no CPU while thousands of sockets are idle', async () => {
    // Of 1,000 ms, which a process that is woken without end would need all of.
    const idle = child('idle', 3000);
    const [output] = (await once(idle.stdout, 'data')) as [Buffer];
    expect(Number(output.toString())).toBeLessThan(100);
  });
});
