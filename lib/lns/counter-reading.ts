import type { StatsTable } from '../kernel/index.js';

/** The kernel's counters at one moment. */
export interface CounterReading {
  /** Of interfaces, by their `statsKey`. */
  readonly interfaces: StatsTable;
  /** Of L2TP sessions, by their `statsKey`; empty while no subscriber is carried on. */
  readonly sessions: StatsTable;
  /** Monotonic ms. */
  readonly readAt: number;
}
