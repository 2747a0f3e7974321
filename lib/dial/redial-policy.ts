import type { Random } from '../wire/index.js';
import type { DialFailure } from './failure.js';

/** When to dial again. Times are in ms. */
export interface RedialOptions {
  /** Dial again after a failure or the loss of the link; else the first end is the last. */
  readonly persist: boolean;
  /** The first wait. */
  readonly first: number;
  /** The longest wait. */
  readonly cap: number;
  /** Tries in a row without success before the dialler gives up; 0 never does. */
  readonly maxTries: number;
}

/** How long a link has to have been up for the waits to begin anew, in ms. */
const stableTime = 30_000;

/**
 * Waits between tries: each is twice the one before, up to the longest, and random between its half and its whole, so
 * that thousands of clients whose LNS comes back do not come at once. Pure.
 */
export class RedialPolicy {
  readonly #options: RedialOptions;
  readonly #random: Random;
  /** Tries in a row that never came up. */
  #failures = 0;
  #waits = 0;
  #everUp = false;

  /** @throws RangeError for waits that are no waits */
  constructor(options: RedialOptions, random: Random) {
    const { first, cap, maxTries } = options;
    if (!(first > 0 && cap >= first)) throw new RangeError('redial needs first > 0 and cap >= first');
    if (!Number.isInteger(maxTries) || maxTries < 0)
      throw new RangeError('redial: max tries must be 0 or more');
    this.#options = options;
    this.#random = random;
  }

  /**
   * A try has ended.
   * @param upFor how long the link was up in ms; `undefined` when it never was
   * @returns the wait before the next try in ms; `undefined` to give up
   */
  next(failure: DialFailure, upFor: number | undefined): number | undefined {
    const { persist, first, cap, maxTries } = this.#options;
    if (upFor === undefined) {
      this.#failures += 1;
    } else {
      this.#everUp = true;
      this.#failures = 0;
      if (upFor >= stableTime) this.#waits = 0;
    }
    if (!persist) return undefined;
    // A log-in that never succeeded will not by being repeated, and may lock the account.
    if (failure.stage === 'authentication' && !this.#everUp) return undefined;
    if (maxTries > 0 && this.#failures >= maxTries) return undefined;
    const wait = Math.min(cap, first * 2 ** Math.min(this.#waits, 30));
    this.#waits += 1;
    return wait / 2 + this.#random.below(Math.floor(wait / 2) + 1);
  }
}
