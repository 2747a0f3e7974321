import {
  type AuthResult,
  type Credentials,
  EapMd5Verifier,
  type NetworkParameters,
  type PppEvent,
  type PppOptions,
  PppSession,
  type PppStart,
  describeFrame,
  resolvePppOptions,
  verify,
} from '../../lib/ppp/index.js';
import type { Random } from '../../lib/wire/index.js';
import { seededRandom } from './random.js';

/** How the link between two ends behaves; all odds from 0 to 1. */
export interface LinkConditions {
  /** Milliseconds one way. */
  readonly latency?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  /** Odds of an extra delay of up to 4 latencies, which puts frames out of order. */
  readonly reorder?: number;
}

export interface PairOptions {
  readonly seed?: number;
  readonly server?: PppOptions;
  readonly client?: PppOptions;
  readonly link?: LinkConditions;
  readonly user?: string;
  readonly password?: string;
  /** The password that the server knows; the client's unless given. */
  readonly serverPassword?: string;
  /** Milliseconds that a verification takes. */
  readonly authDelay?: number;
  /** Milliseconds that the kernel takes; `fail` fails. */
  readonly attachDelay?: number | 'fail';
  readonly serverNetwork?: NetworkParameters;
  readonly clientNetwork?: NetworkParameters;
  readonly start?: PppStart;
  /** Answers instead of the password check. */
  readonly answer?: (credentials: Credentials | undefined) => AuthResult;
}

export const SERVER_ADDRESS = 0x0a40_0001;
export const CLIENT_ADDRESS = 0x0a41_0101;

const defaultServerNetwork: NetworkParameters = {
  localAddress: SERVER_ADDRESS,
  peerAddress: CLIENT_ADDRESS,
  dns: [0x0a09_0002, 0x0a09_0003],
};

type EventOf<K extends PppEvent['kind']> = Extract<PppEvent, { kind: K }>;

/** One end with its driver: answers `authenticate`, `attach` and `mppe` events, and keeps what it was told. */
export class PppEnd {
  readonly session: PppSession;
  readonly events: PppEvent[] = [];
  readonly sent: string[] = [];
  readonly sentFrames: Uint8Array[] = [];

  constructor(session: PppSession) {
    this.session = session;
  }

  all<K extends PppEvent['kind']>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  last<K extends PppEvent['kind']>(kind: K): EventOf<K> | undefined {
    return this.all(kind).at(-1);
  }
}

interface Scheduled {
  readonly at: number;
  readonly order: number;
  run(): void;
}

