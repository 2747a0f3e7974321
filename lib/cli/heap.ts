import { setFlagsFromString } from 'node:v8';

// Evaluated before any other module of ours: so small a space is not worth waking other threads for.
setFlagsFromString('--no-parallel-scavenge');

/**
 * For a process with many sessions, once it is loaded. All of it can be set in a running process, unlike
 * --max-semi-space-size.
 */
export function settleHeap(): void {
  // The young generation stays as large as loading has made it (2 x 8 MB): most that a call needs for its set-up dies
  // there. At V8's first size (2 x 1 MB) it would be moved out and take new memory, at its last it would only cost memory.
  setFlagsFromString('--semi-space-growth-factor=1');
  // What did get out is collected before the heap has doubled.
  setFlagsFromString('--heap-growing-percent=30');
}
