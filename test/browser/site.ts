import type { ClientSession } from '../../lib/client/index.js';
import { LoadGenerator } from '../../lib/load/index.js';
import type { LnsOptions } from '../../lib/lns/index.js';
import { ApiServer } from '../../lib/server/api/index.js';
import { Drain } from '../../lib/server/drain.js';
import { Telemetry } from '../../lib/server/telemetry/index.js';
import { silentLog, type TunnelLink } from '../../lib/tunnels/index.js';
import { LnsWorld, lnsAddress, type SimLac } from '../support/lns-world.js';
import { seededRandom } from '../support/random.js';

/** The simulated time runs along with the real one, in steps of so many ms. */
const STEP = 50;
const TOKENS = { viewer: 'look-only', operator: 'hands-on' } as const;
type SiteRole = keyof typeof TOKENS;

const server: LnsOptions = {
  ppp: { localAddress: '10.64.0.1', auth: ['chap'] },
  pools: { homes: '10.65.0.0/18', offices: '10.66.0.0/24' },
  users: { '*': { password: 'pass' } },
};

/** A LAC with a tunnel, and the sessions that it brought. */
export interface SiteLac {
  readonly lac: SimLac;
  readonly tunnel: TunnelLink;
  readonly sessions: Map<string, ClientSession>;
}

/**
 * An LNS without a kernel, its API on a TCP port of this host, and LACs that dial into it: everything real but for the
 * wires and the data plane.
 */
export class Site {
  readonly world: LnsWorld;
  readonly telemetry: Telemetry;
  readonly #api: ApiServer;
  #port = 0;
  #calls = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = Promise.resolve();

  private constructor(world: LnsWorld) {
    this.world = world;
    this.telemetry = new Telemetry(world.lns);
    this.#api = new ApiServer(
      {
        lns: world.lns,
        telemetry: this.telemetry,
        drain: new Drain(world.lns, this.telemetry.feed),
        reload: { run: () => ({ applied: [], needsRestart: [], warnings: [] }) },
        log: { ...silentLog, level: 'info' },
        logLines: [],
        status: () => ({
          version: '0.1.0',
          pid: process.pid,
          state: 'running',
          since: Date.now(),
          config: 'lns.yaml',
          listen: ['0.0.0.0:1701'],
          tunnels: world.lns.tunnels().length,
          sessions: world.lns.statistics().sessions,
        }),
      },
      world.log,
    );
  }

  static async start(options: LnsOptions = {}): Promise<Site> {
    const world = await LnsWorld.start({ ...server, ...options }, { link: { latency: 4 } });
    const site = new Site(world);
    const tokens = Object.entries(TOKENS).map(([role, token]) => ({ role: role as SiteRole, token }));
    site.#port = await site.#api.listenTcp({ address: '127.0.0.1', port: 0, tokens });
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  token(role: SiteRole): string {
    return TOKENS[role];
  }

  /** Lets the simulated time go on by itself from now on, with samples for the charts. */
  run(): void {
    this.telemetry.start();
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.world.run(STEP));
    }, STEP);
  }

  /** While the time does not run: a LAC and its subscribers, `user` with `{n}` for their number. */
  async addLac(hostName: string, users: readonly string[] = []): Promise<SiteLac> {
    const lac = this.world.addLac({ hostName });
    const tunnel = await this.world.openTunnel(lac);
    const added = { lac, tunnel, sessions: new Map<string, ClientSession>() };
    await this.world.until(Promise.all(users.map((user) => this.dial(added, user))));
    return added;
  }

  /** A subscriber dials in. Rejected, unless somebody lets the time go on. */
  async dial(to: SiteLac, user: string, password = 'pass'): Promise<void> {
    const callingNumber = `+49 30 ${1_000_000 + ++this.#calls * 7919}`;
    to.sessions.set(user, await to.lac.client.dial(to.tunnel, { user, password, callingNumber }));
  }

  hangUp(from: SiteLac, user: string): void {
    const session = from.sessions.get(user);
    if (session === undefined) throw new Error(`${user} has no session`);
    from.sessions.delete(user);
    from.lac.client.hangUp(session);
  }

  /** Thousands of subscribers at once. */
  async addMany(sessions: number): Promise<void> {
    const generator = new LoadGenerator(
      { lns: { address: lnsAddress, port: 1701 }, tunnels: 20, sessions, user: 'load{n}', password: 'pass' },
      { io: this.world.network.addHost('192.0.2.200'), random: seededRandom(5) },
    );
    const report = await this.world.until(generator.setUp(), 3_600_000);
    if (report.sessions !== sessions) throw new Error(`only ${report.sessions} sessions came up`);
  }

  /** Gives each interface traffic of `ms`: a few of them much, most of them little. */
  traffic(ms: number): void {
    const { counters, sessions } = this.world.dataPlane;
    for (const { unit } of sessions) {
      if (unit === undefined) continue;
      const before = counters.get(unit.index);
      const bits = 40_000_000 / (1 + ((unit.index * 7919) % 97));
      const txBytes = (before?.txBytes ?? 0) + Math.round((bits * ms) / 8000);
      const rxBytes = Math.round(txBytes / 9);
      counters.set(unit.index, {
        rxBytes,
        txBytes,
        rxPackets: Math.round(rxBytes / 180),
        txPackets: Math.round(txBytes / 1100),
        rxErrors: 0,
        rxSeqDiscards: 0,
        rxOutOfSequence: 0,
        txErrors: 0,
      });
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    this.telemetry.stop();
    await this.#api.close();
    await this.world.close();
  }
}
