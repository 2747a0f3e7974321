import { ClientError, type ClientSession, L2tpClient } from '../client/index.js';
import type { ControlIo, SocketAddress, Timed } from '../io/index.js';
import { NullDataPlane } from '../kernel/index.js';
import { type PppOptions, resolvePppOptions, type ResolvedPppOptions } from '../ppp/index.js';
import type { TunnelLink } from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import { Latencies, type LatencySummary } from './latencies.js';
import { MeteredIo } from './metered-io.js';

export interface LoadOptions {
  readonly lns: SocketAddress;
  /** Where to send from: one address, and a port of the kernel's choice for each tunnel. Default any. */
  readonly localAddress?: string;
  readonly tunnels: number;
  readonly sessions: number;
  /** Calls under way at once. Default 256. */
  readonly inFlight?: number;
  /** User name; `{n}` stands for the number of the call, from 1. */
  readonly user: string;
  readonly password: string;
  /** Shared secret of the tunnels. */
  readonly secret?: string;
  readonly ppp?: PppOptions;
  /** Milliseconds after which a call that failed is placed again, as subscribers do. Without it it stays failed. */
  readonly retryAfter?: number;
}

export interface LoadDependencies {
  readonly io: ControlIo;
  readonly random?: Random;
}

/** Repeated requests, which a network without loss should not see. */
export interface RepeatCounts {
  /** Control messages of L2TP that were sent again: by us, and by the LNS. */
  readonly l2tpSent: number;
  readonly l2tpReceived: number;
  /** Requests of PPP that were sent again: by us, and by the LNS. */
  readonly pppSent: number;
  readonly pppReceived: number;
}

export interface SetUpReport {
  readonly tunnels: number;
  /** Calls that came up, and those that did not (those that came up at a later try are not among them). */
  readonly sessions: number;
  readonly failed: number;
  /** Tries that failed, by their reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the first call's ICRQ until the last one was up or failed, in ms. */
  readonly milliseconds: number;
  readonly callsPerSecond: number;
  /** From ICRQ to IPCP open, in ms, of the try that came up. */
  readonly latency: LatencySummary;
  readonly repeats: RepeatCounts;
}

export interface TearDownReport {
  readonly sessions: number;
  /** From the first Terminate-Request until every call had ended, in ms. */
  readonly milliseconds: number;
  readonly callsPerSecond: number;
  readonly repeats: RepeatCounts;
}

const defaultInFlight = 256;

/** Dials many calls into an LNS, so many at once, and hangs them up again. It makes nothing in the kernel. */
export class LoadGenerator {
  readonly #options: LoadOptions;
  readonly #io: MeteredIo;
  readonly #ppp: ResolvedPppOptions;
  readonly #clients: L2tpClient[];
  readonly #links: TunnelLink[] = [];
  readonly #sessions = new Map<ClientSession, L2tpClient>();
  readonly #latencies = new Latencies();
  readonly #failures = new Map<string, number>();
  /** Numbers of calls that wait to be placed again. */
  readonly #again: number[] = [];
  #next = 1;
  #underWay = 0;
  #waiting = 0;
  #failed = 0;
  #lost = 0;
  #finished: (() => void) | undefined;
  #ended: (() => void) | undefined;

