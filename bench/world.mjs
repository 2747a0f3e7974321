// @ts-check
// Namespaces, programs in them, and what the kernel says about them.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const generator = fileURLToPath(new URL('generator.mjs', import.meta.url));
const folder = '/run/kernel-l2tp-bench';
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export const addresses = { lac: '10.1.0.2', lns: '10.1.0.1', lnsInside: '10.9.0.1', server: '10.9.0.2' };
const namespaces = ['kl2tp-lac', 'kl2tp-lns', 'kl2tp-server', 'kl2tp-floor'];
export const namespace = { lac: 'kl2tp-lac', lns: 'kl2tp-lns', server: 'kl2tp-server', floor: 'kl2tp-floor' };

/** @param {string} text one command, words apart by blanks */
const ip = (text) => void execFileSync('ip', text.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] });

/** lac ── lns ── server, and a namespace apart for the floor. */
export function buildWorld() {
  mkdirSync(folder, { recursive: true });
  for (const name of namespaces) {
    ip(`netns add ${name}`);
    ip(`-n ${name} link set lo up`);
  }
  ip(`link add tolac netns ${namespace.lns} type veth peer name tolns netns ${namespace.lac}`);
  ip(`link add toserver netns ${namespace.lns} type veth peer name tolns netns ${namespace.server}`);
  for (const [where, device, address] of [
    [namespace.lns, 'tolac', addresses.lns],
    [namespace.lac, 'tolns', addresses.lac],
    [namespace.lns, 'toserver', addresses.lnsInside],
    [namespace.server, 'tolns', addresses.server],
  ]) {
    ip(`-n ${where} addr add ${address}/24 dev ${device}`);
    ip(`-n ${where} link set ${device} up`);
  }
  ip(`-n ${namespace.lac} route add 10.9.0.0/24 via ${addresses.lns}`);
  ip(`-n ${namespace.server} route add default via ${addresses.lnsInside}`);
  inside(namespace.lns, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
}

export function removeWorld() {
  for (const name of namespaces) {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
    } catch {
      // It was not there.
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Runs a program in a namespace.
 * @param {string} where
 * @param {string[]} argv
 * @returns {string} its output
 */
export const inside = (where, argv) =>
  execFileSync('ip', ['netns', 'exec', where, ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });

/**
 * @param {string} where
 * @param {string[]} argv
 * @param {import('node:child_process').StdioOptions} stdio
 */
export const startInside = (where, argv, stdio) =>
  spawn('ip', ['netns', 'exec', where, ...argv], { stdio });

/**
 * What a process has used so far: CPU time in ms, in user space and in the kernel, and page faults.
 * @typedef {{ user: number, system: number, faults: number }} Usage
 */

/**
 * @param {number} pid
 * @returns {Usage}
 */
export function usageOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  const milliseconds = (/** @type {number} */ index) => (Number(fields[index]) * 1000) / ticksPerSecond;
  return { user: milliseconds(11), system: milliseconds(12), faults: Number(fields[7]) };
}

/**
 * @param {Usage} before
 * @param {Usage} after
 * @param {number} sessions
 */
export const usageEach = (before, after, sessions) => ({
  userMs: (after.user - before.user) / sessions,
  systemMs: (after.system - before.system) / sessions,
  faults: (after.faults - before.faults) / sessions,
});

/** Our daemon in its namespace, as users start it. */
export class LnsProcess {
  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.child = child;
    this.pid = /** @type {number} */ (child.pid);
  }

  /**
   * @param {object} config
   * @param {string[]} [nodeOptions]
   */
  static async start(config, nodeOptions = []) {
    const file = `${folder}/lns.json`;
    const log = `${folder}/lns.log`;
    writeFileSync(file, JSON.stringify({ control: { socket: `${folder}/lns.sock` }, ...config }), { mode: 0o600 });
    const output = openSync(log, 'w');
    const argv = [process.execPath, ...nodeOptions, main, 'serve', '-c', file];
    const lns = new LnsProcess(startInside(namespace.lns, argv, ['ignore', output, 'inherit']));
    closeSync(output);
    await until('the LNS is ready', () => {
      if (lns.child.exitCode !== null) throw new Error(`the LNS did not start: ${readFileSync(log, 'utf8')}`);
      return readFileSync(log, 'utf8').includes('is ready');
    });
    return lns;
  }

  /** See {@link usageOf}. */
  usage() {
    return usageOf(this.pid);
  }

  /** Resident memory in kB. */
  rss() {
    return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1] ?? 0);
  }

  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** PPP interfaces in its namespace. */
  interfaces() {
    return (readFileSync(`/proc/${this.pid}/net/dev`, 'utf8').match(/^ *ppp\d/gm) ?? []).length;
  }

  /** L2TP sessions of the kernel in its namespace. */
  kernelSessions() {
    return (inside(namespace.lns, ['ip', 'l2tp', 'show', 'session']).match(/^Session /gm) ?? []).length;
  }

  /** Lines of its log that are warnings or errors. */
  complaints() {
    const lines = readFileSync(`${folder}/lns.log`, 'utf8').split('\n');
    return lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line));
  }

  /** @returns {any[]} */
  sessions() {
    const argv = [process.execPath, main, 'show', 'sessions', '--json', '--socket', `${folder}/lns.sock`];
    return JSON.parse(inside(namespace.lns, argv));
  }

  async stop() {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    if (this.child.exitCode !== 0) throw new Error(`the LNS ended with ${this.child.exitCode ?? this.child.signalCode}`);
  }
}

/** The generator of `kernel-l2tp load` in the LAC's namespace, for one number of sessions after the other; see generator.mjs. */
export class Generator {
  /** @param {{ tunnels: number, inFlight: number }} options */
  constructor({ tunnels, inFlight }) {
    const lns = { address: addresses.lns, port: 1701 };
    const options = { lns, tunnels, inFlight, user: 'load{n}', password: 'pass' };
    const argv = [process.execPath, generator, JSON.stringify(options)];
    this.child = startInside(namespace.lac, argv, ['pipe', 'pipe', 'inherit']);
    const lines = createInterface({ input: /** @type {any} */ (this.child.stdout) });
    this.lines = lines[Symbol.asyncIterator]();
  }

  /** See {@link usageOf}. */
  usage() {
    return usageOf(/** @type {number} */ (this.child.pid));
  }

  /**
   * Brings sessions up.
   * @param {number} sessions
   */
  up(sessions) {
    return this.#step({ up: sessions });
  }

  /** Ends the sessions that are up. */
  down() {
    return this.#step({ down: true });
  }

  async stop() {
    this.child.stdin?.end();
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  /**
   * @param {object} step
   * @returns {Promise<any>} its report
   */
  async #step(step) {
    this.child.stdin?.write(`${JSON.stringify(step)}\n`);
    const { value } = await this.lines.next();
    if (value === undefined) throw new Error(`the generator ended instead of ${JSON.stringify(step)}`);
    return JSON.parse(value);
  }
}

/**
 * @param {string} what
 * @param {() => boolean} condition
 */
export async function until(what, condition, patience = 300_000, pause = 50) {
  const end = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not in ${patience / 1000} s: ${what}`);
    await sleep(pause);
  }
}
