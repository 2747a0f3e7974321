import {
  AuthClient,
  type AuthClientOptions,
  type AuthMethod,
  type AuthOutcome,
  type AuthResult,
  AuthServer,
  type AuthServerOptions,
  type Credentials,
  EapMd5Verifier,
  verify,
} from '../../../lib/ppp/auth/index.js';
import type { Random } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';

export const METHODS: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'];

export interface Link {
  /** Chance of a packet to be lost, to be doubled. */
  readonly loss: number;
  readonly duplication: number;
  /** One-way delay in ms: fixed, and at most so much more. */
  readonly latency: number;
  readonly jitter: number;
}

export const CLEAN: Link = { loss: 0, duplication: 0, latency: 10, jitter: 0 };

export interface PairOptions {
  readonly method: AuthMethod;
  readonly seed?: number;
  readonly link?: Link;
  readonly user?: string;
  /** What the client says, and what the server knows. */
  readonly password?: string;
  readonly known?: string;
  readonly server?: Partial<AuthServerOptions>;
  readonly client?: Partial<AuthClientOptions>;
  /** Time that the verifier takes, in ms. */
  readonly verification?: number;
  readonly check?: (credentials: Credentials) => AuthResult;
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: (now: number) => void;
}

/** A server and a client on a bad line, in virtual time. */
export class Pair {
  readonly server: AuthServer;
  readonly client: AuthClient;
  readonly serverOutcomes: AuthOutcome[] = [];
  readonly clientOutcomes: AuthOutcome[] = [];
  readonly sent: { readonly from: 'server' | 'client'; readonly packet: Uint8Array; readonly at: number }[] =
    [];
  now = 1000;
  readonly #link: Link;
  readonly #random: Random;
  readonly #options: PairOptions;
  readonly #check: (credentials: Credentials) => AuthResult;
  #happenings: Happening[] = [];
  #order = 0;

  constructor(options: PairOptions) {
    const { method, seed = 1, link = CLEAN, user = 'alice', password = 'wonder', known = password } = options;
    this.#options = options;
    this.#link = link;
    this.#random = seededRandom(seed);
    const retransmit = { interval: 3000, tries: 10 };
    this.server = new AuthServer(
      { method, localName: 'lns', retransmit, ...options.server },
      seededRandom(seed + 1),
    );
    this.client = new AuthClient(
      { method, user, password, retransmit, ...options.client },
      seededRandom(seed + 2),
    );
    const eap = new EapMd5Verifier({ password: () => known, localName: 'lns' }, seededRandom(seed + 3));
    this.#check =
      options.check ??
      ((credentials) =>
        credentials.method === 'eap' ? eap.verify(credentials) : verify(credentials, known));
  }

  start(): this {
    this.server.start(this.now);
    this.client.start(this.now);
    this.#drain();
    return this;
  }

  /** Runs until nothing is left to happen, or `limit` ms have gone by. */
  run(limit = 600_000): this {
    const end = this.now + limit;
    for (;;) {
      const next = this.#happenings[0]?.at ?? Infinity;
      const timeout = Math.min(this.server.pollTimeout() ?? Infinity, this.client.pollTimeout() ?? Infinity);
      const at = Math.min(next, timeout);
      if (at > end) return this;
      this.now = Math.max(at, this.now);
      if (next <= timeout) {
        this.#happenings.shift()?.run(this.now);
      } else {
        this.server.handleTimeout(this.now);
        this.client.handleTimeout(this.now);
      }
      this.#drain();
    }
  }

  #after(delay: number, run: (now: number) => void): void {
    this.#happenings.push({ at: this.now + delay, order: this.#order++, run });
    this.#happenings.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  #drain(): void {
    for (let out = this.server.pollTransmit(); out; out = this.server.pollTransmit()) {
      const { protocol, packet } = out;
      this.#carry('server', packet, (now) => {
        this.client.handlePacket(protocol, packet, now);
      });
    }
    for (let out = this.client.pollTransmit(); out; out = this.client.pollTransmit()) {
      const { protocol, packet } = out;
      this.#carry('client', packet, (now) => {
        this.server.handlePacket(protocol, packet, now);
      });
    }
    for (let out = this.server.pollOutcome(); out; out = this.server.pollOutcome()) {
      this.serverOutcomes.push(out);
      if (out.kind === 'credentials') {
        const { credentials } = out;
        this.#after(this.#options.verification ?? 0, (now) => {
          this.server.handleResult(this.#check(credentials), now);
        });
      } else if (out.kind === 'success' && this.#options.method === 'eap') {
        // The server goes on to the network phase; its repeated requests there reach the client in the end.
        this.#after(10 * this.#link.latency + 100, () => {
          this.client.handleLowerLayerSuccess();
        });
      }
    }
    for (let out = this.client.pollOutcome(); out; out = this.client.pollOutcome()) {
      this.clientOutcomes.push(out);
      // The client goes on to the network phase, and its requests there reach the server in the end.
      if (out.kind === 'success') {
        this.#after(this.#link.latency, () => {
          this.server.handlePeerProgress();
        });
      }
    }
  }

  #carry(from: 'server' | 'client', packet: Uint8Array, deliver: (now: number) => void): void {
    this.sent.push({ from, packet, at: this.now });
    const copies = this.#chance(this.#link.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.#chance(this.#link.loss)) continue;
      const jitter = this.#link.jitter > 0 ? this.#random.below(this.#link.jitter) : 0;
      this.#after(this.#link.latency + jitter, deliver);
    }
  }

  #chance(probability: number): boolean {
    return this.#random.below(1_000_000) < probability * 1_000_000;
  }

  /** The ends of both sides, without the credentials on the way. */
  get ends(): readonly [AuthOutcome | undefined, AuthOutcome | undefined] {
    return [
      this.serverOutcomes.filter((outcome) => outcome.kind !== 'credentials').at(-1),
      this.clientOutcomes.at(-1),
    ];
  }
}
