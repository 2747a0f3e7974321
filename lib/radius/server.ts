import { Identifiers } from './identifiers.js';
import { Pace } from './pace.js';

/** One RADIUS server, for authentication or for accounting. Times are in ms. */
export interface ServerOptions {
  /** `address:port`, for people. */
  readonly name: string;
  readonly secret: Uint8Array;
  /** The lower is asked first. */
  readonly priority: number;
  /** Share of the requests among servers of the same priority. */
  readonly weight: number;
  /** Before the first repetition; each wait is twice the one before. */
  readonly timeout: number;
  /** Repetitions before the next server is asked. */
  readonly retries: number;
  /** How long a server that did not answer is left alone. */
  readonly deadTime: number;
  /** Whether a dead server is asked for signs of life (RFC 5997). */
  readonly statusServer: boolean;
  /** Answers to Access-Requests without Message-Authenticator are dropped (CVE-2024-3596). */
  readonly requireMessageAuthenticator: boolean;
}

/** What happened at one server since the start. */
export interface ServerCounters {
  requests: number;
  repetitions: number;
  accepts: number;
  rejects: number;
  challenges: number;
  accounted: number;
  /** Requests that the server never answered. */
  timeouts: number;
  /** Datagrams that answer nothing that is in flight. */
  unmatched: number;
  /** Answers that are no RADIUS packet, or hold values that cannot be. */
  malformed: number;
  /** Answers that whoever knows the secret did not make. */
  forged: number;
}

/** What is known about one server. */
export interface ServerStatus extends Readonly<ServerCounters> {
  readonly name: string;
  readonly state: 'up' | 'dead';
  readonly inFlight: number;
  /** Smoothed time of an answer in ms; `undefined` before the first. */
  readonly latency: number | undefined;
}

/** A server and what is in flight to it. */
export class Server<P> {
  readonly index: number;
  /** May change while requests are in flight, but for the name and the secret. */
  options: ServerOptions;
  readonly inFlight = new Identifiers<P>();
  readonly pace = new Pace<P>();
  readonly counters: ServerCounters = {
    requests: 0,
    repetitions: 0,
    accepts: 0,
    rejects: 0,
    challenges: 0,
    accounted: 0,
    timeouts: 0,
    unmatched: 0,
    malformed: 0,
    forged: 0,
  };
  /** Until when it is left alone; `undefined` while it is up. */
  deadUntil: number | undefined;
  /** When it is asked for signs of life next, while it is dead. */
  probeAt: number | undefined;
  /** When it is forgotten, if it is no longer one of its group; until then it may answer what it was asked. */
  leavesAt: number | undefined;
  /** When its last good answer came. */
  heardAt = -Infinity;
  #latency: number | undefined;

  constructor(index: number, options: ServerOptions) {
    this.index = index;
    this.options = options;
  }

  get dead(): boolean {
    return this.deadUntil !== undefined;
  }

  /** Whether `options` mean this server, with whatever has changed about how it is asked. */
  is({ name, secret }: ServerOptions): boolean {
    return name === this.options.name && Buffer.compare(secret, this.options.secret) === 0;
  }

  noteAnswer(took: number, now: number): void {
    this.heardAt = now;
    this.#latency = this.#latency === undefined ? took : this.#latency + (took - this.#latency) / 8;
  }

  status(): ServerStatus {
    return {
      name: this.options.name,
      state: this.dead ? 'dead' : 'up',
      inFlight: this.inFlight.used,
      latency: this.#latency,
      ...this.counters,
    };
  }
}
