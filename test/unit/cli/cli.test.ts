import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiBench, type ListeningServer } from '../server/api/bench.js';
import { session, tunnel } from '../server/fake-lns.js';
import { SAMPLE } from '../server/sample.js';
import { run } from './run.js';

let listening: ListeningServer;
const bench = new ApiBench();
const { lns } = bench;

beforeAll(async () => {
  listening = await bench.listen();
});
afterAll(async () => {
  await listening.close();
});
beforeEach(() => {
  lns.tunnelList = [tunnel()];
  lns.sessionList = [session()];
  lns.sessionsError = undefined;
  lns.disconnected.length = 0;
});

function file(name: string, text: string): string {
  const path = join(listening.folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

describe('what is shown and steered', () => {
  const ask = (...args: string[]) => run([...args, '--socket', listening.path]);

  it('shows a session with its time line, by id or number', async () => {
    for (const key of ['x1-1', '100']) {
      const { code, out } = await ask('show', 'session', key);
      expect(code).toBe(0);
      expect(out).toMatch(/^user +alice$/m);
      expect(out).toMatch(/^ *0 ms {2}\* {2}call$/m);
    }
    expect(await ask('show', 'session', '99')).toMatchObject({ code: 1 });
    expect(await ask('show', 'session', 'none')).toMatchObject({ code: 1 });
    const { out } = await ask('show', 'session', 'x1-1', '--json');
    expect(JSON.parse(out)).toMatchObject({ session: { user: 'alice' }, timeline: [{ text: 'call' }] });
  });

  it('shows pools, limits, statistics and RADIUS servers', async () => {
    expect((await ask('show', 'pools')).out).toMatch(/^main +10 +1 +9$/m);
    const { out } = await ask('show', 'limits');
    expect(out).toMatch(/^max-sessions +- +3 +100 +- +2$/m);
    expect(out).toMatch(/^call-rate +isp +1 +20 +10\/s +0$/m);
    expect((await ask('show', 'stats')).out).toMatch(/^sessions +1 up, 0 being set up$/m);
    expect((await ask('show', 'radius')).out).toBe('no RADIUS servers\n');
  });

  it('drains and takes calls again, sets the level of the log, and says why it does not reload', async () => {
    lns.sessionList = [];
    expect((await ask('drain')).out).toMatch(/^drained: 0 of 0 sessions left/);
    expect((await ask('drain', '--stop')).out).toBe('calls are taken\n');
    expect((await ask('log', 'level', 'debug')).out).toBe('debug\n');
    expect((await ask('log', 'level')).out).toBe('debug\n');
    expect(await ask('log', 'level', 'loud')).toMatchObject({ code: 1 });
    for (const [level, msg] of [
      ['info', 'first'],
      ['warn', 'second'],
      ['error', 'third'],
    ])
      bench.logLines.push(JSON.stringify({ level, time: '2026-01-02T03:04:05.678Z', tunnel: 1, msg }));
    const { out } = await ask('log', 'show', '--level', 'warn');
    expect(out).toBe('03:04:05.678 WARN  second tunnel=1\n03:04:05.678 ERROR third tunnel=1\n');
    expect(JSON.parse((await ask('log', 'show', '--lines', '1', '--json')).out)).toMatchObject([
      { msg: 'third' },
    ]);
    expect((await ask('log', 'show', '--search', 'first')).out).toBe('03:04:05.678 INFO  first tunnel=1\n');
    expect(await ask('log', 'show', '--lines', 'many')).toMatchObject({ code: 1 });
    expect(await ask('reload')).toMatchObject({
      code: 1,
      err: 'kernel-l2tp: the daemon refuses: lns.yaml:1:1: wrong\n',
    });
  });
});

describe('the command line', () => {
  it('explains itself', async () => {
    for (const args of [
      ['--help'],
      ['help'],
      ['show', '--help'],
      ['disconnect', '--help'],
      ['help', 'serve'],
    ]) {
      const { code, out, err } = await run(args);
      expect([args, code, err]).toEqual([args, 0, '']);
      expect(out).toMatch(/^Usage: kernel-l2tp/);
    }
    const { out } = await run(['--help']);
    for (const command of ['serve', 'doctor', 'show', 'disconnect', 'config'])
      expect(out).toContain(`\n  ${command} `);
  });

  it('tells its version', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
  });

  it.each<[string[], RegExp]>([
    [[], /^Usage: /],
    [['show'], /^Usage: /],
    [['config'], /^Usage: /],
    [['serv'], /^kernel-l2tp: unknown command 'serv'\n\(Did you mean serve\?\)\n$/],
    [['show', 'sesions'], /^kernel-l2tp: unknown command 'sesions'\n\(Did you mean sessions\?\)\n$/],
    [['--nope'], /^kernel-l2tp: unknown option '--nope'\n$/],
    [['serve'], /^kernel-l2tp: required option '-c, --config <file>' not specified\n$/],
    [['serve', '-c'], /^kernel-l2tp: option '-c, --config <file>' argument missing\n$/],
    [
      ['serve', '-c', 'x', '--log-level', 'loud'],
      /^kernel-l2tp: option '--log-level <level>' argument 'loud' is invalid/,
    ],
    [['serve', '-c', 'x', 'y'], /^kernel-l2tp: too many arguments/],
    [['config', 'check'], /^kernel-l2tp: missing required argument 'file'\n$/],
    [['disconnect'], /^kernel-l2tp: disconnect needs at least one of --user/],
    [
      ['disconnect', '--all', '--user', 'a'],
      /^kernel-l2tp: --all ends everything; leave the other options out\n$/,
    ],
    [['disconnect', '--tunnel', '0'], /^kernel-l2tp: --tunnel takes a number from 1 to 65535\n$/],
    [['disconnect', '--tunnel', '1x'], /^kernel-l2tp: --tunnel takes a number from 1 to 65535\n$/],
    [['disconnect', '--session', '65536'], /^kernel-l2tp: --session takes a number from 1 to 65535\n$/],
    [['disconnect', '--address', 'lac'], /^kernel-l2tp: --address takes an IP address\n$/],
    [['disconnect', '--peer', '10.0.0.256'], /^kernel-l2tp: --peer takes an IP address\n$/],
  ])('%j is a wrong use: 2', async (args, err) => {
    const result = await run(args);
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toMatch(err);
    expect(lns.disconnected).toEqual([]);
  });

  it('says when no daemon is there: 3', async () => {
    const none = join(listening.folder, 'none.sock');
    const line = `kernel-l2tp: no kernel-l2tp at ${none}: there is no such socket; is the daemon running? --socket names another\n`;
    for (const args of [
      ['show', 'sessions'],
      ['show', 'tunnels', '--json'],
      ['disconnect', '--all'],
    ]) {
      expect(await run([...args, '--socket', none])).toEqual({ code: 3, out: '', err: line });
      expect(await run(args, { KERNEL_L2TP_SOCKET: none })).toEqual({ code: 3, out: '', err: line });
    }
  });

  it('says when the daemon refuses: 1', async () => {
    lns.sessionsError = new Error('x');
    expect(await run(['show', 'sessions', '--socket', listening.path])).toEqual({
      code: 1,
      out: '',
      err: 'kernel-l2tp: the daemon refuses: the request failed; see the log\n',
    });
  });
});

describe('show', () => {
  it('tunnels', async () => {
    lns.tunnelList.push(
      tunnel({
        tunnelId: 65_535,
        peerAddress: '2001:db8::7',
        localAddress: '2001:db8::1',
        profile: 'wholesale',
        sessions: 12_000,
        since: 99_000_000,
      }),
    );
    const { code, out } = await run(['show', 'tunnels', '--socket', listening.path]);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'TUNNEL  PEER TUNNEL  STATE        PEER                LOCAL        HOST NAME        VENDOR         PROFILE    SESSIONS      UP',
        '    17            4  established  192.0.2.7:1701      192.0.2.1    lac.example.net  xelerance.com  -                 1   1d03h',
        ' 65535            4  established  [2001:db8::7]:1701  2001:db8::1  lac.example.net  xelerance.com  wholesale     12000  16m40s',
        '',
      ].join('\n'),
    );
  });

  it('sessions with their counters', async () => {
    lns.sessionList.push(
      session({
        sessionId: 2,
        state: 'lcp',
        user: undefined,
        address: undefined,
        interfaceName: undefined,
        callingNumber: '4930123',
        authMethod: undefined,
        mtu: undefined,
        since: 99_995_000,
        rxBytes: 0,
        rxPackets: 0,
        txBytes: 0,
        txPackets: 0,
      }),
    );
    const { code, out } = await run(['show', 'sessions', '--socket', listening.path]);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'SESSION  TUNNEL  USER   ADDRESS    INTERFACE  STATE  PEER       CALLING  AUTH       MTU       RX  RX PKTS       TX  TX PKTS     UP',
        '    100      17  alice  10.65.1.1  ppp0       open   192.0.2.7  -        mschapv2  1460  121 KiB      789  9.4 MiB     8765  1d03h',
        '      2      17  -      -          -          lcp    192.0.2.7  4930123  -            -      0 B        0      0 B        0     5s',
        '',
      ].join('\n'),
    );
  });

  it('JSON on request', async () => {
    const { out } = await run(['show', 'sessions', '--json', '--socket', listening.path]);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify([session()])));
    expect(
      JSON.parse((await run(['show', 'tunnels', '--json', '--socket', listening.path])).out),
    ).toHaveLength(1);
  });

  it('that there is nothing', async () => {
    lns.tunnelList = [];
    lns.sessionList = [];
    expect(await run(['show', 'tunnels', '--socket', listening.path])).toEqual({
      code: 0,
      out: 'no tunnels\n',
      err: '',
    });
    expect(await run(['show', 'sessions', '--socket', listening.path])).toEqual({
      code: 0,
      out: 'no sessions\n',
      err: '',
    });
    expect((await run(['show', 'sessions', '--json', '--socket', listening.path])).out).toBe('[]\n');
  });
});

