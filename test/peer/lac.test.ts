import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { parse } from 'yaml';
import { type AccessLine, encodeTr101 } from '../../lib/access-line/index.js';
import { hex, utf8, Writer } from '../../lib/wire/index.js';
import {
  Capture,
  Client,
  Daemon,
  type DaemonConfig,
  FreeRadius,
  iperf,
  type Lab,
  labTest,
  MAIN,
  MESSAGE,
  type Namespace,
  PppoeClient,
  programOf,
  RADIUS_SECRET,
  until,
  Xl2tpdServer,
} from '../support/lab/index.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const ACCESS_NODE = path('../support/lab/access-node.py');

const secret = 'wholesale';
const ourLns: DaemonConfig = { secret, ppp: { auth: ['chap'] } };
const elsewhere: DaemonConfig = { ...ourLns, pools: { main: ['10.66.0.0/18'] } };

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

      // The page's program has the same LNSs.
      const program = programOf('docs/lac.md', 0);
      const running = lab.own(client.start('the program', [process.execPath, program]));
      await running.waitForLine(/address: '10\.1\.0\.2'/);
      rmSync(dirname(program), { recursive: true });
    },
  );

  labTest('go where RADIUS says, with their line, and are accounted for', async (lab) => {
    const { lac, at } = await around(lab, ['dead', 'lns', 'node', 'relay']);
    const [subscriber, other] = [await lab.namespace('subscriber'), await lab.namespace('other')];
    await lab.link(at('node').host, subscriber);
    await lab.link(at('relay').host, other);
    const tunnels = [
      ['dead', 1, 'nobody'],
      ['lns', 2, 'radius-lac'],
    ] as const;
    const reply = tunnels.map(
      ([name, preference, auth], index) =>
        `\tTunnel-Type:${index + 1} = L2TP, Tunnel-Medium-Type:${index + 1} = IPv4,\n` +
        `\tTunnel-Server-Endpoint:${index + 1} = "${at(name).address}", Tunnel-Password:${index + 1} = "${secret}",\n` +
        `\tTunnel-Client-Auth-Id:${index + 1} = "${auth}", Tunnel-Preference:${index + 1} = ${preference},\n`,
    );
    const users = `DEFAULT Cleartext-Password := "opera"\n${reply.join('')}\tClass = 0x676f6c64, Acct-Interim-Interval = 2\n`;
    const [radius, lns, daemon] = await Promise.all([
      FreeRadius.start(lab, lac, { users }),
      Daemon.start(lab, at('lns').host, { ...ourLns, users: { '*': { password: 'opera' } } }),
      Daemon.start(lab, lac, {
        lac: { pppoe: { interfaces: ['to-node', 'to-relay'], 'ac-name': 'lac1' } },
        users: {},
        radius: {
          servers: [{ host: '127.0.0.1', secret: RADIUS_SECRET }],
          queue: { directory: lab.path('queue') },
        },
        ppp: { auth: ['chap'] },
      }),
    ]);
    const capture = await Capture.start(lab, lac, { device: 'to-lns' });
    const line: AccessLine = {
      agentCircuitId: 'node7 eth 1/2:35',
      agentRemoteId: 'customer 4711',
      actualRateUp: 10_000_000,
      actualRateDown: 50_000_000,
      minimumRateUp: 1_000_000,
      minimumRateDown: 2_000_000,
      attainableRateUp: 12_000_000,
      attainableRateDown: 60_000_000,
      maximumRateUp: 11_000_000,
      maximumRateDown: 55_000_000,
      minimumLowPowerRateUp: 100_000,
      minimumLowPowerRateDown: 200_000,
      maximumDelayUp: 8,
      actualDelayUp: 4,
      maximumDelayDown: 16,
      actualDelayDown: 6,
      encapsulation: { dataLink: 1, encapsulation1: 2, encapsulation2: 0 },
    };
    const tag = new Writer(256);
    encodeTr101(tag, line);
    const node = lab.own(
      at('node').host.start('access node', [
        'python3',
        ACCESS_NODE,
        'to-subscriber',
        'to-lac',
        hex(tag.finish()),
      ]),
    );
    await node.waitForLine(/ready/);
    lab.own(at('relay').host.start('pppoe-relay', ['pppoe-relay', '-F', '-S', 'to-lac', '-C', 'to-other']));
    const credentials = { user: 'carol', password: 'opera' };
    const caller = PppoeClient.start(lab, subscriber, { ...credentials, device: 'to-node' });
    // Host-Uniq and Relay-Session-Id, which have to come back as they were.
    const relayed = PppoeClient.start(lab, other, {
      ...credentials,
      device: 'to-relay',
      mode: 'user',
      pppoe: ['-U'],
    });
    expect(await caller.up()).toMatchObject({ remote: '10.64.0.1' });
    expect(await relayed.up()).toMatchObject({ remote: '10.64.0.1' });
    expect(await subscriber.ping('10.64.0.1', { args: ['-s', '1000'] })).toBe(3);
    const sessions = await daemon.sessions();
    expect(sessions.map(({ forwardedTo }) => forwardedTo?.server)).toEqual([
      at('lns').address,
      at('lns').address,
    ]);
    const session = sessions.find(({ callingNumber }) => callingNumber === line.agentCircuitId);
    expect((await lns.tunnels()).map(({ peerHostName }) => peerHostName)).toEqual(['radius-lac']);
    expect((await lns.sessions()).map(({ callingNumber }) => callingNumber)).toContain(line.agentCircuitId);
    const recordsOf = (kind: string): Record<string, string>[] =>
      radius
        .records()
        .filter((one) => one['Acct-Session-Id'] === session?.id && one['Acct-Status-Type'] === kind);
    const interim = await until('an interim record with the pings in it', () =>
      recordsOf('Interim-Update').find((one) => Number(one['Acct-Input-Octets']) > 3000),
    );
    expect(interim).toMatchObject({
      Class: '0x676f6c64',
      'ADSL-Agent-Circuit-Id': `0x${hex(utf8(line.agentCircuitId ?? ''))}`,
      'Calling-Station-Id': line.agentCircuitId,
      'Tunnel-Client-Endpoint': at('lns').near,
      'Tunnel-Client-Auth-Id': 'radius-lac',
      'Tunnel-Server-Endpoint': at('lns').address,
      'Tunnel-Server-Auth-Id': 'lab',
    });
    await Promise.all([caller.hangUp(), relayed.hangUp()]);
    const stop = await until('the stop record', () => recordsOf('Stop')[0]);
    expect(Number(stop['Acct-Output-Octets'])).toBeGreaterThan(3000);
    await gone(daemon);
    await daemon.stop();

    const { agentCircuitId, agentRemoteId, encapsulation, ...numbers } = line;
    const texts = { agent_circuit_id: agentCircuitId, agent_remote_id: agentRemoteId };
    const fieldOf: Readonly<Record<keyof typeof numbers, string>> = {
      actualRateUp: 'actual_dr_up',
      actualRateDown: 'actual_dr_down',
      minimumRateUp: 'minimum_dr_up',
      minimumRateDown: 'minimum_dr_down',
      attainableRateUp: 'attainable_dr_up',
      attainableRateDown: 'attainable_dr_down',
      maximumRateUp: 'maximum_dr_up',
      maximumRateDown: 'maximum_dr_down',
      minimumLowPowerRateUp: 'minimum_dr_up_low_power',
      minimumLowPowerRateDown: 'minimum_dr_down_low_power',
      maximumDelayUp: 'maximum_interleaving_delay_up',
      actualDelayUp: 'actual_interleaving_delay_up',
      maximumDelayDown: 'maximum_interleaving_delay_down',
      actualDelayDown: 'actual_interleaving_delay_down',
    };
    const told: Record<string, string | number | undefined> = {
      ...texts,
      ...Object.fromEntries(
        Object.entries(fieldOf).map(([field, name]) => [name, numbers[field as keyof typeof numbers]]),
      ),
      'access_loop_encapsulation.data_link': encapsulation?.dataLink,
      'access_loop_encapsulation.enc1': encapsulation?.encapsulation1,
      'access_loop_encapsulation.enc2': encapsulation?.encapsulation2,
    };
    const names = Object.keys(told).map((name) => `l2tp.broadband.${name}`);
    const requests = await capture.fields(names, `l2tp.avp.message_type == ${MESSAGE.ICRQ}`);
    const request = requests.find((one) => one['l2tp.broadband.agent_circuit_id'] !== undefined) ?? {};
    const seen = Object.keys(told).map((name) => {
      const value = request[`l2tp.broadband.${name}`]?.[0];
      return [name, name in texts ? value : Number(value)];
    });
    expect(Object.fromEntries(seen)).toEqual(told);
    await capture.check();
  });
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