/** A server and a client joined by a link that may lose, repeat and shuffle frames, in virtual time. */
export class PppPair {
  readonly server: PppEnd;
  client: PppEnd;
  now = 1_000;
  /** Frames are dropped while this says so. */
  drop: (frame: Uint8Array, from: PppEnd) => boolean = () => false;
  readonly trace: string[] = [];
  readonly #options: PairOptions;
  readonly #random: Random;
  readonly #queue: Scheduled[] = [];
  #order = 0;
  #eap: EapMd5Verifier | undefined;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    const seed = options.seed ?? 1;
    this.#random = seededRandom(seed);
    const user = options.user ?? 'alice';
    const password = options.password ?? 'wonder';
    this.server = new PppEnd(
      new PppSession({
        role: 'server',
        options: resolvePppOptions(options.server),
        random: seededRandom(seed * 2 + 1),
      }),
    );
    this.client = new PppEnd(
      new PppSession({
        role: 'client',
        options: resolvePppOptions(options.client),
        random: seededRandom(seed * 2 + 2),
        credentials: { user, password },
        network: options.clientNetwork ?? { requestDns: true },
      }),
    );
  }

  get ends(): readonly PppEnd[] {
    return [this.server, this.client];
  }

  /** Starts both ends. */
  start(): this {
    this.server.session.start(this.#options.start ?? {}, this.now);
    this.client.session.start({}, this.now);
    for (const end of this.ends) this.drain(end);
    return this;
  }

  /** Another client takes the place of the first, which is never heard of again. */
  replaceClient(session: PppSession): void {
    this.client = new PppEnd(session);
    session.start({}, this.now);
    this.drain(this.client);
  }

  at(delay: number, run: () => void): void {
    this.#queue.push({ at: this.now + delay, order: this.#order++, run });
  }

  /** Runs until `done`, or for `duration` ms, or until nothing is left to happen. @returns whether `done` holds */
  run(duration: number, done: () => boolean = () => false): boolean {
    const end = this.now + duration;
    while (!done()) {
      const next = this.#next();
      if (next === undefined || next > end) {
        this.now = end;
        return done();
      }
      this.now = Math.max(this.now, next);
      this.#step();
    }
    return true;
  }

  /** Both ends have at least one network layer open. */
  get open(): boolean {
    return this.ends.every(({ session }) => session.phase === 'open');
  }

  other(end: PppEnd): PppEnd {
    return end === this.server ? this.client : this.server;
  }

  /** Takes what an end has to say, as its driver would. */
  drain(end: PppEnd): void {
    for (let event = end.session.pollEvent(); event; event = end.session.pollEvent()) {
      end.events.push(event);
      this.#answer(end, event);
    }
    for (let frame = end.session.pollTransmit(); frame; frame = end.session.pollTransmit())
      this.#send(end, frame);
  }

  #answer(end: PppEnd, event: PppEvent): void {
    const { session } = end;
    const { authDelay = 0, attachDelay = 0, serverNetwork = defaultServerNetwork } = this.#options;
    const later = (delay: number, run: () => void): void =>
      this.at(delay, () => {
        run();
        this.drain(end);
      });
    switch (event.kind) {
      case 'authenticate':
        later(authDelay, () =>
          session.handleAuthResult(event.id, this.#verify(event.credentials), serverNetwork, this.now),
        );
        return;
      case 'attach':
        if (attachDelay === 'fail')
          later(0, () => session.handleAttachFailed('step session: EBUSY', this.now));
        else later(attachDelay, () => session.handleAttached(this.now));
        return;
      case 'mppe':
        later(attachDelay === 'fail' ? 0 : attachDelay, () => session.handleMppeReady(this.now));
        return;
      default:
    }
  }

  #verify(credentials: Credentials | undefined): AuthResult {
    const { answer, password = 'wonder', serverPassword = password } = this.#options;
    if (answer) return answer(credentials);
    if (!credentials) return { kind: 'accept' };
    if (credentials.method !== 'eap') return verify(credentials, serverPassword);
    this.#eap ??= new EapMd5Verifier({ password: () => serverPassword, localName: 'lns' }, this.#random);
    return this.#eap.verify(credentials);
  }

  #send(from: PppEnd, frame: Uint8Array): void {
    from.sent.push(describeFrame(frame));
    from.sentFrames.push(frame);
    this.trace.push(`${this.now} ${from === this.server ? 'S' : 'C'} ${describeFrame(frame)}`);
    const { latency = 10, loss = 0, duplicate = 0, reorder = 0 } = this.#options.link ?? {};
    if (this.drop(frame, from)) return;
    for (let copies = this.#chance(duplicate) ? 2 : 1; copies > 0; copies--) {
      if (this.#chance(loss)) continue;
      const extra = this.#chance(reorder) ? this.#random.below(4 * latency + 1) : 0;
      this.at(latency + extra, () => {
        const to = this.other(from);
        to.session.handleFrame(frame, this.now);
        this.drain(to);
      });
    }
  }

  #chance(odds: number): boolean {
    return odds > 0 && this.#random.below(1_000_000) < odds * 1_000_000;
  }

  #next(): number | undefined {
    let next: number | undefined;
    const consider = (at: number | undefined): void => {
      if (at !== undefined && (next === undefined || at < next)) next = at;
    };
    for (const { at } of this.#queue) consider(at);
    for (const { session } of this.ends) consider(session.pollTimeout());
    return next;
  }

  #step(): void {
    for (const end of this.ends) {
      const timeout = end.session.pollTimeout();
      if (timeout === undefined || timeout > this.now) continue;
      end.session.handleTimeout(this.now);
      this.drain(end);
    }
    const due = this.#queue.filter(({ at }) => at <= this.now);
    due.sort((a, b) => a.at - b.at || a.order - b.order);
    for (const entry of due) this.#queue.splice(this.#queue.indexOf(entry), 1);
    for (const entry of due) entry.run();
  }
}
