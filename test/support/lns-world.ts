import {
  type CallOptions,
  type ClientSession,
  L2tpClient,
  type L2tpClientOptions,
} from '../../lib/client/index.js';
import { type NullCall, NullDataPlane } from '../../lib/kernel/index.js';
import { Lns, type LnsOptions, type Log } from '../../lib/lns/index.js';
import type { TunnelLink } from '../../lib/tunnels/index.js';
import { MemoryLog } from './memory-log.js';
import { seededRandom } from './random.js';
import type { SimHost } from './sim-host.js';
import { type SimLink, SimNetwork } from './sim-network.js';

export const lnsAddress = '192.0.2.1';

/** A LAC with clients in it, on a host of its own. */
export interface SimLac {
  readonly client: L2tpClient;
  readonly dataPlane: NullDataPlane;
  readonly host: SimHost;
  readonly addresses: readonly string[];
}

/** A whole LNS and LACs that dial into it, without a kernel, in virtual time. */
export class LnsWorld {
  readonly network: SimNetwork;
  /** Operations of the LNS's data plane that fail from now on. */
  readonly failing = new Set<NullCall['operation']>();
  /** What the LNS's data plane waits for before it answers a call. */
  before: ((call: NullCall) => Promise<void> | void) | undefined;
  readonly dataPlane = new NullDataPlane({
    record: true,
    before: (call) => this.before?.(call),
    fail: ({ operation }) => (this.failing.has(operation) ? new Error(`${operation} fails`) : undefined),
  });
  /** The LNS's host. */
  readonly host: SimHost;
  /** Everything that the LNS logs, with its level. */
  readonly log = new MemoryLog();
  readonly lns: Lns;
  readonly events: string[] = [];
  readonly #seed: number;
  #hosts = 0;

  private constructor(options: LnsOptions, seed: number, link: SimLink) {
    this.#seed = seed;
    this.network = new SimNetwork({ seed, link });
    this.host = this.network.addHost(lnsAddress, '2001:db8::1');
    this.lns = new Lns(options, {
      io: this.host,
      dataPlane: this.dataPlane,
      random: seededRandom(seed),
      log: this.log,
    });
    this.lns.on('tunnel-up', () => this.events.push('tunnel-up'));
    this.lns.on('tunnel-down', (_, { by }) => this.events.push(`tunnel-down ${by}`));
    this.lns.on('session-up', ({ user, address }) => this.events.push(`session-up ${user} ${address}`));
    this.lns.on('session-down', ({ user }, { by }) => this.events.push(`session-down ${user} ${by}`));
    this.lns.on('authentication-failed', ({ user }) => this.events.push(`authentication-failed ${user}`));
  }

  static async start(
    options: LnsOptions,
    { seed = 1, link = {} }: { seed?: number; link?: SimLink } = {},
  ): Promise<LnsWorld> {
    const world = new LnsWorld(options, seed, link);
    await world.lns.start();
    return world;
  }

  addLac(options: L2tpClientOptions = {}, log?: Log): SimLac {
    this.#hosts += 1;
    return this.#lac([`192.0.2.${10 + this.#hosts}`, `2001:db8::${10 + this.#hosts}`], options, log);
  }

  /** The LAC's process is killed, and another one starts on the same address. */
  restartLac(lac: SimLac, options: L2tpClientOptions = {}): SimLac {
    this.network.removeHost(lac.host);
    this.#hosts += 1;
    return this.#lac(lac.addresses, options);
  }

  #lac(addresses: readonly string[], options: L2tpClientOptions, log?: Log): SimLac {
    const host = this.network.addHost(...addresses);
    const dataPlane = new NullDataPlane();
    const random = seededRandom(this.#seed * 1000 + this.#hosts);
    const client = new L2tpClient(options, { io: host, dataPlane, random, ...(log && { log }) });
    return { client, dataPlane, host, addresses };
  }

  /** Lets virtual time pass, with promises settled in between. */
  async run(ms: number): Promise<void> {
    await this.network.run(ms);
  }

  /** Lets time pass until `work` is settled, at most `ms`. @throws what `work` throws, or Error after `ms` */
  async until<T>(work: Promise<T>, ms = 120_000): Promise<T> {
    let outcome: { value: T } | { error: unknown } | undefined;
    work.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    await this.network.run(ms, () => outcome !== undefined);
    if (outcome === undefined) throw new Error(`nothing after ${ms} ms of virtual time`);
    return work;
  }

  openTunnel(lac: SimLac, secret?: string): Promise<TunnelLink> {
    return this.until(lac.client.openTunnel({ address: lnsAddress, port: 1701 }, secret));
  }

  dial(lac: SimLac, tunnel: TunnelLink, call: Partial<CallOptions> = {}): Promise<ClientSession> {
    return this.until(lac.client.dial(tunnel, { user: 'bob', password: 'pass', ...call }));
  }

  async close(): Promise<void> {
    await this.until(this.lns.close());
  }
}

/** A small server, for tests that have nothing to add. */
export const smallServer: LnsOptions = {
  secret: 'tunnel-secret',
  ppp: { localAddress: '10.64.0.1', dns: ['10.9.0.2', '10.9.0.3'] },
  pools: { main: ['10.65.0.0/18'] },
  users: { alice: { password: 'wonder', address: '10.65.1.1' }, '*': { password: 'pass' } },
};