  /** @throws RangeError for an option that cannot be used, KernelError when the local address cannot */
  constructor(options: LoadOptions, { io, random }: LoadDependencies) {
    for (const name of ['tunnels', 'sessions', 'inFlight'] as const) {
      const value = options[name] ?? defaultInFlight;
      if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a number above 0`);
    }
    this.#options = options;
    this.#io = new MeteredIo(io);
    // The server is to find out who is gone; generators of load only answer.
    this.#ppp = resolvePppOptions({ echoInterval: 0, ...options.ppp });
    const any = options.lns.address.includes(':') ? '::' : '0.0.0.0';
    const local = { address: options.localAddress ?? any, port: 0 };
    // Each tunnel comes from a port of its own: kernels before 6.11 want different ends for each.
    this.#clients = Array.from(
      { length: options.tunnels },
      () =>
        new L2tpClient(
          { local },
          { io: this.#io, dataPlane: new NullDataPlane(), ...(random !== undefined && { random }) },
        ),
    );
    for (const client of this.#clients) client.onDown((session) => this.#down(session));
  }

  /** Sessions that are up. */
  get up(): number {
    return this.#sessions.size;
  }

  /** Sessions that were up and ended without our doing. */
  get lost(): number {
    return this.#lost;
  }

  get repeats(): RepeatCounts {
    const sum = (counter: 'retransmissions' | 'duplicates'): number =>
      this.#clients.reduce((total, client) => total + client.counters[counter], 0);
    return {
      l2tpSent: sum('retransmissions'),
      l2tpReceived: sum('duplicates'),
      pppSent: this.#io.sent.repeats,
      pppReceived: this.#io.received.repeats,
    };
  }

  /** Opens the tunnels, then places all calls. @throws ClientError when a tunnel is not set up */
  async setUp(): Promise<SetUpReport> {
    const { lns, secret, sessions } = this.#options;
    this.#links.push(...(await Promise.all(this.#clients.map((client) => client.openTunnel(lns, secret)))));
    const startedAt = this.#io.now();
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
      this.#placeMore();
    });
    const milliseconds = this.#io.now() - startedAt;
    const up = sessions - this.#failed;
    return {
      tunnels: this.#links.length,
      sessions: up,
      failed: this.#failed,
      failures: Object.fromEntries(this.#failures),
      milliseconds,
      callsPerSecond: rate(up, milliseconds),
      latency: this.#latencies.summary(),
      repeats: this.repeats,
    };
  }

  /** Hangs up every call: LCP Terminate, then CDN. Resolves when all have ended. */
  async hangUp(): Promise<TearDownReport> {
    const startedAt = this.#io.now();
    const before = this.repeats;
    const sessions = [...this.#sessions];
    const inFlight = this.#options.inFlight ?? defaultInFlight;
    const lost = this.#lost;
    let next = 0;
    await new Promise<void>((resolve) => {
      const hangUpMore = (): void => {
        for (; next < sessions.length && next - (sessions.length - this.up) < inFlight; next++) {
          const [session, client] = sessions[next] as (typeof sessions)[number];
          client.hangUp(session);
        }
        if (this.up === 0) resolve();
      };
      this.#ended = hangUpMore;
      hangUpMore();
    });
    this.#ended = undefined;
    this.#lost = lost;
    const milliseconds = this.#io.now() - startedAt;
    const after = this.repeats;
    return {
      sessions: sessions.length,
      milliseconds,
      callsPerSecond: rate(sessions.length, milliseconds),
      repeats: {
        l2tpSent: after.l2tpSent - before.l2tpSent,
        l2tpReceived: after.l2tpReceived - before.l2tpReceived,
        pppSent: after.pppSent - before.pppSent,
        pppReceived: after.pppReceived - before.pppReceived,
      },
    };
  }

  /** Ends the tunnels and what is left in them. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #placeMore(): void {
    const { sessions, inFlight = defaultInFlight } = this.#options;
    while (this.#underWay < inFlight) {
      const number = this.#again.shift() ?? (this.#next <= sessions ? this.#next++ : undefined);
      if (number === undefined) break;
      this.#underWay += 1;
      void this.#place(number).finally(() => {
        this.#underWay -= 1;
        this.#placeMore();
      });
    }
    if (this.#underWay + this.#waiting === 0) this.#finished?.();
  }

  async #place(number: number): Promise<void> {
    const { user, password } = this.#options;
    const index = number % this.#links.length;
    const [client, link] = [this.#clients[index], this.#links[index]];
    if (client === undefined || link === undefined) return;
    try {
      const session = await client.dial(link, {
        user: user.replaceAll('{n}', String(number)),
        password,
        ppp: this.#ppp,
      });
      this.#latencies.add(this.#io.now() - session.placedAt);
      this.#sessions.set(session, client);
    } catch (error) {
      this.#fail(number, error);
    }
  }

  #fail(number: number, error: unknown): void {
    const text = error instanceof ClientError ? error.reason.text : String(error);
    this.#failures.set(text, (this.#failures.get(text) ?? 0) + 1);
    const { retryAfter } = this.#options;
    if (retryAfter === undefined) {
      this.#failed += 1;
      return;
    }
    this.#waiting += 1;
    const retry: Timed = {
      handleTimeout: () => {
        this.#waiting -= 1;
        this.#again.push(number);
        this.#placeMore();
      },
    };
    this.#io.timers.schedule(retry, this.#io.now() + retryAfter);
  }

  #down(session: ClientSession): void {
    if (!this.#sessions.delete(session)) return;
    this.#lost += 1;
    this.#ended?.();
  }
}

const rate = (count: number, milliseconds: number): number =>
  milliseconds === 0 ? 0 : (count / milliseconds) * 1000;
