// @ts-check
// Sessions up and down: the LNS beside the floor, for growing numbers of sessions.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Generator, inside, LnsProcess, namespace, until, usageEach } from './world.mjs';

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
 * @property {number} warmUp calls that the LNS has before those that count
 * @property {number} idle seconds with the sessions of the last size up
 * @property {string} floor path of the program
 * @property {string[]} nodeOptions of the LNS process
 * @property {(line: string) => void} say
 */

/** @param {SessionBench} options */
export async function benchSessions(options) {
  const { lns, generator } = await startPair(lnsConfig, options);
  // What was compiled in the warm-up is memory of the process too. The same for all sizes: what one leaves behind counts.
  const fresh = { rss: lns.rss(), descriptors: lns.descriptors() };
  const results = [];
  for (const [index, size] of options.sizes.entries()) {
    // Before and after: a machine that does other things too is not as fast all the time.
    const before = runFloor(options.floor, size);
    const idle = index === options.sizes.length - 1 ? options.idle : 0;
    const measured = await benchSize(lns, generator, fresh, size, idle);
    const floor = meanFloor(before, runFloor(options.floor, size));
    options.say(`floor, ${size} sessions: ${floor.up.perSecond} up/s, ${floor.down.perSecond} down/s`);
    options.say(`LNS, ${size} sessions: ${measured.callsPerSecond.toFixed(0)} calls/s, p99 ${measured.latency.p99} ms`);
    results.push({ size, lns: measured, floor, ratio: measured.callsPerSecond / floor.up.perSecond });
  }
  await generator.stop();
  await lns.stop();
  return results;
}

/**
 * An LNS and a generator, both warm.
 * @param {object} config of the LNS
 * @param {{ tunnels: number, inFlight: number, warmUp: number, nodeOptions: string[] }} options
 */
export async function startPair(config, options) {
  const lns = await LnsProcess.start(config, options.nodeOptions);
  const generator = new Generator(options);
  if (options.warmUp > 0) {
    await generator.up(options.warmUp);
    await takeDown(lns, generator);
  }
  await sleep(1000);
  return { lns, generator };
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
 * @param {LnsProcess} lns
 * @param {Generator} generator
 * @param {{ rss: number, descriptors: number }} fresh
 * @param {number} size
 * @param {number} idle
 */
async function benchSize(lns, generator, fresh, size, idle) {
  const before = { lns: lns.usage(), load: generator.usage() };
  const complainedBefore = lns.complaints().length;
  const up = await generator.up(size);
  const after = { lns: lns.usage(), load: generator.usage() };
  await sleep(2000);
  const rss = lns.rss();
  const descriptors = lns.descriptors();
  const interfaces = lns.interfaces();
  const idleCpu = idle > 0 ? await idleCost(lns, idle) : undefined;
  const beforeDown = lns.usage();
  const downSeconds = await takeDown(lns, generator);
  const afterDown = lns.usage();
  const complaints = lns.complaints().slice(complainedBefore);
  return {
    ...up,
    interfaces,
    ...usageEach(before.lns, after.lns, size),
    load: usageEach(before.load, after.load, size),
    rssFreshKb: fresh.rss,
    rssKb: (rss - fresh.rss) / size,
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
 * From the first Terminate-Request until the kernel has let go of everything.
 * @param {LnsProcess} lns
 * @param {Generator} generator
 * @returns the seconds that it took
 */
export async function takeDown(lns, generator) {
  const startedAt = Date.now();
  await generator.down();
  // Not before: who reads a list of thousands of interfaces takes time from those that remove them.
  await until('interfaces are gone', () => lns.interfaces() === 0);
  await until('kernel sessions are gone', () => lns.kernelSessions() === 0);
  return (Date.now() - startedAt) / 1000;
}

/**
 * @param {LnsProcess} lns
 * @param {number} seconds
 * @returns percent of a core
 */
async function idleCost(lns, seconds) {
  // What V8 tidies up after the set-up is not what idle sessions cost.
  await sleep(20_000);
  const before = lns.usage();
  const startedAt = performance.now();
  await sleep(seconds * 1000);
  const after = lns.usage();
  return ((after.user + after.system - before.user - before.system) / (performance.now() - startedAt)) * 100;
}
