import type { TrafficCounters, TrafficQuota } from '../aaa/index.js';

/** How long a session may last, and how long it may be silent. */
export class SessionLimits {
  #endsAt: number | undefined;
  #activeAt = 0;
  #idleDue = false;

  /** The idle time-out has passed as far as is known: the next look at the counters decides. */
  get idleDue(): boolean {
    return this.#idleDue;
  }

  /** @param seconds 0: never */
  endAfter(seconds: number, now: number): void {
    this.#endsAt = seconds === 0 ? undefined : now + seconds * 1000;
  }

  noteActivity(now: number): void {
    this.#activeAt = now;
    this.#idleDue = false;
  }

  /** @param idleTimeout seconds; 0: none */
  deadline(idleTimeout: number): number | undefined {
    const idleAt = idleTimeout === 0 || this.#idleDue ? undefined : this.#activeAt + idleTimeout * 1000;
    if (idleAt === undefined || this.#endsAt === undefined) return idleAt ?? this.#endsAt;
    return Math.min(idleAt, this.#endsAt);
  }

  /** The deadline has come. @returns whether the session's time is over; else it may have been silent too long */
  handleDeadline(now: number): boolean {
    if (this.#endsAt !== undefined && this.#endsAt <= now) return true;
    // The counters were last read a while ago: traffic since then counts.
    this.#idleDue = true;
    return false;
  }
}

/** Whether a session has used up what it may send and receive. */
export function isOverQuota(quota: TrafficQuota | undefined, { rxBytes, txBytes }: TrafficCounters): boolean {
  if (quota === undefined) return false;
  const { input = Infinity, output = Infinity, total = Infinity } = quota;
  return rxBytes >= input || txBytes >= output || rxBytes + txBytes >= total;
}
