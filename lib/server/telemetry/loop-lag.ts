import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** ms between looks at the event loop. Each wakes the process, which has little else to do. */
const resolution = 500;

/** How late the event loop was, in ms. */
export interface LoopLateness {
  readonly mean: number;
  readonly max: number;
}

/** Looks at how late the event loop gets to what is due. */
export class LoopLag {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution });
  #latest: LoopLateness = { mean: 0, max: 0 };

  /** Of the time between the last two calls of {@link take}. */
  get latest(): LoopLateness {
    return this.#latest;
  }

  start(): void {
    this.#delays.enable();
  }

  stop(): void {
    this.#delays.disable();
  }

  /** Ends the time that is looked at, and begins the next. */
  take(): LoopLateness {
    const { mean, max, count } = this.#delays;
    this.#latest = count === 0 ? { mean: 0, max: 0 } : { mean: late(mean), max: late(max) };
    this.#delays.reset();
    return this.#latest;
  }
}

/** The histogram has nanoseconds from one look to the next. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
