import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));
const SESSIONS = 200;

/**
 * Of the floor's rate, with an LNS and a generator that have just started on a machine that does other things too:
 * ten times less than what such a run usually reaches.
 */
const FAR_OFF = 0.005;

interface Result {
  readonly sessions: readonly {
    readonly ratio: number;
    readonly lns: {
      readonly sessions: number;
      readonly failed: number;
      readonly interfaces: number;
      readonly descriptors: number;
      readonly firstComplaints: readonly string[];
    };
  }[];
}

test(`${SESSIONS} sessions, with the kernel's own work beside them`, () => {
  const folder = mkdtempSync(`${tmpdir()}/kernel-l2tp-bench-`);
  try {
    for (const program of ['floor', 'blast']) {
      execFileSync('cc', ['-O2', '-pthread', '-o', `${folder}/${program}`, `${bench}${program}.c`]);
    }
    const argv = [
      `${bench}main.mjs`,
      '--sizes',
      String(SESSIONS),
      '--warm-up',
      '0',
      '--idle',
      '0',
      '--programs',
      folder,
    ];
    const output = `${folder}/result.json`;
    const table = execFileSync(process.execPath, [...argv, '--output', output], { encoding: 'utf8' });
    console.log(table.slice(0, table.indexOf('{')));
    const [result] = (JSON.parse(readFileSync(output, 'utf8')) as Result).sessions;
    expect(result?.lns).toMatchObject({
      sessions: SESSIONS,
      failed: 0,
      interfaces: SESSIONS,
      firstComplaints: [],
    });
    // One for the tunnel, and those that stay open from their first use on.
    expect(result?.lns.descriptors).toBeLessThan(3 + 10 / SESSIONS);
    expect(result?.ratio).toBeGreaterThan(FAR_OFF);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
