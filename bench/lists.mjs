// @ts-check
// How long lists of sessions take, and how long the event loop stands still for them. Needs no kernel: the sessions
// come by UDP on loopback, and have no interfaces.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Lns, NullDataPlane } from '../dist/index.js';
import { ApiServer } from '../dist/server/api/server.js';
import { Drain } from '../dist/server/drain.js';
import { Telemetry } from '../dist/server/telemetry/index.js';

const rounds = 20;
/** Ms between two looks of the monitor, which are no delay. */
const resolution = 1;
const queries = {
  'all sessions': '',
  'a page': '?limit=100&offset=5000',
  'one user': '?user=load7777',
  'a search': '?search=d77&limit=100',
  'the busiest': '?sort=-rate&limit=20',
};

/** @param {string} socketPath @param {string} query @returns {Promise<number>} ms until the last octet */
function ask(socketPath, query) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    request({ socketPath, path: `/api/v1/sessions${query}` }, (response) => {
      response.resume().on('end', () => resolve(performance.now() - began));
    })
      .on('error', reject)
      .end();
  });
}

/** @param {readonly number[]} times */
const summary = (times) => {
  const sorted = times.toSorted((a, b) => a - b);
  return { half: sorted[sorted.length >> 1] ?? 0, most: sorted.at(-1) ?? 0 };
};

if (process.argv[2] === 'client') {
  const [, , , socketPath = '', query = ''] = process.argv;
  // What is compiled in the first rounds is no list.
  for (let i = 0; i < 10; i++) await ask(socketPath, query);
  process.stdout.write('warm\n');
  const times = [];
  for (let i = 0; i < rounds; i++) times.push(await ask(socketPath, query));
  process.stdout.write(JSON.stringify(summary(times)));
} else {
  const size = Number(process.argv[2] ?? 10_000);
  const folder = mkdtempSync(join(tmpdir(), 'bench-lists-'));
  const options = {
    listen: '127.0.0.1:27017',
    ppp: { localAddress: '10.64.0.1' },
    pools: { main: ['10.65.0.0/16'] },
    users: { '*': { password: 'pass' } },
  };
  const lns = new Lns(options, { dataPlane: new NullDataPlane() });
  await lns.start();
  const telemetry = new Telemetry(lns);
  const quiet = () => undefined;
  const log = { isLevelEnabled: () => false, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: console.error };
  const api = new ApiServer(/** @type {any} */ ({ lns, telemetry, drain: new Drain(lns, telemetry.feed), log }), log);
  const socket = join(folder, 'api.sock');
  await api.listen(socket);
  const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const port = lns.addresses()[0]?.port;
  const load = spawn(process.execPath, [main, 'load', '--json', '--lns', `127.0.0.1:${port}`, '--sessions', `${size}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(load.stdout, 'data');
  process.stdout.write(`${lns.statistics().sessionsUp} sessions up, Node ${process.version}; ms of ${rounds} requests\n`);
  for (const [name, query] of Object.entries(queries)) {
    const delay = monitorEventLoopDelay({ resolution });
    const client = spawn(process.execPath, [fileURLToPath(import.meta.url), 'client', socket, query]);
    await once(client.stdout, 'data');
    delay.enable();
    const [output] = await once(client.stdout, 'data');
    const { half, most } = JSON.parse(String(output));
    delay.disable();
    const beyond = (/** @type {number} */ nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolution).toFixed(1);
    process.stdout.write(
      `${name.padEnd(14)} half within ${half.toFixed(1).padStart(6)}, all within ${most.toFixed(1).padStart(6)}; ` +
        `event loop late by ${beyond(delay.percentile(99))} at 99 %, ${beyond(delay.max)} at most\n`,
    );
  }
  load.kill('SIGTERM');
  await once(load, 'exit');
  await api.close();
  await lns.close();
  rmSync(folder, { recursive: true });
}
