import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import {
  configureKernelThreads,
  KernelDataPlane,
  type KernelDataTunnel,
  type KernelDataSession,
} from '../../lib/kernel/index.js';
import { ends, eventually, footprint, interfaces } from './support.js';

const sink = { handleDatagram() {}, handleFrame() {}, handleHangup() {} };
const threads = 12;
configureKernelThreads({ threads });
const plane = new KernelDataPlane();

async function withTunnel(use: (tunnel: KernelDataTunnel) => Promise<void>): Promise<void> {
  const io = networkIo();
  const socket = io.connect({ local: ends.a, remote: ends.b, sink });
  const tunnel = await plane.openTunnel({
    local: ends.a,
    peer: ends.b,
    tunnelId: 10,
    peerTunnelId: 20,
    socket,
  });
  try {
    await use(tunnel);
  } finally {
    await tunnel.close();
    io.close(socket);
  }
}

const add = (tunnel: KernelDataTunnel, i: number): Promise<KernelDataSession> =>
  tunnel.addPppSession(
    { sessionId: i, peerSessionId: i, lnsMode: true, sink },
    { mtu: 1400, ipv4: { local: '10.64.0.1', peer: `10.65.${i >> 8}.${i & 255}` } },
  );

/** The native threads: name, and the signals that they block. */
function nativeThreads(): { readonly name: string; readonly blocked: bigint }[] {
  return readdirSync('/proc/self/task')
    .map((task) => readFileSync(`/proc/self/task/${task}/status`, 'utf8'))
    .map((status) => ({
      name: /^Name:\s+(.*)$/m.exec(status)?.[1] ?? '',
      blocked: BigInt(`0x${/^SigBlk:\s+(\w+)$/m.exec(status)?.[1] ?? '0'}`),
    }))
    .filter(({ name }) => name.startsWith('l2tp-kernel'));
}

describe('many sessions at once', () => {
  it('come up together, off the event loop and off libuv’s threads, and go together', async () => {
    const before = await footprint();
    await withTunnel(async (tunnel) => {
      const order: number[] = [];
      const setUp = Array.from({ length: 256 }, (_, i) =>
        add(tunnel, i + 1).then((session) => {
          order.push(i + 1);
          return session;
        }),
      );
      // A failure below is told by itself; what is still under way then fails too.
      void Promise.allSettled(setUp);
      // The event loop and libuv's threads serve others meanwhile.
      let turns = 0;
      let reads = 0;
      while (order.length < 256) {
        await new Promise((resolve) => setImmediate(resolve));
        turns++;
        await readFile('/proc/self/comm');
        reads++;
      }
      // Were the set-ups done on the event loop, all would be over within its first turn.
      expect(turns).toBeGreaterThan(1);
      expect(reads).toBeGreaterThan(1);
      const sessions = await Promise.all(setUp);
      expect((await interfaces()).length).toBe(256);
      expect(new Set(sessions.map(({ unit }) => unit?.index)).size).toBe(256);
      expect((await plane.interfaceStats()).get(sessions[9]?.unit?.index ?? 0)).toMatchObject({
        rxErrors: 0,
      });
      expect(networkIo().statistics().descriptors).toBe(before.tracked + 1 + 3 * 256);

      const native = nativeThreads();
      expect(native.length).toBeGreaterThan(0);
      expect(native.length).toBeLessThanOrEqual(threads);
      // Every signal but those that cannot be blocked.
      for (const { blocked } of native) expect(blocked & 0xffn).toBeGreaterThanOrEqual(0xffn & ~(1n << 8n));
    });
    await eventually(async () => expect(await footprint()).toEqual(before));
  });

  it('are taken down while others are set up, neither behind the other’s queue', async () => {
    await withTunnel(async (tunnel) => {
      const old = await Promise.all(Array.from({ length: 40 }, (_, i) => add(tunnel, i + 1)));
      const finished: string[] = [];
      // So many that they take far longer than the kernel's wait for one interface to be let go of.
      const starting = Array.from({ length: 600 }, (_, i) =>
        add(tunnel, i + 101).then(() => finished.push('up')),
      );
      const ending = old.map((session) => session.close().then(() => finished.push('down')));
      await Promise.all([...starting, ...ending]);
      expect(finished.indexOf('down')).toBeLessThan(finished.lastIndexOf('up'));
      expect(finished.indexOf('up')).toBeLessThan(finished.lastIndexOf('down'));
      expect((await interfaces()).length).toBe(600);
    });
  });

  it('keep the order of each session’s operations', async () => {
    await withTunnel(async (tunnel) => {
      const run = async (i: number): Promise<void> => {
        const session = await tunnel.addSession({ sessionId: i, peerSessionId: i, lnsMode: true, sink });
        const done: string[] = [];
        const note = (what: string) => () => done.push(what);
        await Promise.all([
          session.attachPpp({ mtu: 1400 }).then(note('attach')),
          session.stats().then(note('stats')),
          session.close().then(note('close')),
        ]);
        expect(done.at(-1)).toBe('close');
        expect(done).toContain('attach');
      };
      await Promise.all(Array.from({ length: 64 }, (_, i) => run(i + 1)));
    });
    await eventually(async () => expect(await interfaces()).toEqual([]));
  });
});