describe('disconnect', () => {
  it('says how many, and fails when there were none', async () => {
    expect(await run(['disconnect', '--user', 'alice', '--socket', listening.path])).toEqual({
      code: 0,
      out: 'disconnected 1\n',
      err: '',
    });
    expect(await run(['disconnect', '--user', 'bob', '--socket', listening.path])).toEqual({
      code: 1,
      out: '',
      err: 'kernel-l2tp: nothing matches; see: kernel-l2tp show sessions\n',
    });
    expect(await run(['disconnect', '--user', 'alice', '--json', '--socket', listening.path])).toMatchObject({
      code: 0,
      out: '{"disconnected":1}\n',
    });
    expect(await run(['disconnect', '--user', 'bob', '--json', '--socket', listening.path])).toMatchObject({
      code: 1,
      out: '{"disconnected":0}\n',
    });
  });

  it.each<[string[], object]>([
    [['--all'], { all: true }],
    [['--user', 'BIGCO\\bob'], { user: 'BIGCO\\bob' }],
    [['--session', '100'], { sessionId: 100 }],
    [['--session', 'k3f9-12'], { id: 'k3f9-12' }],
    [['--tunnel', '17'], { tunnelId: 17 }],
    [['--address', '10.65.1.1'], { address: '10.65.1.1' }],
    [['--interface', 'ppp0'], { interfaceName: 'ppp0' }],
    [['--calling-number', '4930123'], { callingNumber: '4930123' }],
    [['--peer', '2001:db8::7'], { peerAddress: '2001:db8::7' }],
    [
      ['--user', 'a', '--tunnel', '17', '--peer', '192.0.2.7'],
      { user: 'a', tunnelId: 17, peerAddress: '192.0.2.7' },
    ],
  ])('%j', async (args, filter) => {
    await run(['disconnect', ...args, '--reason', 'unpaid', '--socket', listening.path]);
    expect(lns.disconnected).toEqual([{ filter, reason: 'unpaid' }]);
  });
});

