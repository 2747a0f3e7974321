import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadedConfig, parseConfig } from '../../../lib/server/config/index.js';
import { ApiClient } from '../../../lib/server/api/index.js';
import { type DaemonDependencies, runDaemon } from '../../../lib/server/daemon.js';
import type { Check } from '../../../lib/server/doctor/index.js';
import { createLog, LogOutput } from '../../../lib/server/log/index.js';
import { ServiceManager } from '../../../lib/server/service-manager.js';
import { FakeLns } from './fake-lns.js';
import { SAMPLE } from './sample.js';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A daemon of fakes, and what it did. */
class Bench {
  readonly lns = new FakeLns();
  readonly signals = new EventEmitter();
  readonly exits: number[] = [];
  readonly complaints: string[] = [];
  readonly output: string[] = [];
  /** What the service manager was told. */
  readonly told: string[] = [];
  readonly service = new ServiceManager(
    { NOTIFY_SOCKET: '/run/manager' },
    () => undefined,
    process.pid,
    (_path, text) => void this.told.push(text),
  );
  readonly folder = mkdtempSync(join(tmpdir(), 'daemon-'));
  readonly socket = join(this.folder, 'api.sock');
  newText: string | undefined;
  checks: Check[] = [{ name: 'all', status: 'ok', found: 'well' }];

  get config(): LoadedConfig {
    return parseConfig('lns.yaml', `${SAMPLE}control: { socket: ${this.socket} }\n`);
  }

  /** What the file says when it is read again. */
  get reloaded(): LoadedConfig {
    return parseConfig('lns.yaml', `${this.newText ?? SAMPLE}control: { socket: ${this.socket} }\n`);
  }

  get lines(): Line[] {
    return this.output.map((line) => JSON.parse(line) as Line);
  }

  run(change: Partial<DaemonDependencies> = {}): Promise<number> {
    const output = { write: (line: string) => void this.output.push(line) };
    const logOutput = new LogOutput({ format: 'json', terminal: false, color: false, output });
    return runDaemon({
      config: this.config,
      log: createLog('trace', logOutput),
      logOutput,
      createLns: () => this.lns,
      load: () => this.reloaded,
      keepsLogLevel: false,
      observeKernel: () => undefined,
      examine: () => Promise.resolve(this.checks),
      signals: this.signals,
      service: this.service,
      complain: (text) => this.complaints.push(text),
      exit: (code) => this.exits.push(code),
      ...change,
    });
  }

