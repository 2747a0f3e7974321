// @ts-check
// Sessions up and down: the LNS beside the floor, for growing numbers of sessions.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { inside, LnsProcess, LoadProcess, namespace, until, usageEach } from './world.mjs';

export const lnsConfig = {
  listen: '0.0.0.0:1701',
  ppp: { 'local-address': '10.64.0.1', auth: ['chap'] },
  pools: { main: ['10.65.0.0/16'] },
  users: { '*': { password: 'pass' } },
};

/**
 * @typedef {object} SessionBench
 * @property {number[]} sizes
 * @property {number} tunnels
 * @property {number} inFlight
 * @property {number} warmUp calls that each LNS has before those that count
 * @property {number} idle seconds with the sessions of the last size up
 * @property {string} floor path of the program
 * @property {string[]} nodeOptions of the LNS process
 * @property {(line: string) => void} say
 */

/** @param {SessionBench} options */
export async function benchSessions(options) {
  const results = [];
  for (const [index, size] of options.sizes.entries()) {
    // Before and after: a machine that does other things too is not as fast all the time.
    const before = runFloor(options.floor, size);
    const lns = await benchSize(options, size, index === options.sizes.length - 1 ? options.idle : 0);
    const floor = meanFloor(before, runFloor(options.floor, size));
    options.say(`floor, ${size} sessions: ${floor.up.perSecond} up/s, ${floor.down.perSecond} down/s`);
    options.say(`LNS, ${size} sessions: ${lns.callsPerSecond.toFixed(0)} calls/s, p99 ${lns.latency.p99} ms`);
    results.push({ size, lns, floor, ratio: lns.callsPerSecond / floor.up.perSecond });
  }
  return results;
}

/**
 * @param {string} program
 * @param {number} size
 */
export function runFloor(program, size) {
  // Waits for grace periods overlap with many threads; one processor has none to wait for.
  const threads = cpus().length > 1 ? 32 : 1;
  return JSON.parse(inside(namespace.floor, [program, String(size), String(threads), 'ptp']));
}

/**
 * Two runs as if they were one.
 * @param {any} one
 * @param {any} other
 */
function meanFloor(one, other) {
  const phase = (/** @type {'up' | 'down'} */ name) => {
    const [a, b] = [one[name], other[name]];
    const mean = (/** @type {string} */ field) => (a[field] + b[field]) / 2;
    const seconds = mean('seconds');
    const perSecond = Math.round((one.sessions / seconds) * 10) / 10;
    return { seconds, perSecond, userMs: mean('userMs'), systemMs: mean('systemMs') };
  };
  return { ...one, up: phase('up'), down: phase('down'), runs: [one, other] };
}

/**
 * @param {SessionBench} options
 * @param {number} size
 * @param {number} idle
 */
async function benchSize(options, size, idle) {
  const lns = await LnsProcess.start(lnsConfig, options.nodeOptions);
  await sleep(1000);
  // What is compiled in the warm-up is memory of the process too.
  const fresh = { rss: lns.rss(), descriptors: lns.descriptors() };
  const load = await LoadProcess.start(lns, size, options);
  const before = { lns: lns.usage(), load: load.usage(), rss: lns.rss() };
  const up = await load.report('up');
  const after = { lns: lns.usage(), load: load.usage() };
  await sleep(2000);
  const rss = lns.rss();
  const descriptors = lns.descriptors();
  const interfaces = lns.interfaces();
  const idleCpu = idle > 0 ? await cpuOver(lns, idle) : undefined;
  const beforeDown = lns.usage();
  const startedAt = Date.now();
  load.hangUp();
  await load.report('down');
  // Not before: who reads a list of thousands of interfaces takes time from those that remove them.
  await until('interfaces are gone', () => lns.interfaces() === 0);
  await until('kernel sessions are gone', () => lns.kernelSessions() === 0);
  const downSeconds = (Date.now() - startedAt) / 1000;
  const afterDown = lns.usage();
  await load.ended();
  const complaints = lns.complaints();
  await lns.stop();
  return {
    ...up,
    interfaces,
    ...usageEach(before.lns, after.lns, size),
    load: usageEach(before.load, after.load, size),
    rssFreshKb: fresh.rss,
    rssIdleKb: before.rss,
    rssKb: (rss - before.rss) / size,
    descriptors: (descriptors - fresh.descriptors) / size,
    down: {
      seconds: downSeconds,
      perSecond: size / downSeconds,
      ...usageEach(beforeDown, afterDown, size),
    },
    ...(idleCpu !== undefined && { idle: { seconds: idle, percentOfACore: idleCpu } }),
    complaints: complaints.length,
    firstComplaints: complaints.slice(0, 3),
  };
}

/**
 * @param {LnsProcess} lns
 * @param {number} seconds
 */
async function cpuOver(lns, seconds) {
  const before = lns.usage();
  const startedAt = performance.now();
  await sleep(seconds * 1000);
  const after = lns.usage();
  return ((after.user + after.system - before.user - before.system) / (performance.now() - startedAt)) * 100;
}
