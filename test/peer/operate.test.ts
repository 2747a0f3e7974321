import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import { ApiClient } from '../../lib/server/api/client.js';
import { labTest, MAIN, run, serve, until } from '../support/lab/index.js';

/** Severity `error` of tshark's expert information (`_ws.expert.severity`). */
const EXPERT_ERROR = 0x0080_0000;

const SECRETS = ['Sesam-4711', 'Token-for-the-API'];

/** What the paths answer over TCP, each with its token, asked from within the daemon's namespace. */
const FETCH = `
  const [, base, ...requests] = process.argv;
  for (const request of requests) {
    const [path, token] = request.split(' ');
    const answer = await fetch(base + path, { headers: { authorization: 'Bearer ' + token } });
    console.log(JSON.stringify({ status: answer.status, text: await answer.text() }));
  }`;

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
    const fetched = async (...requests: string[]) => {
      const argv = [
        process.execPath,
        '--input-type=module',
        '-e',
        FETCH,
        'http://127.0.0.1:8080',
        ...requests,
      ];
      const { stdout } = await lns.run(argv);
      seen.push(stdout);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: number; text: string });
    };

    const caller = await subscriber({ user: 'alice', password: SECRETS[0] ?? '' }, clients[0]);
    await caller.connect();
    const [session] = await daemon.waitForSessions(1);
    const shown = await cli('show', 'session', String(session?.sessionId));
    expect(shown.stdout).toMatch(/^user +alice$/m);
    for (const step of ['connected', 'lcp', 'authenticated', 'up'])
      expect(shown.stdout).toMatch(` ${step}\n`);
    expect(shown.stdout).toMatch(/-> +LCP Configure-Request/);
    const paths = [
      '/metrics',
      '/api/v1/events/recent',
      '/api/v1/sessions',
      '/api/v1/openapi.json',
      '/api/v1/stats',
      '/api/v1/limits',
      '/api/v1/logs',
    ];
    const [refusal, metrics, events, ...others] = await fetched(
      '/metrics guess',
      ...paths.map((path) => `${path} ${SECRETS[1] ?? ''}`),
    );
    expect(refusal?.status).toBe(401);
    expect(metrics?.text).toContain('kernel_l2tp_sessions_up 1');
    expect(metrics?.text).toMatch(
      /kernel_l2tp_kernel_operation_seconds_count\{operation="\w+",result="ok"\} [1-9]/,
    );
    expect(events?.text).toContain('"session-up"');
    for (const { status } of others) expect(status).toBe(200);
    expect((await cli('log', 'show')).stdout).toMatch(/INFO {2}session up .*user=alice/);
    expect((await cli('show', 'limits')).stdout).toMatch(/^max-sessions +1 +65535 +0$/m);

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
    await second.dial();
    await daemon.program.waitForLine(/limit of 1 sessions reached/);

    expect(JSON.parse((await cli('drain', '--no-wait', '--json')).stdout)).toMatchObject({ sessionsLeft: 1 });
    expect(await caller.namespace.ping('10.64.0.1')).toBe(3);
    expect((await cli('drain', '--timeout', '0')).stdout).toMatch(/drained: 0 of 1 sessions left/);
    expect((await cli('drain', '--stop')).stdout).toBe('calls are taken');
    const api = new ApiClient(daemon.socket);
    await until('the session can be looked at after its end', async () =>
      (await api.session(session?.id ?? '')).ended?.reason.text.includes('the server drains'),
    );
    seen.push(...daemon.log().map((line) => JSON.stringify(line)));
    for (const secret of SECRETS) expect(seen.join('\n')).not.toContain(secret);
    await daemon.stop();
  });

  labTest('traces a user from the first message on, and captures a session for Wireshark', async (lab) => {
    const secret = SECRETS[0] ?? '';
    const { daemon, lns, subscriber } = await serve(lab, {
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
    const open = daemon.descriptors();
    const limited = await daemon.cli(
      ...['capture', 'session', session?.id ?? '', '-o', short, '--seconds', '1', '--json'],
    );
    await daemon.expectDescriptors(open);
    expect(JSON.parse(limited.stdout)).toMatchObject({ file: short, session: session?.id });
    const watch = await daemon.cli('watch', '--count', '1');
    expect(watch.stdout).toMatch(/^alice .* open /m);

    expect((await daemon.cli('disconnect', '--user', 'alice')).code).toBe(0);
    expect((await capture.waitForExit()).code).toBe(0);
    await trace.waitForLine(/alice -- session ended by local/);
    trace.signal('SIGINT');
    expect((await trace.waitForExit()).code).toBe(0);

    const traced = trace.output.text;
    for (const line of [
      /<- ICRQ .*/,
      /-> ICRP /,
      /<- ICCN /,
      /-> LCP Configure-Request/,
      /<- PAP .*password=\(hidden\)/,
    ])
      expect(traced).toMatch(line);
    const octets = readFileSync(file);
    for (const text of [traced, octets.toString('latin1'), capture.output.text, watch.output])
      expect(text).not.toContain(secret);

    // What tshark makes of the file.
    const tshark = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await run(['tshark', '-n', '-r', ...args], { timeout: 60_000 });
      return stdout.split('\n').filter((line) => line !== '');
    };
    const fields = [
      'frame.interface_id',
      'frame.packet_flags_direction',
      'icmp.type',
      'l2tp.avp.message_type',
      'ip.src',
    ];
    const said = ['_ws.col.Info', '_ws.malformed', '_ws.expert.severity'];
    const packets = (
      await tshark(file, '-T', 'fields', ...[...fields, ...said].flatMap((field) => ['-e', field]))
    ).map((line) => line.split('\t'));
    const faults = packets.filter(
      (packet) =>
        packet[6] !== '' || packet[7]?.split(',').some((severity) => Number(severity) >= EXPERT_ERROR),
    );
    expect(faults).toEqual([]);
    const [received, sent] = ['0x00000001', '0x00000002'];
    const count = (direction: string | undefined, type: string): number =>
      packets.filter((packet) => packet[0] === '0' && packet[1] === direction && packet[2] === type).length;
    expect([count(received, '8'), count(sent, '0')], JSON.stringify(packets)).toEqual([5, 5]);
    expect(packets.map((packet) => packet[5])).toContain('Termination Request');
    const cdn = packets.find((packet) => packet[0] === '1' && packet[3] === '14');
    expect(cdn?.slice(1, 5)).toEqual([sent, '', '14', client.options.lns]);
    await tshark(short);
    await daemon.stop();
  });
});
