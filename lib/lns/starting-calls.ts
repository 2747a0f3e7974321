/** A call that has not come up after so long, in ms, waits for its peer and not for us: it gives its place to another. */
export const placeTime = 3000;

/**
 * Lets so many calls start at once; further ones wait, in the order in which they came, and begin as others finish. What
 * starts so finishes while PPP is still patient, however many come at once and however slow the machine is. Who does not
 * go on keeps its place for {@link placeTime} only.
 */
export class StartingCalls<T extends object> {
  /** Calls at once; another limit counts from the next call on. */
  limit: number;
  /** When each began, in that order. */
  readonly #starting = new Map<T, number>();
  readonly #waiting = new Map<T, () => void>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs `begin` at once, or when it is the call's turn. */
  enter(call: T, begin: () => void, now: number): void {
    this.#waiting.set(call, begin);
    this.#beginMore(now);
  }

  /** The call is up, or over, or waits for somebody else, such as a RADIUS server. */
  leave(call: T, now: number): void {
    this.#waiting.delete(call);
    if (this.#starting.delete(call)) this.#beginMore(now);
  }

  /** The call goes on after it has left, beyond the limit where its place is taken. */
  resume(call: T, now: number): void {
    this.#starting.set(call, now);
  }

  /** When the next place comes free at the latest; `undefined` while nobody waits. */
  pollTimeout(): number | undefined {
    if (this.#waiting.size === 0) return undefined;
    for (const began of this.#starting.values()) return began + placeTime;
    return undefined;
  }

  handleTimeout(now: number): void {
    for (const [call, began] of this.#starting) {
      if (began + placeTime > now) break;
      this.#starting.delete(call);
    }
    this.#beginMore(now);
  }

  #beginMore(now: number): void {
    for (const [call, begin] of this.#waiting) {
      if (this.#starting.size >= this.limit) return;
      this.#waiting.delete(call);
      this.#starting.set(call, now);
      begin();
    }
  }
}
