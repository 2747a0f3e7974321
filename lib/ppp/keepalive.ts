/**
 * LCP echo of one link (RFC 1661 section 5.8), sent only while nothing else is heard of the peer. Its deadline moves
 * when it fires, not with each sign of life, so that a busy session costs its driver no timer work.
 */
export class Keepalive {
  #deadline: number;
  #lastActivity: number;
  #unanswered = 0;

  /** @param interval milliseconds of silence before a request */
  constructor(interval: number, now: number) {
    this.#lastActivity = now;
    this.#deadline = now + interval;
  }

  get deadline(): number {
    return this.#deadline;
  }

  /** The peer has been heard. */
  noteActivity(now: number): void {
    if (now > this.#lastActivity) this.#lastActivity = now;
    this.#unanswered = 0;
  }

  /** What is due: nothing, a request, or to give the peer up after `failures` requests without an answer. */
  handleTimeout(now: number, interval: number, failures: number): 'nothing' | 'request' | 'dead' {
    if (now < this.#deadline) return 'nothing';
    if (this.#unanswered === 0 && now < this.#lastActivity + interval) {
      this.#deadline = this.#lastActivity + interval;
      return 'nothing';
    }
    if (this.#unanswered >= failures) return 'dead';
    this.#unanswered++;
    this.#deadline = now + interval;
    return 'request';
  }
}
