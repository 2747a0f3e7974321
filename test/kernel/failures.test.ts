import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import {
  KernelDataPlane,
  type KernelDataSession,
  type KernelDataTunnel,
  type KernelError,
  listKernelSessions,
  type PppUnitOptions,
} from '../../lib/kernel/index.js';
import {
  descriptors,
  ends,
  eventually,
  type Footprint,
  footprint,
  interfaces,
  ip,
  ipJson,
  openDescriptors,
} from './support.js';

const sink = { handleDatagram() {}, handleFrame() {}, handleHangup() {} };
const unit: PppUnitOptions = { mtu: 1400, ipv4: { local: '10.64.0.1', peer: '10.65.0.2' } };
const session = (sessionId: number) => ({ sessionId, peerSessionId: sessionId, lnsMode: true, sink });

let socket: number;
let tunnel: KernelDataTunnel;
let before: Footprint;

beforeEach(async () => {
  const io = networkIo();
  socket = io.connect({ local: ends.a, remote: ends.b, sink });
  tunnel = await new KernelDataPlane({ settle: true }).openTunnel({
    local: ends.a,
    peer: ends.b,
    tunnelId: 10,
    peerTunnelId: 20,
    socket,
  });
  before = await footprint();
});

afterEach(async () => {
  await tunnel.close();
  networkIo().close(socket);
});

/** Nothing of a failed operation is there, and the next one works. */
async function nothingLeft(): Promise<void> {
  await eventually(async () => expect(await footprint()).toEqual(before));
  const next = await tunnel.addPppSession(session(1), unit);
  await next.close();
  await eventually(async () => expect(await footprint()).toEqual(before));
}

/** Sets this process's limit of descriptors from a program that was started before it got tight. */
class DescriptorLimit implements AsyncDisposable {
  readonly #shell = spawn('sh', [
    '-c',
    `while read -r limit; do prlimit --pid=${process.pid} --nofile="$limit:" && echo done; done`,
  ]);

  /** Leaves room for so many more descriptors; `undefined` for plenty. */
  async set(room: number | undefined): Promise<void> {
    let limit = 100_000;
    if (room !== undefined) {
      const taken = openDescriptors();
      let free = 0;
      for (limit = 0; free < room || taken.has(limit); limit++) if (!taken.has(limit)) free++;
      // What lies above is open already, and stays.
    }
    const answered = new Promise((resolve) => this.#shell.stdout.once('data', resolve));
    this.#shell.stdin.write(`${limit}\n`);
    await answered;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.set(undefined);
    const ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.stdin.end();
    await ended;
  }
}

