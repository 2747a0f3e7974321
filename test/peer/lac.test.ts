import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import {
  Capture,
  Client,
  Daemon,
  iperf,
  type Lab,
  labTest,
  NO_TRAFFIC,
  type Namespace,
  PppoeClient,
  until,
  Xl2tpdServer,
} from '../support/lab/index.js';

/**
 * ```
 *   client (xl2tpd + pppd) ── lac (our daemon) ── lns1, lns2
 * ```
 */
async function wholesale(lab: Lab, hosts: readonly string[]) {
  const lac = await lab.namespace('lac');
  const client = await lab.namespace('client');
  const access = await lab.link(lac, client);
  const servers: { host: Namespace; address: string; near: string }[] = [];
  for (const name of hosts) {
    const host = await lab.namespace(name);
    const link = await lab.link(lac, host);
    servers.push({ host, address: link.v4.b, near: link.v4.a });
  }
  const serve = (lns: readonly object[], more: object = {}): Promise<Daemon> =>
    Daemon.start(lab, lac, {
      lac: {
        groups: { isp: { secret: 'wholesale', 'answer-timeout': 2, lns, ...more } },
        routes: [{ domain: 'isp.example', group: 'isp' }, { default: 'local' }],
      },
      ppp: { auth: ['chap'] },
    });
  const dial = (user = 'bob@isp.example', password = 'pass'): Promise<Client> =>
    Client.start(lab, client, { lns: access.v4.a, user, password });
  return { lac, client, servers, serve, dial };
}

const ourLns = { secret: 'wholesale', ppp: { auth: ['chap'] } };

/** How often a process's event loop has waited for something: processor time is charged at random where there is one. */
const wakeUpsOf = (pid: number): number => {
  const count = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (count === undefined) throw new Error(`no wake-ups of process ${pid}`);
  return Number(count);
};

describe('a subscriber by PPPoE', () => {
  for (const mode of ['kernel', 'user'] as const) {
    labTest(`goes to xl2tpd's LNS and to ours by domain (pppd in ${mode} mode)`, async (lab) => {
      const { lac, client, servers } = await wholesale(lab, ['lns1', 'lns2']);
      const [ours, theirs] = servers;
      if (ours === undefined || theirs === undefined) throw new Error('no servers');
      const lns = await Daemon.start(lab, ours.host, ourLns);
      await Xl2tpdServer.start(lab, theirs.host, {
        local: theirs.address,
        localIp: '10.64.0.9',
        range: '10.66.0.10-10.66.0.99',
        users: { 'bob@theirs': 'pass' },
        secret: 'wholesale',
      });
      const daemon = await Daemon.start(lab, lac, {
        lac: {
          pppoe: { interfaces: ['to-client'], 'ac-name': 'lac1' },
          groups: {
            ours: { secret: 'wholesale', lns: [{ address: ours.address }] },
            theirs: { secret: 'wholesale', lns: [{ address: theirs.address }] },
          },
          routes: [
            { domain: 'ours', group: 'ours' },
            { domain: 'theirs', group: 'theirs' },
          ],
        },
        ppp: { auth: ['chap'] },
      });
      for (const [domain, remote] of [
        ['ours', '10.64.0.1'],
        ['theirs', '10.64.0.9'],
      ] as const) {
        const user = `bob@${domain}`;
        const caller = PppoeClient.start(lab, client, { device: 'to-lac', user, password: 'pass', mode });
        expect(await caller.up()).toMatchObject({ remote });
        expect(await client.ping(remote)).toBe(3);
        expect(await daemon.sessions()).toMatchObject([
          { bearer: 'pppoe', user, state: 'forwarded', forwardedTo: { group: domain } },
        ]);
        expect(await lac.pppLinks()).toEqual([]);
        await caller.hangUp();
        await until('the session is over', async () => (await daemon.sessions()).length === 0);
      }
      await until('our LNS forgets the session', async () => (await lns.sessions()).length === 0);
      await daemon.stop();
    });
  }
});

