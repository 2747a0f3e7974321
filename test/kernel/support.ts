import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  KernelTunnel,
  type KernelTunnelOptions,
  listKernelSessions,
  listKernelTunnels,
} from '../../lib/kernel/index.js';
import { networkIo } from '../../lib/io/index.js';

const run = promisify(execFile);

/** Runs a program and gives its output; its failure has its error output in the message. */
export async function sh(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { encoding: 'utf8' });
  return stdout;
}

export const ip = (...args: string[]): Promise<string> => sh('ip', ...args);

/** What `ip -json` says. */
export const ipJson = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await ip('-json', ...args)) || '[]') as Record<string, unknown>[];

/** Names of this namespace's interfaces of a kind. */
export const interfaces = async (kind = 'ppp'): Promise<string[]> =>
  (await ipJson('link', 'show', 'type', kind))
    .map(({ ifname }) => String(ifname))
    .filter((name) => name !== 'undefined');

/** Sends `count` pings and gives how many were answered. */
export async function ping(
  address: string,
  options: { netns?: string; count?: number; from?: string } = {},
): Promise<number> {
  const { netns, count = 3, from } = options;
  const command = [
    'ping',
    '-n',
    '-q',
    '-i',
    '0.05',
    '-W',
    '2',
    '-c',
    `${count}`,
    ...(from ? ['-I', from] : []),
    address,
  ];
  const [program = 'ping', ...args] =
    netns === undefined ? command : ['ip', 'netns', 'exec', netns, ...command];
  const output = await run(program, args, { encoding: 'utf8' }).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => error.stdout ?? '',
  );
  return Number(/(\d+) received/.exec(output)?.[1] ?? 0);
}

/** A network namespace for the far end of interfaces; gone at the end of the scope. */
export async function namespace(name: string): Promise<AsyncDisposable & { readonly name: string }> {
  await ip('netns', 'add', name);
  await ip('-n', name, 'link', 'set', 'lo', 'up');
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await ip('netns', 'del', name);
    },
  };
}

/** Puts an interface into a namespace, addresses and raises it there. */
export async function moveTo(
  netns: string,
  name: string,
  local: string,
  peer: string,
  mtu = 1400,
): Promise<void> {
  await ip('link', 'set', name, 'netns', netns);
  const family = local.includes(':') ? ['-6'] : [];
  await ip('-n', netns, 'link', 'set', name, 'up', 'mtu', `${mtu}`);
  await ip(...family, '-n', netns, 'addr', 'add', local, 'peer', peer, 'dev', name);
}

export const ends = {
  a: { address: '127.0.0.1', port: 1701 },
  b: { address: '127.0.0.2', port: 1701 },
} as const;

/** Both ends of one tunnel in this process: ids 10 and 20 unless given. */
export async function tunnelPair(
  options: Partial<KernelTunnelOptions> = {},
  ids: readonly [number, number] = [10, 20],
): Promise<{ readonly a: KernelTunnel; readonly b: KernelTunnel } & AsyncDisposable> {
  const [tunnelId, peerTunnelId] = ids;
  const local = options.local ?? ends.a;
  const peer = options.peer ?? ends.b;
  const a = await KernelTunnel.open({ ...options, local, peer, tunnelId, peerTunnelId });
  const b = await KernelTunnel.open({
    ...options,
    local: peer,
    peer: local,
    tunnelId: peerTunnelId,
    peerTunnelId: tunnelId,
  });
  return {
    a,
    b,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([a.close(), b.close()]);
    },
  };
}

/** What must be as it was when all is closed. */
export interface Footprint {
  readonly descriptors: number;
  readonly tracked: number;
  readonly tunnels: number;
  readonly sessions: number;
  readonly interfaces: number;
}

/** Numbers and targets of the open descriptors of this process. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      open.set(Number(fd), readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // The descriptor that the folder was read by.
    }
  }
  return open;
}

/** How many are open, without the netlink sockets that the native threads keep (two each). */
export function descriptors(): number {
  const netlink = new Set(
    readFileSync('/proc/net/netlink', 'utf8')
      .trim()
      .split('\n')
      .map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`),
  );
  return [...openDescriptors().values()].filter((target) => !netlink.has(target)).length;
}

export async function footprint(): Promise<Footprint> {
  // The first question opens the event loop's own descriptors.
  const tracked = networkIo().statistics().descriptors;
  return {
    descriptors: descriptors(),
    tracked,
    tunnels: (await listKernelTunnels()).length,
    sessions: (await listKernelSessions()).length,
    interfaces: (await interfaces()).length,
  };
}

/** Waits until `check` holds; fails after `limit` ms with what it last threw. */
export async function eventually(check: () => Promise<void> | void, limit = 10_000): Promise<void> {
  const end = Date.now() + limit;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Resolves with the first value that `start` hands to its argument. */
export function once<T>(start: (take: (value: T) => void) => void, limit = 10_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing came within ${limit} ms`)), limit);
    start((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** An LCP Echo-Request of some length, from the protocol field on. */
export function echoRequest(identifier: number, padding = 20): Uint8Array {
  const frame = new Uint8Array(2 + 8 + padding);
  frame.set([0xc0, 0x21, 9, identifier, 0, 8 + padding]);
  return frame;
}

/** Whether a program is there. */
export function has(program: string): boolean {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
}
