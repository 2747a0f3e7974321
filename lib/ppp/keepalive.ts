/**
 * Deadlines are put off to the next multiple of this, in ms, where the interval is long enough not to care: the echo
 * requests of thousands of idle links leave together, and their replies arrive together, instead of one by one.
 */
const slot = 1000;
const shortestSlotted = 5000;

/** After a request without an answer the next one does not wait for longer than this, in ms. */
const longestDoubt = 10_000;

/**
 * LCP echo of one link (RFC 1661 section 5.8), sent only while nothing else is heard of the peer. Its deadline moves
 * when it fires, not with each sign of life, so that a busy session costs its driver no timer work.
 */
export class Keepalive {
  readonly #interval: number;
  #deadline: number;
  #lastActivity: number;
  #unanswered = 0;

  /** @param interval milliseconds of silence before a request */
  constructor(interval: number, now: number) {
    this.#interval = interval;
    this.#lastActivity = now;
    this.#deadline = slotted(now + interval, interval);
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** The peer has been heard. */
  noteActivity(now: number): void {
    if (now > this.#lastActivity) this.#lastActivity = now;
    if (this.#unanswered === 0) return;
    this.#unanswered = 0;
    this.#deadline = slotted(this.#lastActivity + this.#interval, this.#interval);
  }

  /** What is due: nothing, a request, or to give the peer up after `failures` requests without an answer. */
  handleTimeout(now: number, failures: number): 'nothing' | 'request' | 'dead' {
    if (now < this.#deadline) return 'nothing';
    const interval = this.#interval;
    if (this.#unanswered === 0 && now < this.#lastActivity + interval) {
      this.#deadline = slotted(this.#lastActivity + interval, interval);
      return 'nothing';
    }
    if (this.#unanswered >= failures) return 'dead';
    this.#unanswered++;
    this.#deadline = slotted(now + Math.min(interval, longestDoubt), interval);
    return 'request';
  }
}

const slotted = (deadline: number, interval: number): number =>
  interval < shortestSlotted ? deadline : Math.ceil(deadline / slot) * slot;
