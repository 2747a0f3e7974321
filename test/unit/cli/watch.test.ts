import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiBench, type ListeningServer } from '../server/api/bench.js';
import { session } from '../server/fake-lns.js';
import { run } from './run.js';

let listening: ListeningServer;
const bench = new ApiBench();

beforeAll(async () => {
  listening = await bench.listen();
  bench.lns.sessionList = Array.from({ length: 50 }, (_, index) =>
    session({ id: `s${index}`, sessionId: index + 1, user: `user-${index}`, rxRate: index * 8000 }),
  );
  const wicked = session({ user: '\u001b[2J' });
  bench.lns.events.emit('session-down', wicked, { by: 'peer', text: 'gone', cause: 'normal' });
});
afterAll(async () => {
  await listening.close();
});

const watch = (args: readonly string[], terminal?: { columns: number; rows: number }, signal?: AbortSignal) =>
  run(['watch', '--interval', '0.1', '--socket', listening.path, ...args], {}, signal, terminal);

/** What is on the screen, without what moves the cursor. */
const screens = (out: string): string[][] =>
  out
    .split('\u001b[H')
    .slice(1)
    .map((text) => text.replaceAll(/\u001b\[[?\d]*[A-Za-z]/g, '').split('\r\n'));

describe('watch', () => {
  it.each([
    [200, 40],
    [80, 24],
    [40, 12],
    [12, 5],
  ])('fits a terminal of %i columns and %i rows', async (columns, rows) => {
    const { code, out } = await watch(['--count', '2'], { columns, rows });
    expect(code).toBe(0);
    const shown = screens(out);
    expect(shown).toHaveLength(2);
    for (const lines of shown) {
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(columns);
    }
    // The busiest session comes first.
    expect(shown[1]?.[4]).toMatch(/^user-49/);
    expect(out.startsWith('\u001b[?1049h')).toBe(true);
    expect(out.endsWith('\u001b[?1049l')).toBe(true);
  });

  it('leaves the screen as it was when it is interrupted, or its server is gone', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 300);
    const { code, out } = await watch([], { columns: 80, rows: 24 }, stopping.signal);
    expect([code, out.endsWith('\u001b[?25h\u001b[?1049l')]).toEqual([0, true]);
    const gone = await run(['watch', '--socket', join(listening.folder, 'none')], {}, undefined, {
      columns: 80,
      rows: 24,
    });
    expect([gone.code, gone.out.endsWith('\u001b[?1049l')]).toEqual([3, true]);
  });

  it('prints plain lines where there is no terminal, or JSON, and nothing that a peer could send to one', async () => {
    const { out } = await watch(['--count', '1', '--sort', 'user']);
    expect(out).toMatch(/^user-0 /m);
    expect(out).toMatch(/^30 more$/m);
    expect(out).toMatch(/session-down \\x1b\[2J gone$/m);
    expect(out).not.toContain('\u001b');
    const { out: json } = await watch(['--count', '2', '--json'], { columns: 80, rows: 24 });
    const looks = json
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { total: number; sessions: unknown[] });
    expect(looks.map(({ total, sessions }) => [total, sessions.length])).toEqual([
      [50, 20],
      [50, 20],
    ]);
  });

  it('refuses what makes no sense', async () => {
    for (const args of [
      ['--sort', 'size'],
      ['--interval', '0'],
      ['--count', '0'],
    ])
      expect((await run(['watch', ...args, '--socket', listening.path])).code).toBe(2);
  });
});
