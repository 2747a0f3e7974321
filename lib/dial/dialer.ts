import { lookup } from 'node:dns/promises';
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import { type ControlIo, networkIo, systemRandom, type Timed } from '../io/index.js';
import { type DataPlane, KernelDataPlane } from '../kernel/index.js';
import { resolvePppOptions, type ResolvedPppOptions } from '../ppp/index.js';
import { type Log, silentLog } from '../tunnels/index.js';
import { parseIpv4, type Random } from '../wire/index.js';
import { Connection, type ConnectionEnd } from './connection.js';
import { type DialHost, type DialLink, untouchedHost } from './dial-host.js';
import { type DialFailure, hostFailure } from './failure.js';
import { type DialOptions, type LnsName, redialDefaults } from './options.js';
import { RedialPolicy } from './redial-policy.js';

export interface DialDependencies {
  /** Sets up routes and name servers; nothing unless given. */
  readonly host?: DialHost;
  readonly log?: Log;
  readonly io?: ControlIo;
  readonly dataPlane?: DataPlane;
  readonly random?: Random;
  /** Addresses of a name, the best first. The system's resolver unless given. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export interface DialerEvents {
  /** A network layer is open and the host is set up for it. */
  up: [link: DialLink, family: 'ipv4' | 'ipv6'];
  /** The link is gone, and the host is as it was before. */
  down: [link: DialLink, failure: DialFailure | undefined];
  /** The next try begins after `delay` ms. */
  waiting: [delay: number, failure: DialFailure];
}

/** How a dialler came to its end: told to, or by a failure that it does not try again after. */
export type DialEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly failure: DialFailure };

/**
 * A host's own connection to an LNS: dials in, keeps the link, dials again when it is lost. Emits
 * {@link DialerEvents}.
 */
export class Dialer extends EventEmitter<DialerEvents> {
  readonly #options: DialOptions;
  readonly #ppp: ResolvedPppOptions;
  readonly #policy: RedialPolicy;
  readonly #io: ControlIo;
  readonly #dataPlane: DataPlane;
  readonly #random: Random;
  readonly #host: DialHost;
  readonly #log: Log;
  readonly #resolve: (name: string) => Promise<readonly string[]>;
  readonly #stop = new AbortController();
  #connection: Connection | undefined;
  #wake: (() => void) | undefined;

  /** @throws RangeError for an option that cannot be used, naming it */
  constructor(options: DialOptions, dependencies: DialDependencies = {}) {
    super();
    if (options.lns.length === 0) throw new RangeError('lns: there is none');
    if (options.address !== undefined && parseIpv4(options.address) === undefined) {
      throw new RangeError(`address: ${JSON.stringify(options.address)} is not an IPv4 address`);
    }
    this.#options = options;
    this.#ppp = resolvePppOptions({ authMethods: ['mschapv2', 'eap', 'chap', 'pap'], ...options.ppp });
    this.#random = dependencies.random ?? systemRandom;
    this.#policy = new RedialPolicy({ ...redialDefaults, ...options.redial }, this.#random);
    this.#io = dependencies.io ?? networkIo();
    this.#dataPlane = dependencies.dataPlane ?? new KernelDataPlane();
    this.#host = dependencies.host ?? untouchedHost;
    this.#log = dependencies.log ?? silentLog;
    this.#resolve = dependencies.resolve ?? resolveName;
  }

  /** Dials until it is stopped or gives up; everything is closed and restored by then. Call once. */
  async run(): Promise<DialEnd> {
    try {
      await this.#host.recover();
    } catch (error) {
      return { kind: 'failed', failure: hostFailure(error) };
    }
    while (!this.#stop.signal.aborted) {
      const { failure, upFor } = await this.#try();
      if (this.#stop.signal.aborted) break;
      const delay = this.#policy.next(failure, upFor);
      const fields = { stage: failure.stage, reason: failure.text };
      if (delay === undefined) {
        this.#log.error(fields, 'gives up');
        return { kind: 'failed', failure };
      }
      this.#log.warn({ ...fields, delay }, 'dials again');
      this.#tell('waiting', delay, failure);
      await this.#wait(delay);
    }
    return { kind: 'stopped' };
  }

  /** Hangs up and ends. */
  stop(): void {
    this.#stop.abort();
    this.#connection?.hangUp();
    this.#wake?.();
  }

  /** Hangs up and dials anew, or cuts the wait short. */
  redial(): void {
    this.#connection?.hangUp();
    this.#wake?.();
  }

  /** One round: each address of each LNS until one sets up a tunnel, and the link's whole life then. */
  async #try(): Promise<ConnectionEnd> {
    let failure: DialFailure = { stage: 'name', text: 'no LNS has an address' };
    for (const lns of this.#options.lns) {
      const addresses = await this.#addresses(lns);
      if ('failure' in addresses) failure = addresses.failure;
      else {
        for (const address of addresses.addresses) {
          if (this.#stop.signal.aborted) return { failure };
          const end = await this.#connect(address, lns.port);
          if (end.upFor !== undefined || !elsewhere.has(end.failure.stage)) return end;
          failure = end.failure;
        }
      }
    }
    return { failure };
  }

  async #connect(address: string, port: number): Promise<ConnectionEnd> {
    let connection: Connection;
    try {
      connection = this.#newConnection(address, port);
    } catch (error) {
      // The address to send from is not there, it may be that it is not there yet.
      return { failure: hostFailure(error) };
    }
    this.#connection = connection;
    try {
      return await connection.run();
    } finally {
      this.#connection = undefined;
    }
  }

  #newConnection(address: string, port: number): Connection {
    return new Connection(
      { options: this.#options, ppp: this.#ppp, lns: { address, port } },
      {
        io: this.#io,
        dataPlane: this.#dataPlane,
        random: this.#random,
        host: this.#host,
        log: this.#log,
        observer: {
          handleUp: (link, family) => this.#tell('up', link, family),
          handleDown: (link, failure) => this.#tell('down', link, failure),
        },
      },
    );
  }

  async #addresses({
    host,
  }: LnsName): Promise<{ readonly addresses: readonly string[] } | { readonly failure: DialFailure }> {
    if (isIP(host) !== 0) return { addresses: [host] };
    const stopped = new Promise<readonly string[]>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve([]), { once: true });
    });
    try {
      return { addresses: await Promise.race([this.#resolve(host), stopped]) };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return {
        failure: { stage: 'name', text: `the name ${JSON.stringify(host)} is not resolved: ${text}` },
      };
    }
  }

  #wait(delay: number): Promise<void> {
    // A listener has heard of the wait first.
    if (this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = undefined;
        this.#io.timers.schedule(timed, undefined);
        resolve();
      };
      const timed: Timed = { handleTimeout: done };
      this.#wake = done;
      this.#io.timers.schedule(timed, this.#io.now() + delay);
    });
  }

  #tell<E extends keyof DialerEvents>(event: E, ...parameters: DialerEvents[E]): void {
    try {
      this.emit<E>(event, ...(parameters as never));
    } catch (error) {
      this.#log.error({ event, error: String(error) }, 'a listener has thrown');
    }
  }
}

/** Failures after which another address may do better. */
const elsewhere: ReadonlySet<DialFailure['stage']> = new Set(['unreachable', 'tunnel', 'host']);

const resolveName = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true })).map(({ address }) => address);
