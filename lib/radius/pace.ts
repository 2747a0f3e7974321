/** Unanswered requests that a server can be sure to hold while it works on the first of them. */
const burst = 128;
/** When so many of them are answered, as many others leave together: one by one they would cost either side more. */
const batch = 32;
/** How long a server has to be quiet, in ms, before a further burst goes to it all the same. */
const patience = 20;

/**
 * When requests leave for one server. Hundreds at once overflow its receive buffer (Linux's default holds some 160),
 * and what is lost there waits for a whole time-out. So beyond a burst requests leave as answers come; a server that takes
 * its time gets further bursts meanwhile, so that any number can be in flight to it.
 */
export class Pace<P> {
  /** In the order in which they came. */
  readonly #waiting = new Set<P>();
  #credit = burst;
  /** When it was last known how much the server has to do. */
  #since = -Infinity;

  /** When to call {@link Pace.takeDue}; `undefined` while nothing waits. */
  get deadline(): number | undefined {
    return this.#waiting.size === 0 ? undefined : this.#since + patience;
  }

  /** @returns whether the request may leave now; else it waits */
  admit(request: P, now: number): boolean {
    if (now >= this.#since + patience) this.#refill(now);
    if (this.#credit === 0 || this.#waiting.size > 0) {
      this.#waiting.add(request);
      return false;
    }
    this.#credit -= 1;
    return true;
  }

  /** The server has answered. */
  noteAnswer(now: number): void {
    this.#since = now;
    this.#credit = Math.min(burst, this.#credit + 1);
  }

  /** @returns the requests that may leave now */
  takeDue(now: number): P[] {
    if (now >= this.#since + patience) this.#refill(now);
    const due: P[] = [];
    if (this.#credit < batch) return due;
    for (const request of this.#waiting) {
      if (this.#credit === 0) break;
      this.#credit -= 1;
      this.#waiting.delete(request);
      due.push(request);
    }
    return due;
  }

  /** The request is not to be sent any more. */
  forget(request: P): void {
    this.#waiting.delete(request);
  }

  #refill(now: number): void {
    this.#credit = burst;
    this.#since = now;
  }
}