describe('a call of xl2tpd, switched', () => {
  labTest('to our LNS: by the kernel, with no packet in the process', async (lab) => {
    const { lac, client, servers, serve, dial } = await wholesale(lab, ['lns']);
    const [server] = servers;
    if (server === undefined) throw new Error('no server');
    const capture = await Capture.start(lab, lac, { filter: NO_TRAFFIC });
    const lns = await Daemon.start(lab, server.host, ourLns);
    const switchDaemon = await serve([{ address: server.address }]);
    const subscriber = await dial();
    const link = await subscriber.connect();
    expect(link).toMatchObject({ remote: '10.64.0.1' });
    expect(await lns.sessions()).toMatchObject([
      { user: 'bob@isp.example', authMethod: 'chap', state: 'open' },
    ]);
    expect(await switchDaemon.sessions()).toMatchObject([
      { user: 'bob@isp.example', state: 'forwarded', forwardedTo: { group: 'isp', server: server.address } },
    ]);
    expect(await client.ping('10.64.0.1')).toBe(3);
    // Two kernel sessions and no interface at the switch.
    expect(await lac.kernelObjects()).toEqual({ tunnels: 2, sessions: 2 });
    expect(await lac.pppLinks()).toEqual([]);
    const pid = switchDaemon.program.pid;
    const before = wakeUpsOf(pid);
    const { bytes } = await iperf(lab, client, server.host, '10.64.0.1', { seconds: 3 });
    const wakeUps = wakeUpsOf(pid) - before;
    const packets = bytes / 1400;
    console.log(`switched ${bytes} octets in 3 s; wake-ups of the switch meanwhile: ${wakeUps}`);
    expect(packets).toBeGreaterThan(5000);
    expect(wakeUps).toBeLessThan(packets / 20);
    await subscriber.hangUp();
    await until('the LNS forgets the session', async () => (await lns.sessions()).length === 0);
    await until('the switch forgets the session', async () => (await switchDaemon.sessions()).length === 0);
    expect(await lac.kernelObjects()).toMatchObject({ sessions: 0 });
    await switchDaemon.stop();
    await capture.check();
  });

  labTest("to xl2tpd's LNS, which ignores what was found out, and accepts or refuses", async (lab) => {
    const { client, servers, serve, dial } = await wholesale(lab, ['lns']);
    const [server] = servers;
    if (server === undefined) throw new Error('no server');
    await Xl2tpdServer.start(lab, server.host, {
      local: server.address,
      localIp: '10.64.0.1',
      range: '10.65.0.10-10.65.0.99',
      users: { 'bob@isp.example': 'pass' },
      secret: 'wholesale',
    });
    const switchDaemon = await serve([{ address: server.address }]);
    const subscriber = await dial();
    const link = await subscriber.connect();
    expect(link).toMatchObject({ local: '10.65.0.10', remote: '10.64.0.1' });
    expect(await client.ping('10.64.0.1')).toBe(3);
    await subscriber.hangUp();
    await until('the switch forgets the session', async () => (await switchDaemon.sessions()).length === 0);
    await switchDaemon.stop();
  });

  labTest('is refused by our LNS, which takes the proxy authentication for what it is', async (lab) => {
    const { servers, serve, dial } = await wholesale(lab, ['lns']);
    const [server] = servers;
    if (server === undefined) throw new Error('no server');
    const lns = await Daemon.start(lab, server.host, ourLns);
    const switchDaemon = await serve([{ address: server.address }]);
    const subscriber = await dial('bob@isp.example', 'wrong');
    await subscriber.dial();
    await subscriber.waitForPpp(/CHAP authentication failed/);
    await until('both forget the session', async () => {
      return (await switchDaemon.sessions()).length === 0 && (await lns.sessions()).length === 0;
    });
    // Nobody was let in, so the kernel never heard of it.
    expect(switchDaemon.log().some(({ msg }) => msg === 'session forwarded')).toBe(false);
    await switchDaemon.stop();
  });

  labTest('goes to the other LNS while one does not answer, and when it dies', async (lab) => {
    const { client, servers, serve, dial } = await wholesale(lab, ['lns1', 'lns2']);
    const [first, second] = servers;
    if (first === undefined || second === undefined) throw new Error('no servers');
    const one = await Daemon.start(lab, first.host, ourLns);
    await Daemon.start(lab, second.host, { ...ourLns, pools: { main: ['10.66.0.0/24'] } });
    const lnss = [{ address: first.address }, { address: second.address, priority: 1 }];
    const switchDaemon = await serve(lnss, { 'hello-interval': 2 });
    const subscriber = await dial();
    expect(await subscriber.connect()).toMatchObject({ local: '10.65.0.1' });
    one.program.signal('SIGKILL');
    await one.program.waitForExit();
    await subscriber.hangUp();
    const dialled = Date.now();
    expect(await subscriber.connect()).toMatchObject({
      local: expect.stringMatching(/^10\.66\./) as unknown,
    });
    console.log(`through the second LNS ${Date.now() - dialled} ms after the redial`);
    expect(await client.ping('10.64.0.1')).toBe(3);
    expect(await switchDaemon.sessions()).toMatchObject([{ forwardedTo: { server: second.address } }]);
    await subscriber.hangUp();
    await switchDaemon.stop();
  });
});
