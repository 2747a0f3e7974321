import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { labTest, run, serve, until } from '../support/lab/index.js';

/** The command as users have it. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

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

  labTest('traces a user from the first message on, and captures a session for Wireshark', async (lab) => {
    const secret = SECRETS[0] ?? '';
    const { daemon, lns, subscriber, clients: hosts } = await serve(lab, {
      users: { alice: { password: secret } },
      ppp: { auth: ['pap'] },
      log: { level: 'trace' },
    });
    const command = (name: string, ...args: string[]) =>
      lab.own(lns.start(name, [process.execPath, MAIN, ...args, '--socket', daemon.socket]));

    const trace = command('kernel-l2tp trace', 'trace', 'user', 'alice');
    await daemon.program.waitForLine(/a trace begins/);
    const client = await subscriber({ user: 'alice', password: secret });
    await client.connect();
    await trace.waitForLine(/alice -> IPCP Configure-Ack/);
    const [session] = await daemon.waitForSessions(1);
    const file = `${dirname(daemon.socket)}/session.pcapng`;
    const capture = command('kernel-l2tp capture', 'capture', 'session', session?.id ?? '', '-o', file);
    await daemon.program.waitForLine(/a capture begins/);
    expect(await client.namespace.ping('10.64.0.1', { count: 5 })).toBe(5);
    const short = `${dirname(daemon.socket)}/short.pcapng`;
    const limited = await daemon.cli(
      ...['capture', 'session', session?.id ?? '', '-o', short, '--no-data', '--seconds', '1', '--json'],
    );
    expect(JSON.parse(limited.stdout)).toMatchObject({ file: short, session: session?.id });
    const watch = await daemon.cli('watch', '--count', '1');
    expect(watch.stdout).toMatch(/^alice .* open /m);

    expect((await daemon.cli('disconnect', '--user', 'alice')).code).toBe(0);
    expect((await capture.waitForExit()).code).toBe(0);
    await trace.waitForLine(/alice -- session ended by local/);
    trace.signal('SIGINT');
    expect((await trace.waitForExit()).code).toBe(0);

    const traced = trace.output.text;
    for (const line of [/<- ICRQ .*/, /-> ICRP /, /<- ICCN /, /-> LCP Configure-Request/, /<- PAP .*password=\(hidden\)/])
      expect(traced).toMatch(line);
    const octets = readFileSync(file);
    for (const text of [traced, octets.toString('latin1'), capture.output.text, watch.output])
      expect(text).not.toContain(secret);

    // What tshark makes of the file.
    const tshark = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await run(['tshark', '-n', '-r', file, ...args], { timeout: 60_000 });
      return stdout.trim().split('\n').filter((line) => line !== '');
    };
    expect(await tshark('-Y', '_ws.malformed || _ws.expert.severity >= 0x800000')).toEqual([]);
    const pings = await tshark(
      ...['-Y', 'icmp && frame.interface_id == 0', '-T', 'fields', '-e', 'icmp.type', '-e', 'frame.packet_flags_direction'],
    );
    expect(pings.filter((line) => /^8\s+(1|0x1)$/.test(line)).length, pings.join()).toBe(5);
    expect(pings.filter((line) => /^0\s+(2|0x2)$/.test(line)).length, pings.join()).toBe(5);
    expect(await tshark('-Y', 'lcp && lcp.code == 5')).not.toEqual([]);
    const control = await tshark('-Y', 'l2tp', '-T', 'fields', '-e', 'l2tp.avp.message_type', '-e', 'ip.src');
    expect(control.some((line) => line.startsWith('14\t'))).toBe(true);
    for (const address of [hosts[0]?.address, hosts[0]?.lns]) expect(control.some((line) => line.endsWith(address ?? '?'))).toBe(true);
    expect(await run(['tshark', '-n', '-r', short], { timeout: 60_000 })).toMatchObject({ code: 0 });
    await daemon.stop();
  });
});