describe('configurations', () => {
  it('that are right', async () => {
    const path = file('right.yaml', SAMPLE);
    expect(await run(['config', 'check', path])).toEqual({ code: 0, out: `${path}: right\n`, err: '' });
    expect(await run(['serve', '-c', path, '--check'])).toEqual({
      code: 0,
      out: `${path}: right\n`,
      err: '',
    });
    expect(await run(['serve', '--check', '--config', path])).toMatchObject({ code: 0 });
  });

  it('are told of as JSON', async () => {
    const right = file('right.json.yaml', SAMPLE);
    expect(JSON.parse((await run(['config', 'check', right, '--json'])).out)).toEqual({
      file: right,
      right: true,
      errors: [],
      warnings: [],
    });
    const wrong = file('wrong.json.yaml', `${SAMPLE}max-tunnels: 0\n`);
    const { code, out, err } = await run(['config', 'check', wrong, '--json']);
    expect([code, err]).toEqual([4, '']);
    expect(JSON.parse(out)).toMatchObject({ right: false, errors: [{ line: 6, path: ['max-tunnels'] }] });
  });

  it('that are right, with warnings', async () => {
    const path = file('warn.yaml', SAMPLE.replace('password: wonder', 'password: wonder, pool: main'));
    expect(await run(['config', 'check', path])).toEqual({
      code: 0,
      out: `${path}: right\n`,
      err: `warning: ${path}:5:43: users.alice.pool: is not used, since the user has an address of its own\n`,
    });
  });

  it('that are wrong: 4, a line each, wherever they are read', async () => {
    const path = file('wrong.yaml', `${SAMPLE}secrt: x\nmax-tunnels: 0\n`);
    const err =
      `kernel-l2tp: ${path}:6:1: secrt: is not an option here; did you mean secret?\n` +
      `kernel-l2tp: ${path}:7:14: max-tunnels: 0 is too small, the least is 1; write a whole number, such as max-tunnels: 65535\n`;
    for (const args of [
      ['config', 'check', path],
      ['serve', '-c', path, '--check'],
      ['serve', '-c', path],
      ['doctor', '-c', path],
    ]) {
      expect(await run(args)).toEqual({ code: 4, out: '', err });
    }
    expect(await run(['serve', '-c', join(listening.folder, 'none.yaml')])).toEqual({
      code: 4,
      out: '',
      err: `kernel-l2tp: ${listening.folder}/none.yaml: cannot read the file: there is no such file\n`,
    });
  });

  it('take secrets from the environment', async () => {
    const path = file('env.yaml', SAMPLE.replace('tunnel-secret', '{ env: TUNNEL }'));
    expect(await run(['config', 'check', path], { TUNNEL: 'x' })).toMatchObject({ code: 0 });
    const { code, err } = await run(['config', 'check', path]);
    expect(code).toBe(4);
    expect(err).toContain('the environment variable "TUNNEL" is not set');
  });

  it('have a JSON Schema', async () => {
    const { code, out } = await run(['config', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: 'kernel-l2tp configuration', type: 'object' });
  });
});

describe('doctor', () => {
  it('reports for people and for programs, and its exit code says whether all is well', async () => {
    const path = file('doctor.yaml', `${SAMPLE}control: { socket: ${listening.folder}/none.sock }\n`);
    const people = await run(['doctor', '-c', path]);
    expect(people.out).toMatch(/^(ok {2}|warn|FAIL) {2}kernel version/);
    expect(people.out).toMatch(/This host is (not ready|ready for kernel-l2tp)/);
    expect(people.out).not.toContain('\u001b');
    expect(people.err).toBe('');
    const programs = await run(['doctor', '-c', path, '--json']);
    const checks = JSON.parse(programs.out) as { status: string; mend?: string }[];
    const failed = checks.some(({ status }) => status === 'fail');
    expect(programs.code).toBe(failed ? 5 : 0);
    expect(people.code).toBe(programs.code);
    for (const check of checks) if (check.status !== 'ok') expect(check.mend).toEqual(expect.any(String));
  });
});
