// @ts-check
// What reading the counters of many interfaces at once costs the process, threads and kernel work included.
import { execFileSync } from 'node:child_process';
import { KernelDataPlane } from '../dist/kernel/index.js';

const rounds = 20;
/** The LNS reads them so often, in s. */
const interval = 10;

/** @param {{ sizes: number[], say: (line: string) => void }} options */
export async function benchCounters({ sizes, say }) {
  const plane = new KernelDataPlane();
  const results = [];
  let made = 0;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    const lines = [];
    while (made < size) lines.push(`link add count${made++} type ifb`);
    execFileSync('ip', ['-batch', '-'], { input: lines.join('\n') });
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round++) await plane.interfaceStats();
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000 / rounds;
    const every = (/** @type {number} */ seconds) => milliseconds / seconds / 10;
    results.push({ size, milliseconds, percentAt60s: every(60), percentAsServer: every(interval) });
    say(
      `${size} interfaces: ${milliseconds.toFixed(1)} ms of processor time a reading: ` +
        `${every(60).toFixed(2)} % of a core every 60 s, ${every(interval).toFixed(2)} % every ${interval} s`,
    );
  }
  execFileSync('ip', ['-batch', '-'], {
    input: Array.from({ length: made }, (_, index) => `link del count${index}`).join('\n'),
  });
  return results;
}
