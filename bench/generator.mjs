// @ts-check
// The generator of `kernel-l2tp load`, for one number of sessions after the other in one process. Reads a line of JSON
// for each step ({"up":N} or {"down":true}), and prints one when it is done. Options: argv[2], as JSON.
import { createInterface } from 'node:readline';
import { settleHeap } from '../dist/cli/heap.js';
import { networkIo } from '../dist/io/index.js';
import { LoadGenerator } from '../dist/load/index.js';

settleHeap();
const options = JSON.parse(process.argv[2] ?? '{}');
const print = (/** @type {object} */ report) => void process.stdout.write(`${JSON.stringify(report)}\n`);

/** @type {LoadGenerator | undefined} */
let generator;
for await (const line of createInterface({ input: process.stdin })) {
  const { up: sessions } = JSON.parse(line);
  if (sessions !== undefined) {
    generator = new LoadGenerator({ ...options, sessions }, { io: networkIo() });
    print({ event: 'up', ...(await generator.setUp()) });
  } else if (generator !== undefined) {
    const report = await generator.hangUp();
    await generator.close();
    print({ event: 'down', ...report, lost: generator.lost });
  }
}
