import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import { labTest, serve, until } from '../support/lab/index.js';

const SECRETS = ['Sesam-4711', 'Token-for-the-API'];

/** What a URL answers, asked from within the daemon's namespace. */
const FETCH = `fetch(process.argv[1], { headers: { authorization: 'Bearer ' + process.argv[2] } })
  .then(async (answer) => console.log(answer.status + ' ' + (await answer.text())))`;

describe('an operator', () => {
  labTest('looks, reloads, drains and sees no secret', async (lab) => {
    const { daemon, lns, subscriber, clients } = await serve(
      lab,
      {
        users: { alice: { password: SECRETS[0] } },
        http: { listen: '127.0.0.1:8080', token: SECRETS[1] },
      },
      { clients: 2 },
    );
    const seen: string[] = [];
    const cli = async (...args: string[]) => {
      const result = await daemon.cli(...args);
      seen.push(result.output);
      return result;
    };
    const fetched = async (path: string, token = SECRETS[1] ?? ''): Promise<string> => {
      const url = `http://127.0.0.1:8080${path}`;
      const { stdout } = await lns.run([process.execPath, '-e', FETCH, url, token]);
      seen.push(stdout);
      return stdout;
    };

    const caller = await subscriber({ user: 'alice', password: SECRETS[0] ?? '' }, clients[0]);
    await caller.connect();
    const [session] = await daemon.waitForSessions(1);
    const shown = await cli('show', 'session', String(session?.sessionId));
    expect(shown.stdout).toMatch(/^user +alice$/m);
    for (const step of ['connected', 'lcp', 'authenticated', 'up'])
      expect(shown.stdout).toMatch(` ${step}\n`);
    expect(shown.stdout).toMatch(/-> +LCP Configure-Request/);
    expect((await cli('show', 'pools')).stdout).toMatch(/^main /m);
    expect((await cli('show', 'stats')).stdout).toMatch(/^sessions +1 up/m);

    expect(await fetched('/metrics', 'guess')).toMatch(/^401 /);
    const metrics = await fetched('/metrics');
    expect(metrics).toMatch(/^200 /);
    expect(metrics).toContain('kernel_l2tp_sessions_up 1');
    expect(metrics).toMatch(
      /kernel_l2tp_kernel_operation_seconds_count\{operation="\w+",result="ok"\} [1-9]/,
    );
    expect(await fetched('/api/v1/events/recent')).toContain('"session-up"');
    await fetched('/api/v1/sessions');
    await fetched('/api/v1/openapi.json');

    const file = `${dirname(daemon.socket)}/lns.yaml`;
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}max-sessions: many\n`);
    const refused = await cli('reload');
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('max-sessions')]);
    writeFileSync(file, `${before}max-sessions: 1\n`);
    daemon.program.signal('SIGHUP');
    await daemon.program.waitForLine(/configuration reloaded/);
    expect(await caller.namespace.ping('10.64.0.1')).toBe(3);
    const second = await subscriber({ user: 'alice', password: SECRETS[0] ?? '' }, clients[1]);
    await expect(second.connect()).rejects.toThrow();
    await daemon.program.waitForLine(/limit of 1 sessions reached/);

    expect(JSON.parse((await cli('drain', '--no-wait', '--json')).stdout)).toMatchObject({ sessionsLeft: 1 });
    expect(await caller.namespace.ping('10.64.0.1')).toBe(3);
    expect((await cli('drain', '--timeout', '0')).stdout).toMatch(/drained: 0 of 1 sessions left/);
    expect((await cli('drain', '--stop')).stdout).toBe('calls are taken\n');
    await until('the session can be looked at after its end', async () =>
      (await cli('show', 'session', session?.id ?? '')).stdout.includes('the server drains'),
    );
    seen.push(...daemon.log().map((line) => JSON.stringify(line)));
    for (const secret of SECRETS) expect(seen.join('\n')).not.toContain(secret);
    await daemon.stop();
  });
});
