import { type CallOptions, L2tpClient, type L2tpClientOptions } from '../../lib/client/index.js';
import { NullDataPlane } from '../../lib/kernel/index.js';
import { Lac, type LacOptions } from '../../lib/lac/index.js';
import { Lns, type LnsOptions } from '../../lib/lns/index.js';
import type { TunnelLink } from '../../lib/tunnels/index.js';
import { MemoryLog } from './memory-log.js';
import { seededRandom } from './random.js';
import type { SimHost } from './sim-host.js';
import { type SimLink, SimNetwork } from './sim-network.js';

/** An LNS on a host of its own. */
export interface SimLns {
  readonly address: string;
  readonly host: SimHost;
  readonly dataPlane: NullDataPlane;
  readonly lns: Lns;
}

/** Subscribers who come by L2TP to a LAC that switches them on to LNSs: everything in virtual time, without a kernel. */
export class LacWorld {
  static readonly lacAddress = '192.0.2.100';
  static readonly otherLacAddress = '192.0.2.101';
  readonly network: SimNetwork;
  readonly dataPlane = new NullDataPlane({ record: true });
  readonly log = new MemoryLog();
  readonly lac: Lac;
  readonly lacHost: SimHost;
  readonly events: string[] = [];
  readonly #seed: number;
  #hosts = 0;

  constructor(options: LacOptions, { seed = 1, link = {} }: { seed?: number; link?: SimLink } = {}) {
    this.#seed = seed;
    this.network = new SimNetwork({ seed, link });
    this.lacHost = this.network.addHost(LacWorld.lacAddress, LacWorld.otherLacAddress);
    this.lac = new Lac(options, {
      io: this.lacHost,
      dataPlane: this.dataPlane,
      random: seededRandom(seed),
      log: this.log,
    });
    this.lac.on('session-up', ({ user, forwardedTo }) =>
      this.events.push(`up ${user} ${forwardedTo?.server ?? 'here'}`),
    );
    this.lac.on('session-down', ({ user }, { by }) => this.events.push(`down ${user} ${by}`));
  }

  static async start(options: LacOptions, settings?: { seed?: number; link?: SimLink }): Promise<LacWorld> {
    const world = new LacWorld(options, settings);
    await world.lac.start();
    return world;
  }

  async addLns(address: string, options: Partial<LnsOptions> = {}): Promise<SimLns> {
    this.#hosts += 1;
    const host = this.network.addHost(address);
    const dataPlane = new NullDataPlane();
    const lns = new Lns(
      {
        secret: 's',
        ppp: { localAddress: '10.64.0.1' },
        pools: { main: ['10.65.0.0/18'] },
        users: { '*': { password: 'pass' } },
        hostName: `lns-${address}`,
        ...options,
      },
      { io: host, dataPlane, random: seededRandom(this.#seed * 100 + this.#hosts) },
    );
    await lns.start();
    return { address, host, dataPlane, lns };
  }

  /** The LNS's process is killed with its host: nobody says anything about it. */
  kill({ host }: SimLns): void {
    host.crash();
    this.network.removeHost(host);
  }

  addClient(options: L2tpClientOptions = {}): L2tpClient {
    this.#hosts += 1;
    const host = this.network.addHost(`198.51.100.${this.#hosts}`);
    const random = seededRandom(this.#seed * 1000 + this.#hosts);
    return new L2tpClient(options, { io: host, dataPlane: new NullDataPlane(), random });
  }

  async openTunnel(client: L2tpClient): Promise<TunnelLink> {
    return this.until(client.openTunnel({ address: LacWorld.lacAddress, port: 1701 }));
  }

  dial(client: L2tpClient, tunnel: TunnelLink, call: Partial<CallOptions> = {}) {
    return client.dial(tunnel, { user: 'bob@isp.example', password: 'pass', ...call });
  }

  async run(ms: number): Promise<void> {
    await this.network.run(ms);
  }

  /** Lets time pass until `work` is settled, at most `ms`. @throws what `work` throws, or Error after `ms` */
  async until<T>(work: Promise<T>, ms = 120_000): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    work.then(done, done);
    if (!(await this.network.run(ms, () => settled)))
      throw new Error(`nothing after ${ms} ms of virtual time`);
    return work;
  }

  /** Waits until the LAC has joined `count` sessions. */
  async untilForwarded(count: number, ms = 60_000): Promise<void> {
    const forwarded = (): number =>
      this.dataPlane.calls.filter(({ operation }) => operation === 'bridge').length;
    if (!(await this.network.run(ms, () => forwarded() >= count)))
      throw new Error(`${forwarded()} of ${count} sessions forwarded after ${ms} ms of virtual time`);
  }
}
