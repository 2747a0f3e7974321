import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

// Evaluated before any other module of ours: so small a space is not worth waking other threads for.
setFlagsFromString('--no-parallel-scavenge');

/** Octets of both halves of the young generation. */
const young = 16 << 20;

/**
 * For a process with many sessions, once it is loaded. All of it can be set in a running process, unlike
 * --max-semi-space-size.
 */
export function settleHeap(): void {
  // What did get out of the young generation is collected before the heap has doubled.
  setFlagsFromString('--heap-growing-percent=30');
  limitYoungGeneration();
  new PerformanceObserver(limitYoungGeneration).observe({ entryTypes: ['gc'] });
}

/**
 * Lets the young generation grow to 2 x 8 MB and no further: most that a call needs for its set-up dies there. At V8's
 * first size (2 x 1 MB), to which it goes back while the process is idle, it would be moved out and take new memory; at
 * its last it would only cost memory.
 */
function limitYoungGeneration(): void {
  const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  const growth = space !== undefined && space.space_size < young ? 2 : 1;
  setFlagsFromString(`--semi-space-growth-factor=${growth}`);
}
