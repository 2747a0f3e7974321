import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createLog,
  isJournal,
  LogOutput,
  type LogOutputOptions,
  syslogOutput,
} from '../../../lib/server/log/index.js';
import type { LogLevel } from '../../../lib/server/config/index.js';
import { formatLine } from '../../../lib/server/log/pretty.js';

function logTo(options: Partial<LogOutputOptions> = {}, level: LogLevel = 'trace') {
  const lines: string[] = [];
  const output = new LogOutput({
    format: 'json',
    terminal: false,
    color: false,
    output: { write: (line) => void lines.push(line) },
    ...options,
  });
  return { log: createLog(level, output), output, lines };
}

describe('the log', () => {
  it('is a JSON line an event, with the fields that are known', () => {
    const { log, lines } = logTo();
    log.info({ tunnel: 1, session: 2, user: 'alice' }, 'session up');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'info', tunnel: 1, session: 2, user: 'alice', msg: 'session up' });
  });

  it('keeps one line whatever a peer sends', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, lines } = logTo({ format });
      log.info({ user: 'a\nb\u001b[2J\u202e', peer: '\u0000' }, 'x\r\ny');
      expect(lines).toHaveLength(1);
      expect(lines[0]?.trimEnd()).toMatch(/^[\u0020-\u007e\u202e]+$/);
    }
  });

  it('leaves out what is below the level', () => {
    const { log, lines } = logTo({}, 'warn');
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[level]({}, level);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['warn', 'error']);
    expect(log.isLevelEnabled('trace')).toBe(false);
    const silent = logTo({}, 'silent');
    silent.log.error({}, 'x');
    expect(silent.lines).toEqual([]);
  });

  it('never holds a secret that came as a field', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, lines } = logTo({ format });
      const hidden = 'hunter2';
      log.trace({ password: hidden, secret: hidden, user: 'u' }, 'a');
      log.error(
        { options: { password: hidden, secret: hidden }, request: { credentials: { user: hidden } } },
        'b',
      );
      log.warn({ credentials: { password: hidden }, response: hidden }, 'c');
      const deep = { a: [{ b: { password: hidden } }] };
      log.info(deep, 'd');
      // What is logged is not changed by it.
      expect(deep).toEqual({ a: [{ b: { password: hidden } }] });
      expect(lines.join('')).not.toContain(hidden);
      expect(lines.join('')).toContain('[secret]');
      expect(lines.join('')).toContain('u');
    }
  });

  it('survives circles and errors', () => {
    const { log, lines } = logTo();
    const circle: Record<string, unknown> = { a: 1 };
    circle['self'] = circle;
    log.info({ circle }, 'x');
    log.error({ err: new RangeError('odd') }, 'y');
    expect(lines[0]).toContain('[...]');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ err: { type: 'RangeError', message: 'odd' } });
  });

  it('is pretty on a terminal, unless told otherwise', () => {
    const line = (options: Partial<LogOutputOptions>): string => {
      const { log, lines } = logTo(options);
      log.info({ user: 'alice' }, 'up');
      return lines[0] ?? '';
    };
    expect(line({ format: 'auto', terminal: false })).toMatch(/^\{/);
    expect(line({ format: 'auto', terminal: true })).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}up user=alice\n$/,
    );
    expect(line({ format: 'json', terminal: true })).toMatch(/^\{/);
    expect(line({ format: 'pretty', terminal: false })).toMatch(/^\d/);
    expect(line({ format: 'pretty', color: true })).toContain('\u001b[32mINFO \u001b[0m');
  });
});

describe('pretty lines', () => {
  const line = (fields: object): string =>
    formatLine(JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', ...fields }), false);

  it('have tunnel, session, user and peer first', () => {
    expect(line({ bytes: 5, peer: '192.0.2.7', user: 'al ice', session: 2, tunnel: 1, msg: 'up' })).toBe(
      '03:04:05.678 INFO  up tunnel=1 session=2 user="al ice" peer=192.0.2.7 bytes=5',
    );
  });

  it('show structures as JSON and errors with their stack', () => {
    expect(line({ msg: 'm', list: [1, { a: 'b' }], none: null })).toBe(
      '03:04:05.678 INFO  m list=[1,{"a":"b"}] none=null',
    );
    expect(line({ msg: 'm', err: { message: 'boom', stack: 'Error: boom\n    at x' } })).toBe(
      '03:04:05.678 INFO  m\nError: boom\n    at x',
    );
  });

  it('pass on what is not JSON', () => {
    expect(formatLine('free\ttext\n', false)).toBe(String.raw`free\x09text`);
  });
});

describe('the log elsewhere', () => {
  it('has priorities in front of its lines for journald', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, lines } = logTo({ format, journal: true });
      for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)
        log[level]({}, level);
      expect(lines.map((line) => line.slice(0, 3))).toEqual(['<7>', '<7>', '<6>', '<4>', '<3>', '<2>']);
    }
    const { dev, ino } = fstatSync(2);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, 2)).toBe(true);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:1` }, 2)).toBe(false);
    expect(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, 9999)).toBe(false);
    expect(isJournal({}, 2)).toBe(false);
  });

  it('is in the system log, a line each, without secrets', () => {
    const sent: string[] = [];
    const copy = syslogOutput({
      facility: 'local3',
      send: (path, text) => void sent.push(`${path} ${text}`),
      now: () => new Date(2026, 10, 5, 14, 7, 9),
      pid: 7,
    });
    const { log, output, lines } = logTo({ syslog: 'local3', openSyslog: () => copy });
    log.warn({ user: 'a\nb', password: 'hunter2', tunnel: 1 }, 'not authenticated');
    expect(lines).toHaveLength(1);
    expect(sent).toEqual([
      '/dev/log <156>Nov  5 14:07:09 kernel-l2tp[7]: not authenticated tunnel=1 user="a\\nb" password="[secret]"',
    ]);
    log.info({ text: 'x'.repeat(20_000) }, 'long');
    expect(sent[1]?.length).toBeLessThan(8100);
    output.configure({ format: 'pretty' });
    log.info({}, 'later');
    expect(sent).toHaveLength(2);
    expect(lines.at(-1)).toMatch(/^\d\d:\d\d.* later\n$/);
  });

  it('can be looked at later: its last thousand lines, as JSON, whatever the format', () => {
    const { log, output } = logTo({ format: 'pretty' });
    for (let i = 0; i < 1005; i++) log.info({ password: 'hunter2' }, `line ${i}`);
    const lines = [...output.recent].map((line) => JSON.parse(line) as { msg: string });
    expect([lines.length, lines[0]?.msg, lines.at(-1)?.msg]).toEqual([1000, 'line 5', 'line 1004']);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('does without a system log that is not there', () => {
    const copy = syslogOutput({
      facility: 'daemon',
      send: () => {
        throw new Error('ENOENT');
      },
    });
    const { log, lines } = logTo({ syslog: 'local3', openSyslog: () => copy });
    log.info({}, 'x');
    expect(lines).toHaveLength(1);
  });
});
