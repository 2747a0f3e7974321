/** How long something took, in ms: the values that half, 95 % and 99 % of all stayed under, and the longest. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Collects durations. */
export class Latencies {
  readonly #values: number[] = [];

  /** @param milliseconds how long one took */
  add(milliseconds: number): void {
    this.#values.push(milliseconds);
  }

  /** All zero while there is nothing. */
  summary(): LatencySummary {
    const sorted = Float64Array.from(this.#values).sort();
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  }
}