  /** Resolves when a line with this text is logged. */
  async logged(text: string): Promise<Line> {
    for (let i = 0; i < 500; i++) {
      const line = this.lines.find(({ msg }) => msg.includes(text));
      if (line !== undefined) return line;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`not logged: ${text}; but ${this.output.join('')}`);
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => rmSync(bench.folder, { recursive: true }));

describe('the daemon', () => {
  it('starts, answers, and ends cleanly on SIGTERM', async () => {
    const end = bench.run();
    expect(await bench.logged('is ready')).toMatchObject({
      level: 'info',
      listen: ['0.0.0.0:1701'],
      config: 'lns.yaml',
      control: bench.socket,
    });
    expect(await new ApiClient(bench.socket).status()).toMatchObject({
      state: 'running',
      pid: process.pid,
      config: 'lns.yaml',
      listen: ['0.0.0.0:1701'],
      tunnels: 1,
      sessions: 1,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
    bench.signals.emit('SIGTERM', 'SIGTERM');
    expect(bench.told).toEqual(['READY=1\nSTATUS=serving on 0.0.0.0:1701']);
    expect(await end).toBe(0);
    expect(bench.told.slice(1)).toEqual([
      'STOPPING=1\nEXTEND_TIMEOUT_USEC=10000000\nSTATUS=CDN and StopCCN to all',
    ]);
    expect(bench.lns.calls).toEqual(['start', 'close']);
    expect(bench.lns.closed).toEqual([5000]);
    expect(existsSync(bench.socket)).toBe(false);
    expect(bench.lines.map(({ msg }) => msg).slice(-2)).toEqual([
      'stopping: CDN and StopCCN to all',
      'stopped',
    ]);
    expect(bench.signals.eventNames()).toEqual([]);
    expect(bench.exits).toEqual([]);
  });

  it('reads its configuration again on SIGHUP, and names what needs a restart', async () => {
    bench.lns.options = bench.config.lns;
    const end = bench.run();
    await bench.logged('is ready');
    bench.newText = `${SAMPLE.replace('0.0.0.0:1701', '0.0.0.0:1702')}max-sessions: 7\nlog: { level: debug, format: json }\nhttp: { listen: "127.0.0.1:0", token: t }\n`;
    bench.signals.emit('SIGHUP');
    expect(await bench.logged('configuration reloaded')).toMatchObject({
      applied: ['max-sessions', 'log.level', 'log.format'],
      needsRestart: ['listen', 'http'],
    });
    expect(bench.lns.options.maxSessions).toBe(7);
    bench.signals.emit('SIGINT');
    expect(await end).toBe(0);
  });

  it('keeps the old configuration when the new one is wrong', async () => {
    bench.lns.options = bench.config.lns;
    const end = bench.run();
    await bench.logged('is ready');
    bench.newText = 'pools: { main: [10.65.0.0/99] }\n';
    bench.signals.emit('SIGHUP');
    expect((await bench.logged('not reloaded'))['reason']).toMatch(/^lns\.yaml:1:/);
    bench.newText = SAMPLE;
    bench.lns.prepareError = new RangeError('no such pool');
    bench.signals.emit('SIGHUP');
    for (
      let i = 0;
      i < 100 && bench.lines.filter(({ msg }) => msg.startsWith('not reloaded')).length < 2;
      i++
    ) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(bench.lns.calls).toEqual(['start']);
    bench.signals.emit('SIGTERM');
    expect(await end).toBe(0);
  });

  it('shows that it is stopping, and ends at once on a second signal', async () => {
    let closed: () => void = () => undefined;
    bench.lns.closing = new Promise((resolve) => (closed = resolve));
    const end = bench.run();
    await bench.logged('is ready');
    bench.signals.emit('SIGTERM');
    await bench.logged('stopping');
    expect(await new ApiClient(bench.socket).status()).toMatchObject({ state: 'stopping' });
    expect(bench.exits).toEqual([]);
    bench.signals.emit('SIGTERM');
    expect(bench.exits).toEqual([1]);
    expect(bench.lines.at(-1)?.msg).toBe('second signal: ending at once');
    closed();
    expect(await end).toBe(0);
  });

  it('ends at once on a second signal that comes with the first', async () => {
    const end = bench.run();
    await bench.logged('is ready');
    bench.signals.emit('SIGTERM');
    bench.signals.emit('SIGINT');
    expect(bench.exits).toEqual([1]);
    await end;
  });

  it('heeds a signal that comes while it starts', async () => {
    const end = bench.run({
      examine: () => {
        bench.signals.emit('SIGTERM');
        return Promise.resolve(bench.checks);
      },
    });
    expect(await end).toBe(0);
    expect(bench.lns.calls.at(-1)).toBe('close');
    expect(bench.lines.some(({ msg }) => msg.includes('is ready'))).toBe(false);
  });

  it('logs warnings of the configuration and of the doctor', async () => {
    bench.checks = [{ name: 'MTU', status: 'warn', found: 'small', mend: 'enlarge' }];
    const text = SAMPLE.replace('password: wonder', 'password: wonder, max-sessions: 2');
    const config = parseConfig('lns.yaml', `${text}control: { socket: ${bench.socket} }\n`);
    const end = bench.run({ config });
    await bench.logged('is ready');
    expect(bench.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { msg: 'configuration', config: expect.stringContaining('users.alice.max-sessions') as string },
      { msg: 'small', check: 'MTU', mend: 'enlarge' },
    ]);
    bench.signals.emit('SIGTERM');
    await end;
  });
});

describe('a start that must fail', () => {
  it('on a host that is not fit: the words of the doctor, and nothing opened', async () => {
    bench.checks = [
      { name: 'fine', status: 'ok', found: 'well' },
      { name: '/dev/ppp', status: 'fail', found: 'does not exist', mend: 'mknod' },
    ];
    expect(await bench.run()).toBe(5);
    expect(bench.complaints).toEqual([
      'FAIL  /dev/ppp  does not exist\n                to mend it: mknod\n\nThis host is not ready: 1 failure.',
    ]);
    expect(bench.lines.at(-1)).toMatchObject({ level: 'error', checks: ['/dev/ppp'] });
    expect(bench.lns.calls).toEqual([]);
    expect(existsSync(bench.socket)).toBe(false);
    expect(bench.signals.eventNames()).toEqual([]);
  });

  it('beside another instance, which goes on', async () => {
    const first = bench.run();
    await bench.logged('is ready');
    const other = new FakeLns();
    expect(await bench.run({ createLns: () => other })).toBe(1);
    expect(other.calls).toEqual([]);
    expect(bench.lines.at(-1)).toMatchObject({
      msg: 'not started',
      reason: expect.stringContaining('another kernel-l2tp is running there') as string,
    });
    expect(await new ApiClient(bench.socket).status()).toMatchObject({ state: 'running' });
    bench.signals.emit('SIGTERM');
    expect(await first).toBe(0);
  });

  it('when the LNS does not take its options', async () => {
    const code = await bench.run({
      createLns: () => {
        throw new RangeError('ppp.localAddress is odd');
      },
    });
    expect(code).toBe(4);
    expect(bench.lines.at(-1)).toMatchObject({ level: 'error', reason: 'ppp.localAddress is odd' });
  });

  it('when the LNS does not start: it is closed, and the socket goes', async () => {
    bench.lns.startError = new Error('bind 0.0.0.0:1701: EADDRINUSE');
    expect(await bench.run()).toBe(1);
    expect(bench.lns.calls).toEqual(['start', 'close']);
    expect(existsSync(bench.socket)).toBe(false);
    expect(bench.lines.at(-1)).toMatchObject({
      msg: 'the LNS did not start',
      err: { message: 'bind 0.0.0.0:1701: EADDRINUSE' },
    });
  });
});

describe('an error that nobody foresaw', () => {
  it.each(['uncaughtException', 'unhandledRejection'])(
    '%s: is logged, all is closed, the exit tells',
    async (event) => {
      const end = bench.run();
      await bench.logged('is ready');
      bench.signals.emit(event, new TypeError('odd'));
      expect(await end).toBe(1);
      expect(bench.lns.calls).toEqual(['start', 'close']);
      expect(bench.lines.find(({ level }) => level === 'fatal')).toMatchObject({
        err: { type: 'TypeError', message: 'odd', stack: expect.stringContaining('daemon.test') as string },
      });
      expect(existsSync(bench.socket)).toBe(false);
    },
  );

  it('in closing: the exit tells', async () => {
    bench.lns.closing = Promise.reject(new Error('netlink'));
    bench.lns.closing.catch(() => undefined);
    const end = bench.run();
    await bench.logged('is ready');
    bench.signals.emit('SIGTERM');
    expect(await end).toBe(1);
    expect(await bench.logged('closing failed')).toMatchObject({ level: 'error' });
  });

  it('before the LNS is there: the process ends', async () => {
    const code = await bench.run({
      examine: () => {
        bench.signals.emit('uncaughtException', new Error('early'));
        return Promise.resolve([{ name: 'x', status: 'fail', found: 'y' }]);
      },
    });
    expect(bench.exits).toEqual([1]);
    expect(code).toBe(5);
  });
});

describe('secrets', () => {
  it('are in no line, whatever happens', async () => {
    bench.checks = [{ name: 'MTU', status: 'warn', found: 'small', mend: 'enlarge' }];
    bench.lns.startError = new Error('no');
    await bench.run();
    bench.lns.startError = undefined;
    const end = bench.run();
    await bench.logged('is ready');
    const { lns } = bench.config;
    const output = { write: (line: string) => void bench.output.push(line) };
    const log = createLog('trace', output);
    log.info({ options: { lns }, secret: lns.secret, user: lns.users?.['alice'] }, 'careless');
    bench.signals.emit('SIGHUP');
    bench.signals.emit('SIGTERM');
    await end;
    expect(bench.output.length).toBeGreaterThan(7);
    for (const secret of ['tunnel-secret', 'wonder', '"pass"'])
      expect(bench.output.join('')).not.toContain(secret);
    expect(await bench.logged('careless')).toMatchObject({
      secret: '[secret]',
      user: { password: '[secret]', address: '10.65.1.1' },
      options: { lns: { users: { alice: { password: '[secret]' } } } },
    });
  });
});