describe('an LNS that is killed', () => {
  labTest('with 100 calls up and 50 being set up takes only its own along', async (lab) => {
    const { lac, at } = await around(lab, ['lns1', 'lns2', 'callers']);
    const quiet = { log: { level: 'info' } };
    const [first, , daemon] = await Promise.all([
      Daemon.start(lab, at('lns1').host, { ...ourLns, ...quiet }),
      Daemon.start(lab, at('lns2').host, { ...elsewhere, ...quiet }),
      Daemon.start(lab, lac, {
        ...quiet,
        retransmit: { first: 1, cap: 2, tries: 5 },
        lac: {
          groups: {
            isp: {
              secret,
              'max-sessions-per-tunnel': 30,
              'hello-interval': 5,
              'answer-timeout': 5,
              lns: [{ address: at('lns1').address }, { address: at('lns2').address }],
            },
          },
          routes: [{ domain: 'isp.example', group: 'isp' }],
        },
        ppp: { auth: ['chap'] },
      }),
    ]);
    const load = (sessions: number, name: string, inFlight: number) =>
      lab.own(
        at('callers').host.start('load', [
          ...[process.execPath, MAIN, 'load', '--lns', at('callers').near, '--json'],
          ...['--sessions', `${sessions}`, '--in-flight', `${inFlight}`, '--user', `${name}{n}@isp.example`],
        ]),
      );
    const census = async (): Promise<Record<string, number>> => {
      const count: Record<string, number> = {};
      for (const { state, forwardedTo } of await daemon.sessions()) {
        const key = `${state} ${forwardedTo?.server === at('lns1').address ? 'first' : 'second'}`;
        count[key] = (count[key] ?? 0) + 1;
      }
      return count;
    };
    load(100, 'a', 20);
    await until('100 calls are up', async () => {
      const { 'forwarded first': one = 0, 'forwarded second': two = 0 } = await census();
      return one + two === 100;
    });
    expect(await census()).toEqual({ 'forwarded first': 50, 'forwarded second': 50 });
    // A tunnel takes 30.
    expect((await daemon.tunnels()).map(({ sessions }) => sessions).sort((a, b) => a - b)).toEqual([
      20, 20, 30, 30, 100,
    ]);

    // Nobody answers half of the next 50: they are under way when it is gone.
    first.program.signal('SIGSTOP');
    const late = load(50, 'b', 50);
    await until('calls wait for the first LNS', async () => (await census())['authenticate first']);
    const began = Date.now();
    first.program.signal('SIGKILL');
    const [, report = ''] = await late.waitForLine(/^(\{"event":"up".*)$/);
    const settled = Date.now() - began;
    const { sessions, failed, latency } = JSON.parse(report) as {
      sessions: number;
      failed: number;
      latency: Record<string, number>;
    };
    expect({ sessions, failed }).toEqual({ sessions: 50, failed: 0 });
    await until('the calls of the dead LNS are over', async () => {
      return (await census())['forwarded first'] === undefined;
    });
    const noticed = Date.now() - began;
    console.log(
      `50 being set up: all at the second LNS after ${settled} ms, ${JSON.stringify(latency)}; ` +
        `50 of the 100 that were up: told that they are down after ${noticed} ms`,
    );
    expect(await census()).toEqual({ 'forwarded second': 100 });
    const downs = (): ReturnType<Daemon['log']> => daemon.log().filter(({ msg }) => msg === 'session down');
    await until('the log has them', () => downs().length >= 50);
    const ended = downs();
    expect(ended).toHaveLength(50);
    expect(ended.every(({ user }) => String(user).startsWith('a'))).toBe(true);
    await daemon.stop();
  });
});
