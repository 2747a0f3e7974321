/** What did not come about: a session that failed, a call that was refused, a log-in that was. */
export interface Failure {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** One of a bounded set of names. */
  readonly cause: string;
  readonly text: string;
  readonly user: string | undefined;
  readonly peerAddress: string;
  /** Of the session, where there was one. */
  readonly sessionId: string | undefined;
}

/** Minutes of the count by cause that the dashboard shows. */
const minutes = 60;
/** Causes beyond this number are counted as `other`: the names come from fixed tables, and this keeps it so. */
const mostCauses = 64;

/** Counts failures by cause, in all and over the last hour. */
export class FailureCounts {
  readonly #total = new Map<string, number>();
  /** By minute of the hour. */
  readonly #byMinute = Array.from({ length: minutes }, () => ({
    minute: -1,
    counts: new Map<string, number>(),
  }));
  #sum = 0;

  /** Failures since the start. */
  get sum(): number {
    return this.#sum;
  }

  count(cause: string, time: number): void {
    const name = this.#total.has(cause) || this.#total.size < mostCauses ? cause : 'other';
    this.#sum += 1;
    increment(this.#total, name);
    const minute = Math.floor(time / 60_000);
    const slot = this.#byMinute[minute % minutes];
    if (slot === undefined) return;
    if (slot.minute !== minute) {
      slot.minute = minute;
      slot.counts.clear();
    }
    increment(slot.counts, name);
  }

  /** Since the start, and in the 60 minutes before `time`; the most frequent first. */
  byCause(time: number): { readonly cause: string; readonly total: number; readonly lastHour: number }[] {
    const oldest = Math.floor(time / 60_000) - minutes;
    const lastHour = new Map<string, number>();
    for (const { minute, counts } of this.#byMinute) {
      if (minute <= oldest) continue;
      for (const [cause, count] of counts) increment(lastHour, cause, count);
    }
    return [...this.#total]
      .map(([cause, total]) => ({ cause, total, lastHour: lastHour.get(cause) ?? 0 }))
      .sort((a, b) => b.lastHour - a.lastHour || b.total - a.total);
  }
}

const increment = (map: Map<string, number>, key: string, by = 1): void =>
  void map.set(key, (map.get(key) ?? 0) + by);
