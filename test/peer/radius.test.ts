import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import {
  Daemon,
  FreeRadius,
  labTest,
  MAIN,
  type Namespace,
  NO_TRAFFIC,
  type PppdAuth,
  RADIUS_SECRET,
  serve,
  until,
} from '../support/lab/index.js';

const users = `
carol Cleartext-Password := "opera"
	Framed-IP-Address = 10.66.0.7, Framed-MTU = 1300, Class = 0x676f6c64, Acct-Interim-Interval = 2,
	MS-Primary-DNS-Server = 10.9.0.2, Session-Timeout = 3600, Reply-Message = "welcome",
	Framed-IPv6-Prefix = 2001:db8:66::/64, Delegated-IPv6-Prefix = 2001:db8:7700::/56,
	Framed-Interface-Id = 0:0:0:7

dora Cleartext-Password := "opera"
	Framed-IP-Address = 10.66.0.8, Mikrotik-Rate-Limit = "10M/10M", Filter-Id = "walled"

DEFAULT Cleartext-Password := "pass"
	Framed-Pool = "second"
`;

const radius = {
  servers: [{ host: '127.0.0.1', secret: RADIUS_SECRET }],
  'nas-identifier': 'lns1',
  coa: { listen: '127.0.0.1:3799', clients: [{ address: '127.0.0.1', secret: RADIUS_SECRET }] },
};

const config = {
  users: {},
  pools: { main: ['10.65.0.0/18'], second: ['10.67.0.0/18'] },
};

type Records = readonly Record<string, string>[];

const ofKind = (records: Records, kind: string): Records =>
  records.filter((record) => record['Acct-Status-Type'] === kind);

/** `radclient` as an operator uses it; its whole output. */
async function radclient(
  namespace: Namespace,
  kind: 'coa' | 'disconnect',
  attributes: string,
): Promise<string> {
  const argv = ['radclient', '-x', '-r', '2', '-t', '3', '127.0.0.1:3799', kind, RADIUS_SECRET];
  const { output } = await namespace.run(argv, { stdin: `${attributes}\n`, allowFailure: true });
  return output;
}

