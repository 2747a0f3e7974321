/** Load: many callers at once against an LNS, and what it took them. */
export {
  LoadGenerator,
  type LoadDependencies,
  type LoadOptions,
  type RepeatCounts,
  type SetUpReport,
  type TearDownReport,
} from './load-generator.js';
export type { LatencySummary } from './latencies.js';
