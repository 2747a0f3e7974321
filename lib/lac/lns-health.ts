/** How long an LNS is left alone, in ms. */
export interface RetryOptions {
  /** After the first failure; it doubles with each further one. */
  readonly first: number;
  readonly cap: number;
}

/**
 * Whether an LNS may have calls: the busy list's entry of one LNS. After a failure it is set aside; when that time is
 * over one call tries it, and the others follow if the LNS answers.
 */
export class LnsHealth {
  readonly #retry: RetryOptions;
  #aside: { readonly until: number; readonly reason: string } | undefined;
  #asideFor = 0;
  #onTrial = false;

  constructor(retry: RetryOptions) {
    this.#retry = retry;
  }

  /** Monotonic ms until which it is left alone, and why; `undefined` while nothing is known against it. */
  get aside(): { readonly until: number; readonly reason: string } | undefined {
    return this.#aside;
  }

  /** It may have a call now. */
  isAvailable(now: number): boolean {
    return this.#aside === undefined || (this.#aside.until <= now && !this.#onTrial);
  }

  /** It has failed. Further failures while it is set aside are the same one, seen by other callers. */
  setAside(reason: string, now: number): void {
    const known = this.#aside !== undefined && this.#aside.until > now && !this.#onTrial;
    if (!known) {
      this.#asideFor = Math.min(
        this.#retry.cap,
        this.#asideFor === 0 ? this.#retry.first : this.#asideFor * 2,
      );
      this.#aside = { until: now + this.#asideFor, reason };
    }
    this.#onTrial = false;
  }

  /** A call goes to it. */
  beginCall(): void {
    if (this.#aside !== undefined) this.#onTrial = true;
  }

  /** A call that went to it was withdrawn before anything was known. */
  withdrawCall(): void {
    this.#onTrial = false;
  }

  /** It has answered. */
  recover(): void {
    this.#aside = undefined;
    this.#asideFor = 0;
    this.#onTrial = false;
  }
}