describe('FreeRADIUS', () => {
  labTest('decides by every method, and gets the records', async (lab) => {
    const methods: readonly { pppd: PppdAuth; ours: string }[] = [
      { pppd: 'pap', ours: 'pap' },
      { pppd: 'chap', ours: 'chap' },
      { pppd: 'mschap', ours: 'mschapv1' },
      { pppd: 'mschap-v2', ours: 'mschapv2' },
      { pppd: 'eap', ours: 'eap' },
    ];
    const { daemon, subscriber, lns, clients } = await serve(
      lab,
      {
        ...config,
        ppp: { auth: methods.map(({ ours }) => ours), ipv6: true },
        radius: { ...radius, queue: { directory: lab.path('queue') } },
      },
      { clients: methods.length + 1 },
    );
    const server = await FreeRadius.start(lab, lns, { users });
    const callers = await Promise.all(
      methods.map(({ pppd }, index) => {
        const who = index === 0 ? { user: 'carol', password: 'opera' } : { user: pppd, password: 'pass' };
        return subscriber({ auth: pppd, ...who, ppp: ['+ipv6', 'ipv6cp-accept-local'] }, clients[index]);
      }),
    );
    const links = await Promise.all(callers.map((caller) => caller.connect()));
    const sessions = await daemon.waitForSessions(methods.length);
    const methodOf = new Map(sessions.map(({ user, authMethod }) => [user, authMethod]));
    for (const [index, { pppd, ours }] of methods.entries()) {
      expect(methodOf.get(index === 0 ? 'carol' : pppd)).toBe(ours);
      expect(links[index]?.local).toMatch(index === 0 ? /^10\.66\.0\.7$/ : /^10\.67\./);
    }
    expect(sessions.find(({ user }) => user === 'carol')?.mtu).toBe(1300);

    const wrong = await subscriber(
      { auth: 'chap', user: 'carol', password: 'wrong' },
      clients[methods.length],
    );
    await wrong.dial();
    await wrong.waitForPpp(/authentication failed/i);

    await until('an interim record of carol', () => ofKind(server.records(), 'Interim-Update').length > 0);
    await Promise.all(callers.map((caller) => caller.hangUp()));
    await until('all stop records', () => ofKind(server.records(), 'Stop').length === methods.length);
    const carol = server.records().filter((record) => record['User-Name'] === 'carol');
    expect(carol[0]?.['Acct-Status-Type']).toBe('Start');
    expect(carol.at(-1)).toMatchObject({
      'Acct-Status-Type': 'Stop',
      'NAS-Identifier': 'lns1',
      'Framed-IP-Address': '10.66.0.7',
      'Acct-Terminate-Cause': 'User-Request',
      Class: '0x676f6c64',
      'Framed-IPv6-Prefix': '2001:db8:66::/64',
      'Delegated-IPv6-Prefix': '2001:db8:7700::/56',
      'Framed-Interface-Id': '0:0:0:7',
    });
    expect(daemon.program.output.text).not.toMatch(/opera|testing123/);
    await daemon.stop();
    const kinds = server.records().map((record) => record['Acct-Status-Type']);
    expect([kinds[0], kinds.at(-1)]).toEqual(['Accounting-On', 'Accounting-Off']);
  });

  labTest('radclient changes and ends a session', async (lab) => {
    const { daemon, subscriber, lns } = await serve(lab, {
      ...config,
      radius: { ...radius, queue: { directory: lab.path('queue') } },
    });
    const server = await FreeRadius.start(lab, lns, { users });
    const caller = await subscriber({ user: 'carol', password: 'opera' });
    await caller.connect();
    const [session] = await daemon.waitForSessions(1);
    expect(await radclient(lns, 'coa', `Acct-Session-Id = "${session?.id}", Idle-Timeout = 900`)).toMatch(
      /CoA-ACK/,
    );
    expect(await radclient(lns, 'coa', 'User-Name = "nobody", Idle-Timeout = 900')).toMatch(
      /CoA-NAK[^]*Error-Cause = Session-Context-Not-Found/,
    );
    expect(await radclient(lns, 'coa', 'User-Name = "carol", Framed-Pool = "x"')).toMatch(
      /CoA-NAK[^]*Error-Cause = Unsupported-Attribute/,
    );
    expect(await radclient(lns, 'disconnect', 'User-Name = "carol", Framed-IP-Address = 10.66.0.7')).toMatch(
      /Disconnect-ACK/,
    );
    await caller.waitForNoInterface();
    const [stop] = await until('the stop record', () => {
      const stops = ofKind(server.records(), 'Stop');
      return stops.length > 0 && stops;
    });
    expect(stop?.['Acct-Terminate-Cause']).toBe('Admin-Reset');
    await daemon.stop();
  });

  labTest(
    'radclient gives a session another rate, filter, route and time-out, and no packet is lost',
    async (lab) => {
      const { daemon, subscriber, lns } = await serve(
        lab,
        { ...config, radius: { ...radius, queue: { directory: lab.path('queue') } } },
        { filter: NO_TRAFFIC },
      );
      await FreeRadius.start(lab, lns, { users });
      const sets = 'set walled { type ifname; }; set free { type ipv4_addr; };';
      await lns.run(['nft', `table inet kernel-l2tp { ${sets} }`]);
      const caller = await subscriber({ user: 'dora', password: 'opera' });
      const link = await caller.connect();
      const [session] = await daemon.waitForSessions(1);
      const device = session?.interfaceName ?? '';
      const members = async (set: string): Promise<string> =>
        (await lns.run(['nft', 'list', 'set', 'inet', 'kernel-l2tp', set])).stdout;
      expect(await members('walled')).toContain(device);
      const pings = caller.namespace.ping(link.remote, { count: 400, args: ['-i', '0.02'] });
      const coa = (attributes: string) => radclient(lns, 'coa', attributes);
      for (const change of [
        'User-Name = "dora", Mikrotik-Rate-Limit = "2M/3M"',
        'Framed-IP-Address = 10.66.0.8, WISPr-Bandwidth-Max-Down = 4000000, WISPr-Bandwidth-Max-Up = 5000000',
        `User-Name = "dora", Acct-Session-Id = "${session?.id}", Filter-Id = "free"`,
        'User-Name = "dora", Framed-Route = "192.168.9.0/24 0.0.0.0 1", Session-Timeout = 900, Idle-Timeout = 0',
      ])
        expect(await coa(change)).toMatch(/CoA-ACK/);
      expect(await pings).toBe(400);
      expect(await members('walled')).not.toContain(device);
      expect(await members('free')).toContain('10.66.0.8');
      const { stdout: queues } = await lns.run(['tc', 'qdisc', 'show', 'dev', device]);
      expect(queues).toMatch(/tbf .*rate 4Mbit/);
      const { stdout: police } = await lns.run(['tc', 'filter', 'show', 'dev', device, 'ingress']);
      expect(police).toMatch(/rate 5Mbit/);
      const { stdout: routes } = await lns.run(['ip', 'route', 'show', '192.168.9.0/24']);
      expect(routes).toMatch(new RegExp(`dev ${device}.*metric 1`));
      await daemon.stop();
    },
  );

  labTest('does not answer who has another secret, until a reload has the right one', async (lab) => {
    const servers = [{ host: '127.0.0.1', secret: 'another' }];
    const options = {
      ...config,
      users: { alice: { password: 'wonder' } },
      radius: { ...radius, servers, timeout: 0.2, retries: 1, 'dead-time': 1 },
    };
    const { daemon, subscriber, lns, clients } = await serve(lab, options, { clients: 3 });
    const server = await FreeRadius.start(lab, lns, { users });
    const alice = await subscriber({ user: 'alice', password: 'wonder' }, clients[0]);
    await alice.connect();
    const refused = await subscriber({ user: 'carol', password: 'opera' }, clients[1]);
    await refused.dial();
    await refused.waitForPpp(/authentication failed/i);
    await daemon.program.waitForLine(/no RADIUS server answers/);
    expect(daemon.program.output.text).not.toMatch(/another/);
    expect(server.records()).toEqual([]);

    const file = `${dirname(daemon.socket)}/lns.yaml`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('another', RADIUS_SECRET));
    const { code, stdout } = await daemon.cli('reload', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { applied: ['radius.servers'], needsRestart: [], warnings: [] },
    ]);
    const carol = await subscriber({ user: 'carol', password: 'opera' }, clients[2]);
    expect((await carol.connect()).local).toBe('10.66.0.7');
    expect(await alice.namespace.ping('10.64.0.1')).toBe(3);
    await until('the start of both has arrived', () => ofKind(server.records(), 'Start').length === 2);
    await daemon.stop();
  });

  labTest('gets every record, to the octet, although both sides are killed', async (lab) => {
    const options = { ...config, radius: { ...radius, queue: { directory: lab.path('queue') } } };
    const { daemon, subscriber, lns, server: host, client } = await serve(lab, options);
    const server = await FreeRadius.start(lab, lns, { users });
    // With IPv6 both ends speak by themselves, also between the look at the counters and the hang-up.
    const caller = await subscriber({ user: 'carol', password: 'opera', ppp: ['noipv6'] });
    const link = await caller.connect();
    const [session] = await daemon.waitForSessions(1);
    await caller.route('10.9.0.0/24', link.device);
    expect(await client.host.ping('10.9.0.2', { args: ['-s', '1000'] })).toBe(3);
    expect(await host.ping(link.local)).toBe(3);

    await server.kill();
    const { stdout } = await lns.run(['ip', '-s', '-j', 'link', 'show', session?.interfaceName ?? '']);
    type Stats = Record<'rx' | 'tx', { bytes: number; packets: number }>;
    const [shown] = JSON.parse(stdout) as { stats64: Stats }[];
    await caller.hangUp();
    await until('the session is gone', async () => (await daemon.sessions()).length === 0);
    daemon.program.signal('SIGKILL');
    await daemon.program.waitForExit();

    const again = await FreeRadius.start(lab, lns, { users, directory: server.directory });
    const successor = await Daemon.start(lab, lns, options);
    const [stop] = await until('the stop record', () => {
      const stops = ofKind(again.records(), 'Stop');
      return stops.length > 0 && stops;
    });
    expect(stop).toMatchObject({
      'Acct-Session-Id': session?.id,
      'Acct-Input-Octets': String(shown?.stats64.rx.bytes),
      'Acct-Input-Packets': String(shown?.stats64.rx.packets),
      'Acct-Output-Octets': String(shown?.stats64.tx.bytes),
      'Acct-Output-Packets': String(shown?.stats64.tx.packets),
    });
    expect(Number(stop?.['Acct-Delay-Time'])).toBeGreaterThan(0);
    const kinds = await until('both say that they are on', () => {
      const all = again.records().map((record) => record['Acct-Status-Type']);
      return all.filter((kind) => kind === 'Accounting-On').length === 2 && all;
    });
    expect(kinds.indexOf('Stop')).toBeLessThan(kinds.lastIndexOf('Accounting-On'));
    await successor.stop();
  });

  labTest('is told what of the traffic was IPv6', async (lab) => {
    const ipv6 = { pools: { v6: ['2001:db8:1::/48'] } };
    const options = { ...config, ipv6, radius: { ...radius, 'interim-interval': 1 } };
    const { daemon, subscriber, lns, client } = await serve(lab, options);
    const server = await FreeRadius.start(lab, lns, { users });
    const caller = await subscriber({ user: 'carol', password: 'opera', ppp: ['+ipv6'] });
    const link = await caller.connect();
    await daemon.waitForSessions(1);
    const gateway = await caller.waitForPpp(/remote LL address (\S+)/);
    expect(await client.host.ping(`${gateway[1]}%${link.device}`, { args: ['-s', '1200'] })).toBe(3);
    expect(await client.host.ping(link.remote, { args: ['-s', '1000'] })).toBe(3);
    const octets = (
      record: Record<string, string>,
    ): Record<'input' | 'output', { all: number; ipv6: number }> => {
      const of = (name: string): number => Number(record[name]);
      return {
        input: { all: of('Acct-Input-Octets'), ipv6: of('ERX-IPv6-Acct-Input-Octets') },
        output: { all: of('Acct-Output-Octets'), ipv6: of('ERX-IPv6-Acct-Output-Octets') },
      };
    };
    const [sentV6, sentV4] = [3 * (40 + 8 + 1200), 3 * (20 + 8 + 1000)];
    await until('an interim record has it', () => {
      const last = ofKind(server.records(), 'Interim-Update').at(-1);
      return (
        last !== undefined && octets(last).input.ipv6 >= sentV6 && octets(last).input.all >= sentV6 + sentV4
      );
    });
    await caller.hangUp();
    const stop = await until('the stop record', () => ofKind(server.records(), 'Stop')[0]);
    for (const { all, ipv6: part } of Object.values(octets(stop))) {
      // Both ends say more by themselves over IPv6, and nothing but IPCP beside it.
      expect(part).toBeGreaterThanOrEqual(sentV6);
      expect(all - part).toBeGreaterThanOrEqual(sentV4);
      expect(all - part).toBeLessThan(sentV4 + 500);
    }
    for (const name of ['Input', 'Output']) {
      expect(Number(stop[`ERX-IPv6-Acct-${name}-Packets`])).toBeGreaterThanOrEqual(3);
      expect(Number(stop[`ERX-IPv6-Acct-${name}-Packets`])).toBeLessThanOrEqual(
        Number(stop[`Acct-${name}-Packets`]) - 3,
      );
    }
    await daemon.stop();
  });

  labTest('dies in the middle of 200 calls, and its stand-in takes the rest', async (lab) => {
    const servers = [
      { host: '127.0.0.1', secret: RADIUS_SECRET },
      { host: '127.0.0.1', secret: RADIUS_SECRET, 'auth-port': 1822, 'acct-port': 1823, priority: 1 },
    ];
    const { daemon, lns, client } = await serve(
      lab,
      {
        ...config,
        log: { level: 'info' },
        radius: { ...radius, servers, timeout: 0.5, queue: { directory: lab.path('queue') } },
      },
      { filter: 'udp port 1' },
    );
    const first = await FreeRadius.start(lab, lns, { users });
    const second = await FreeRadius.start(lab, lns, { users, authPort: 1822, acctPort: 1823 });
    const argv = [
      'load',
      '--lns',
      client.lns,
      '--tunnels',
      '4',
      '--sessions',
      '200',
      '--in-flight',
      '20',
      '--json',
    ];
    const load = lab.own(client.host.start('load', [process.execPath, MAIN, ...argv]));
    await until('some calls are up', () => ofKind(first.records(), 'Start').length >= 40);
    await first.kill();
    await daemon.waitForSessions(200);
    load.signal('SIGTERM');
    await load.waitForExit();
    const ids = (kind: string): Set<string | undefined> =>
      new Set(
        [...first.records(), ...second.records()].flatMap((record) =>
          record['Acct-Status-Type'] === kind ? [record['Acct-Session-Id']] : [],
        ),
      );
    await until('all stop records', () => ids('Stop').size === 200);
    expect(ids('Start').size).toBe(200);
    expect(ofKind(second.records(), 'Start').length).toBeGreaterThan(0);
    await daemon.stop();
  });
});
