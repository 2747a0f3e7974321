import type { LimitName } from './limits.js';
import type { CallRate } from './options.js';

/** Why something is refused, and the limit that it would exceed. */
export interface LimitRefusal {
  readonly text: string;
  readonly limit: LimitName;
}

/** Calls let through at a long-run rate with bursts (token bucket). */
export class CallRateLimiter {
  readonly perSecond: number;
  /** Calls that may come at once. */
  readonly burst: number;
  #tokens: number;
  #updatedAt: number;

  constructor(rate: CallRate, now: number) {
    this.perSecond = rate.perSecond;
    this.burst = Math.max(1, rate.burst ?? rate.perSecond);
    this.#tokens = this.burst;
    this.#updatedAt = now;
  }

  /** Takes one call's token, or says that there is none. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How much of the burst is used up. */
  used(now: number): number {
    this.#refill(now);
    return Math.round(this.burst - this.#tokens);
  }

  #refill(now: number): void {
    const gained = ((now - this.#updatedAt) * this.perSecond) / 1000;
    this.#tokens = Math.min(this.burst, this.#tokens + gained);
    this.#updatedAt = now;
  }
}

/** A bound on sessions with, optionally, a rate of calls: of the server, of a LAC profile or of a tunnel. */
export class SessionQuota {
  readonly limit: number;
  readonly rate: CallRateLimiter | undefined;
  readonly #name: string;
  #used = 0;

  /** @param limit sessions at once; no bound, where absent */
  constructor(name: string, limit: number | undefined, rate?: CallRateLimiter) {
    this.#name = name;
    this.limit = limit ?? Infinity;
    this.rate = rate;
  }

  get used(): number {
    return this.#used;
  }

  /** Whether there is a bound on the sessions. */
  get bounded(): boolean {
    return this.limit !== Infinity;
  }

  /** Why another session may not start, or `undefined` when it may. Takes a token of the rate when it may. */
  refusal(now: number): LimitRefusal | undefined {
    if (this.#used >= this.limit) {
      return { text: `${this.#name}: limit of ${this.limit} sessions reached`, limit: 'maxSessions' };
    }
    if (this.rate !== undefined && !this.rate.take(now)) {
      return { text: `${this.#name}: call rate exceeded`, limit: 'callRate' };
    }
    return undefined;
  }

  enter(): void {
    this.#used += 1;
  }

  leave(): void {
    this.#used -= 1;
  }
}