describe('a composite operation that fails', () => {
  it('at the interface’s name', async () => {
    await ip('link', 'add', 'taken0', 'type', 'dummy');
    await expect(tunnel.addPppSession(session(1), { ...unit, name: 'taken0' })).rejects.toMatchObject({
      operation: 'RTM_SETLINK name taken0',
      code: 'EEXIST',
    });
    await ip('link', 'del', 'taken0');
    await nothingLeft();
  });

  it('at an address', async () => {
    const twice = { ...unit, addresses: [{ local: '10.64.0.1', peer: '10.65.0.2' }] };
    await expect(tunnel.addPppSession(session(1), twice)).rejects.toMatchObject({
      operation: 'RTM_NEWADDR',
      code: 'EEXIST',
    });
    await nothingLeft();
  });

  it('at a route', async () => {
    const routes = ['10.9.0.0/16', '10.9.0.0/16'];
    await expect(tunnel.addPppSession(session(1), { ...unit, routes })).rejects.toMatchObject({
      operation: 'RTM_NEWROUTE',
      code: 'EEXIST',
    });
    await nothingLeft();
  });

  it('at the interface’s master', async () => {
    await expect(tunnel.addPppSession(session(1), { ...unit, master: 0x7fff_fff0 })).rejects.toMatchObject({
      operation: 'RTM_SETLINK',
    });
    await nothingLeft();
  });

  it('because the session exists', async () => {
    const first = await tunnel.addSession(session(1));
    await expect(tunnel.addPppSession(session(1), unit)).rejects.toMatchObject({
      operation: 'connect PPPoL2TP',
      code: 'EEXIST',
    });
    await expect(tunnel.addPppSession({ ...session(1), sendSequence: true }, unit)).rejects.toMatchObject({
      operation: 'L2TP_CMD_SESSION_CREATE',
      code: 'EEXIST',
    });
    expect((await listKernelSessions()).map(({ sessionId }) => sessionId)).toEqual([1]);
    await first.close();
    await nothingLeft();
  });

  it('because its tunnel is gone', async () => {
    await ip('l2tp', 'del', 'tunnel', 'tunnel_id', '10');
    await eventually(async () => expect((await footprint()).tunnels).toBe(0));
    await expect(tunnel.addPppSession(session(1), unit)).rejects.toMatchObject({
      operation: 'connect PPPoL2TP',
    });
    await expect(tunnel.addSession({ ...session(1), receiveSequence: true })).rejects.toMatchObject({
      operation: 'L2TP_CMD_SESSION_CREATE',
      code: 'ENODEV',
    });
    expect(await footprint()).toEqual({ ...before, tunnels: 0 });
  });

  it('because there is no /dev/ppp', async () => {
    renameSync('/dev/ppp', '/dev/ppp.away');
    try {
      for (const sendSequence of [false, true]) {
        await expect(tunnel.addPppSession({ ...session(1), sendSequence }, unit)).rejects.toMatchObject({
          operation: 'open /dev/ppp',
          code: 'ENOENT',
        });
      }
    } finally {
      renameSync('/dev/ppp.away', '/dev/ppp');
    }
    await nothingLeft();
  });

  it('for want of descriptors, at each of the three', async () => {
    // A worker that has its netlink sockets already.
    await nothingLeft();
    {
      await using limit = new DescriptorLimit();
      const failed = async (room: number): Promise<string> => {
        await limit.set(room);
        const error: unknown = await tunnel
          .addPppSession(session(1), unit)
          .catch((caught: unknown) => caught);
        await limit.set(undefined);
        expect(error).toMatchObject({ name: 'KernelError', code: 'EMFILE' });
        return (error as KernelError).operation;
      };
      expect(await failed(0)).toBe('socket PPPoL2TP');
      expect(await failed(1)).toBe('open /dev/ppp');
      expect(await failed(2)).toMatch(/^open \/dev\/ppp$|^socket NETLINK_ROUTE$/);
    }
    await nothingLeft();
  });

  it('because the epoll may not watch more', async () => {
    const file = '/proc/sys/fs/epoll/max_user_watches';
    const watches = readFileSync(file, 'utf8');
    // What is watched already counts too: the limit rises until there is room for one more, and then for two.
    let failures = 0;
    for (let limit = 0; ; limit++) {
      writeFileSync(file, `${limit}`);
      const opened = await tunnel.addPppSession(session(1), unit).catch((error: unknown) => error);
      writeFileSync(file, watches);
      if (!(opened instanceof Error)) {
        await (opened as KernelDataSession).close();
        break;
      }
      expect(opened).toMatchObject({ operation: 'epoll_ctl', code: 'ENOSPC' });
      await eventually(async () => expect(await footprint()).toEqual(before));
      failures++;
    }
    expect(failures).toBeGreaterThanOrEqual(2);
    await nothingLeft();
  });

  it('when a unit cannot be added, leaves the session as it was', async () => {
    const open = await tunnel.addSession(session(1));
    const held = descriptors();
    const twice = { ...unit, addresses: [{ local: '10.64.0.1', peer: '10.65.0.2' }] };
    await expect(open.attachPpp(twice)).rejects.toMatchObject({ operation: 'RTM_NEWADDR' });
    expect(descriptors()).toBe(held);
    expect(await interfaces()).toEqual([]);
    const attached = await open.attachPpp({ ...unit, name: 'second0' });
    expect(await ipJson('link', 'show', 'second0')).toMatchObject([{ ifindex: attached.index }]);
    await open.close();
    await nothingLeft();
  });
});
