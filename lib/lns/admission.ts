import type { CallRate } from './options.js';

/** Calls let through at a long-run rate with bursts (token bucket). */
export class CallRateLimiter {
  readonly #perMillisecond: number;
  readonly #burst: number;
  #tokens: number;
  #updatedAt: number;

  constructor(rate: CallRate, now: number) {
    this.#perMillisecond = rate.perSecond / 1000;
    this.#burst = Math.max(1, rate.burst ?? rate.perSecond);
    this.#tokens = this.#burst;
    this.#updatedAt = now;
  }

  /** Takes one call's token, or says that there is none. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#updatedAt) * this.#perMillisecond);
    this.#updatedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** A bound on sessions with, optionally, a rate of calls: of the server, of a LAC profile or of a tunnel. */
export class SessionQuota {
  readonly #name: string;
  readonly #limit: number;
  readonly #rate: CallRateLimiter | undefined;
  #used = 0;

  constructor(name: string, limit: number, rate?: CallRateLimiter) {
    this.#name = name;
    this.#limit = limit;
    this.#rate = rate;
  }

  get used(): number {
    return this.#used;
  }

  /** Why another session may not start, or `undefined` when it may. Takes a token of the rate when it may. */
  refusal(now: number): string | undefined {
    if (this.#used >= this.#limit) return `${this.#name}: limit of ${this.#limit} sessions reached`;
    if (this.#rate !== undefined && !this.#rate.take(now)) return `${this.#name}: call rate exceeded`;
    return undefined;
  }

  enter(): void {
    this.#used += 1;
  }

  leave(): void {
    this.#used -= 1;
  }
}
