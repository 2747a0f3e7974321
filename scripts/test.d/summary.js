// Reads what the test runs left behind, prints one line each, and ends with the sum of all.
// usage: node summary.js RUNS, where each line of the file RUNS is: label, tiers, exit status, seconds, report
import { existsSync, readFileSync } from 'node:fs';

const runs = readFileSync(process.argv[2], 'utf8').trim().split('\n').filter(Boolean);
const total = { passed: 0, failed: 0, skipped: 0 };
const complaints = [];
/** Tests that ran, by tier and by where, all shares of the files together. */
const ran = new Map();

/** Counts of one vitest JSON report; a file that could not even be loaded counts as one failure. */
function count(report, tier) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    if (!file.name.includes(`/test/${tier}/`)) continue;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') sum.passed += 1;
      else if (test.status === 'failed') {
        sum.failed += 1;
        const [reason = ''] = (test.failureMessages[0] ?? '').split('\n');
        complaints.push(`${file.name} > ${test.fullName}: ${reason}`);
      } else sum.skipped += 1;
    }
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      sum.failed += 1;
      complaints.push(`${file.name}: did not load, or failed outside of a test`);
    }
  }
  return sum;
}

console.log('');
for (const run of runs) {
  const [label, tiers, status, seconds, path] = run.split('\t');
  const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  let failedHere = 0;
  for (const tier of tiers.split(',')) {
    const sum = report === undefined ? { passed: 0, failed: 0, skipped: 0 } : count(report, tier);
    if (report !== undefined) {
      const place = `${tier} on ${label.replace(/ \d+\/\d+$/, '')}`;
      ran.set(place, (ran.get(place) ?? 0) + sum.passed + sum.failed);
    }
    console.log(
      `${tier.padEnd(7)} ${label.padEnd(14)} ${String(sum.passed).padStart(6)} passed ${String(sum.failed).padStart(5)} failed` +
        `${sum.skipped > 0 ? ` ${String(sum.skipped).padStart(5)} skipped` : ''}   (run of ${seconds} s)`,
    );
    failedHere += sum.failed;
    for (const key of Object.keys(total)) total[key] += sum[key];
  }
  if (status !== '0' && failedHere === 0) {
    complaints.push(
      status === '124'
        ? `${tiers} on ${label}: did not end within its time limit`
        : `${tiers} on ${label}: ended with status ${status} though no single test failed (see above)`,
    );
    total.failed += 1;
  }
}
for (const [place, tests] of ran) {
  if (tests > 0) continue;
  complaints.push(`${place}: no test ran`);
  total.failed += 1;
}
for (const complaint of complaints) console.log(`failed: ${complaint}`);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = total.failed > 0 ? 1 : 0;
