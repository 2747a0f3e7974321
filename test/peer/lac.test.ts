import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { parse } from 'yaml';
import {
  Capture,
  Client,
  Daemon,
  type DaemonConfig,
  iperf,
  type Lab,
  labTest,
  type Namespace,
  PppoeClient,
  until,
  Xl2tpdServer,
} from '../support/lab/index.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const secret = 'wholesale';
const ourLns: DaemonConfig = { secret, ppp: { auth: ['chap'] } };

/** Hosts around a LAC, each on a link of its own. */
async function around(lab: Lab, names: readonly string[]) {
  const lac = await lab.namespace('lac');
  const hosts = new Map<string, { host: Namespace; address: string; near: string }>();
  for (const name of names) {
    const host = await lab.namespace(name);
    const link = await lab.link(lac, host);
    hosts.set(name, { host, address: link.v4.b, near: link.v4.a });
  }
  const at = (name: string) => {
    const found = hosts.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return { lac, at };
}

const xl2tpdLns = (lab: Lab, { host, address }: { host: Namespace; address: string }) =>
  Xl2tpdServer.start(lab, host, {
    local: address,
    localIp: '10.64.0.9',
    range: '10.67.0.10-10.67.0.99',
    users: { 'bob@theirs': 'pass' },
    secret,
  });

const gone = (daemon: Daemon) =>
  until('the sessions are over', async () => (await daemon.sessions()).length === 0);

describe('subscribers by PPPoE', () => {
  labTest("go to xl2tpd's LNS and to ours by domain, with the DSCP of their group", async (lab) => {
    const { lac, at } = await around(lab, ['ours', 'theirs', 'c1', 'c2', 'c3']);
    const [lns, daemon] = await Promise.all([
      Daemon.start(lab, at('ours').host, ourLns),
      Daemon.start(lab, lac, {
        lac: {
          pppoe: { interfaces: ['to-c*'], 'ac-name': 'lac1' },
          groups: {
            ours: { secret, dscp: 26, lns: [{ address: at('ours').address }] },
            theirs: { secret, lns: [{ address: at('theirs').address }] },
          },
          routes: [
            { domain: 'ours', group: 'ours' },
            { domain: 'theirs', group: 'theirs' },
          ],
        },
        ppp: { auth: ['chap'] },
      }),
      xl2tpdLns(lab, at('theirs')),
    ]);
    const capture = await Capture.start(lab, lac, { device: 'to-ours' });
    const callers = (
      [
        ['c1', 'ours', 'kernel', '10.64.0.1'],
        ['c2', 'theirs', 'kernel', '10.64.0.9'],
        ['c3', 'theirs', 'user', '10.64.0.9'],
      ] as const
    ).map(([name, domain, mode, remote]) => {
      const { host } = at(name);
      const user = `bob@${domain}`;
      const caller = PppoeClient.start(lab, host, { device: 'to-lac', user, password: 'pass', mode });
      return { host, caller, user, domain, remote };
    });
    for (const { caller, host, remote } of callers) {
      expect(await caller.up()).toMatchObject({ remote });
      expect(await host.ping(remote)).toBe(3);
    }
    const sessions = await daemon.sessions();
    for (const { user, domain } of callers) {
      expect(sessions.find((session) => session.user === user)).toMatchObject({
        bearer: 'pppoe',
        state: 'forwarded',
        forwardedTo: { group: domain },
        rxBytes: expect.any(Number) as number,
      });
    }
    // Three pings and what PPP said through the bridge.
    for (const { rxPackets, txPackets } of sessions)
      expect(Math.min(rxPackets, txPackets)).toBeGreaterThan(3);
    expect(await lac.pppLinks()).toEqual([]);
    await Promise.all(callers.map(({ caller }) => caller.hangUp()));
    await gone(daemon);
    await gone(lns);
    await daemon.stop();
    const dscpOf = async (filter: string): Promise<Set<string | undefined>> => {
      const from = `ip.src == ${at('ours').near} && ${filter}`;
      return new Set(
        (await capture.fields(['ip.dsfield.dscp'], from)).map((one) => one['ip.dsfield.dscp']?.[0]),
      );
    };
    expect(await dscpOf('icmp')).toEqual(new Set(['26']));
    expect(await dscpOf('l2tp.type == 1')).toEqual(new Set(['48']));
    await capture.check();
  });

  labTest(
    'go round an LNS that dies, and come back when the LAC does (docs/lac.md as it stands)',
    async (lab) => {
      const lac = await lab.namespace('lac');
      const client = await lab.namespace('client');
      const core = await lab.namespace('core');
      const access = await lab.link(lac, client);
      await lac.run(['ip', 'link', 'set', access.device.a, 'down']);
      await lac.run(['ip', 'link', 'set', access.device.a, 'name', 'eth0', 'up']);
      await lab.link(lac, core, { v4: '10.1.0' });
      await core.run(['ip', 'addr', 'add', '10.1.0.1/24', 'dev', 'to-lac']);
      await lac.run(['ip', 'addr', 'flush', 'dev', 'to-core', 'to', '10.1.0.1/32']);
      await lac.run(['ip', 'addr', 'add', '10.1.0.254/24', 'dev', 'to-core']);
      const [, example = ''] =
        /```yaml\n# lac.yaml\n(.*?)```/s.exec(readFileSync(path('../../docs/lac.md'), 'utf8')) ?? [];
      const config = parse(example) as DaemonConfig;
      const lnsAt = (address: string, more: DaemonConfig): Promise<Daemon> =>
        Daemon.start(lab, core, { listen: `${address}:1701`, ...more });
      const [first, , daemon] = await Promise.all([
        lnsAt('10.1.0.1', { secret: 's1' }),
        lnsAt('10.1.0.2', { secret: 's2', pools: { main: ['10.66.0.0/18'] } }),
        Daemon.start(lab, lac, config),
      ]);
      const credentials = { device: 'to-lac', user: 'bob@isp.example', password: 'pass' };
      const persistent = [
        'persist',
        'maxfail',
        '0',
        'holdoff',
        '1',
        'lcp-echo-interval',
        '1',
        'lcp-echo-failure',
        '3',
      ];
      const caller = PppoeClient.start(lab, client, { ...credentials, ppp: persistent });
      // Twice the weight.
      expect(await caller.up()).toMatchObject({ local: expect.stringMatching(/^10\.65\./) as string });

      const traffic = lab.own(client.start('ping', ['ping', '-n', '-D', '-i', '0.2', '10.64.0.1']));
      const backAfter = async (
        what: string,
        local: RegExp,
        happens: () => Promise<unknown>,
      ): Promise<void> => {
        const began = Date.now();
        await happens();
        await until(`${what}: the subscriber has an address again`, async () => {
          const [link] = await client.pppLinks();
          return link?.addr_info.some((one) => local.test(one.local)) === true;
        });
        await until('traffic passes', async () => (await client.ping('10.64.0.1', { count: 1 })) === 1);
        console.log(`${what}: traffic passes again after ${Date.now() - began} ms`);
      };
      await backAfter('the LNS was killed', /^10\.66\./, async () => {
        first.program.signal('SIGKILL');
        await first.program.waitForExit();
      });
      // The old session is still there: pppd says no PADT, and the LAC has not missed the dead LNS yet.
      const latest = (await daemon.sessions()).at(-1);
      expect(latest).toMatchObject({ state: 'forwarded', forwardedTo: { server: '10.1.0.2' } });
      let successor: Daemon | undefined;
      await backAfter('the LAC was killed under traffic and started again', /^10\.66\./, async () => {
        daemon.program.signal('SIGKILL');
        await daemon.program.waitForExit();
        successor = await Daemon.start(lab, lac, config);
      });
      expect(traffic.running).toBe(true);
      await caller.hangUp();
      await successor?.stop();
    },
  );
});

describe('calls of xl2tpd, switched', () => {
  labTest("to our LNS and to xl2tpd's: accepted, refused, rewritten, by the kernel alone", async (lab) => {
    const { lac, at } = await around(lab, ['ours', 'theirs', 'c1', 'c2', 'c3']);
    const [lns, switchDaemon] = await Promise.all([
      Daemon.start(lab, at('ours').host, ourLns),
      Daemon.start(lab, lac, {
        lac: {
          groups: {
            ours: { secret, lns: [{ address: at('ours').address }] },
            theirs: { secret, lns: [{ address: at('theirs').address }] },
          },
          routes: [
            {
              domain: 'ours',
              group: 'ours',
              rewrite: { 'calling-number': 'line-{host-name}', user: '{name}@resold' },
            },
            { domain: 'theirs', group: 'theirs' },
          ],
        },
        ppp: { auth: ['chap'] },
      }),
      xl2tpdLns(lab, at('theirs')),
    ]);
    const dial = (name: string, user: string, password = 'pass'): Promise<Client> =>
      Client.start(lab, at(name).host, { lns: at(name).near, user, password, hostName: 'xl2tpd' });
    const [ours, theirs, refused] = await Promise.all([
      dial('c1', 'bob@ours'),
      dial('c2', 'bob@theirs'),
      dial('c3', 'bob@ours', 'wrong'),
    ]);
    expect(await ours.connect()).toMatchObject({ remote: '10.64.0.1' });
    expect(await lns.sessions()).toMatchObject([
      { user: 'bob@resold', callingNumber: 'line-xl2tpd', authMethod: 'chap', state: 'open' },
    ]);
    // It ignores what was found out, and asks anew.
    expect(await theirs.connect()).toMatchObject({ remote: '10.64.0.9' });
    expect(await at('c2').host.ping('10.64.0.9')).toBe(3);
    // Two kernel sessions each and no interface at the switch.
    expect(await lac.kernelObjects()).toEqual({ tunnels: 4, sessions: 4 });
    expect(await lac.pppLinks()).toEqual([]);

    await refused.dial();
    await refused.waitForPpp(/CHAP authentication failed/);
    await until('the refused call is forgotten', async () => (await switchDaemon.sessions()).length === 2);
    // Nobody was let in, so the kernel never heard of it.
    expect(switchDaemon.log().filter(({ msg }) => msg === 'session forwarded')).toHaveLength(2);
    expect((await lac.kernelObjects()).sessions).toBe(4);

    const before = switchDaemon.program.wakeUps();
    const { bytes } = await iperf(lab, at('c1').host, at('ours').host, '10.64.0.1', { seconds: 2 });
    const wakeUps = switchDaemon.program.wakeUps() - before;
    const packets = bytes / 1400;
    console.log(`switched ${bytes} octets in 2 s; wake-ups of the switch meanwhile: ${wakeUps}`);
    expect(packets).toBeGreaterThan(2500);
    expect(wakeUps).toBeLessThan(packets / 20);
    const carried = (await switchDaemon.sessions()).find(({ user }) => user === 'bob@ours');
    expect(carried?.rxBytes).toBeGreaterThan(bytes);

    await Promise.all([ours.hangUp(), theirs.hangUp()]);
    await gone(lns);
    await gone(switchDaemon);
    expect((await lac.kernelObjects()).sessions).toBe(0);
    await switchDaemon.stop();
  });
});
