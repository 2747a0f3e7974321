import { describe, expect, it } from 'vitest';
import type { LnsOptions } from '../../lib/lns/index.js';
import { code, firstNumber, firstText, firstValue } from '../../lib/radius/index.js';
import { lnsAddress, LnsWorld } from '../support/lns-world.js';
import { SimRadius, simSecret } from '../support/sim-radius.js';

const first = '192.0.2.101';
const second = '192.0.2.102';

const options: LnsOptions = {
  pools: { main: '10.65.0.0/24', other: '10.66.0.0/24' },
  ppp: { auth: ['pap'], localAddress: '10.64.0.1' },
  users: { local: { password: 'pass' } },
  radius: {
    servers: [
      { host: first, secret: simSecret },
      { host: second, secret: simSecret, priority: 1 },
    ],
    nasIdentifier: 'lns1',
    coa: { listen: `${lnsAddress}:3799`, clients: [{ address: first, secret: simSecret }] },
  },
};

async function start(changes: Partial<LnsOptions> = {}) {
  const world = await LnsWorld.start({ ...options, ...changes });
  const hosts = [first, second].map((address) => world.network.addHost(address));
  const servers = hosts.map((host, index) => new SimRadius(host, index === 0 ? first : second));
  for (const server of servers) {
    server.users.set('carol', {
      password: 'opera',
      reply: [
        { name: 'Framed-Pool', value: 'other' },
        { name: 'Class', value: Uint8Array.of(7, 8) },
        { name: 'Acct-Interim-Interval', value: 60 },
      ],
    });
  }
  const lac = world.addLac({ ppp: { authMethods: ['pap'] } });
  const tunnel = await world.openTunnel(lac);
  const [a, b] = servers as [SimRadius, SimRadius];
  const dial = (user: string, password: string) =>
    world.dial(lac, tunnel, { user, password, callingNumber: '0123' });
  return { world, lac, hosts, a, b, dial };
}

const kinds = (server: SimRadius): (number | undefined)[] =>
  server.records.map((record) => firstNumber(record, 'Acct-Status-Type'));

describe('RADIUS', () => {
  it('decides about users that are not local, and hears of all', async () => {
    const { world, lac, a, dial } = await start();
    const session = await dial('carol', 'opera');
    expect(session.ipv4?.local).toMatch(/^10\.66\.0\./);
    await expect(dial('carol', 'wrong')).rejects.toThrow(/not set up/);
    const own = await dial('local', 'pass');
    expect(own.ipv4?.local).toMatch(/^10\.65\.0\./);
    const request = a.requests.find((bytes) => bytes[0] === code.accessRequest);
    expect([...(request?.subarray(20, 22) ?? [])]).toEqual([80, 18]);
    await world.run(130_000);
    lac.client.hangUp(session);
    await world.run(3000);
    const ofCarol = a.records.filter((record) => firstText(record, 'User-Name') === 'carol');
    expect(ofCarol.map((record) => firstNumber(record, 'Acct-Status-Type'))).toEqual(
      expect.arrayContaining([1, 3, 3, 2]),
    );
    for (const record of ofCarol) {
      expect(firstValue(record, 'Class')).toEqual(Uint8Array.of(7, 8));
      expect(firstText(record, 'Calling-Station-Id')).toBe('0123');
      expect(firstText(record, 'NAS-Identifier')).toBe('lns1');
    }
    expect(firstNumber(ofCarol.at(-1) ?? [], 'Acct-Terminate-Cause')).toBe(1);
    await world.close();
    expect(kinds(a)[0]).toBe(7);
    expect(kinds(a).at(-1)).toBe(8);
  });

  it('goes to the next server when one is silent, and keeps its records in order', async () => {
    const { world, lac, hosts, b, dial } = await start();
    const [host] = hosts;
    if (host !== undefined) host.silent = true;
    const session = await dial('carol', 'opera');
    expect(world.lns.radius()?.authentication[0]?.state).toBe('dead');
    lac.client.hangUp(session);
    await world.run(60_000);
    expect(kinds(b).filter((kind) => kind === 1 || kind === 2)).toEqual([1, 2]);
    expect(world.lns.radius()?.records.waiting).toBe(0);
    await world.close();
  });

  it('keeps the records until a server is back', async () => {
    const { world, lac, hosts, a, dial } = await start();
    const session = await dial('local', 'pass');
    await world.run(60_000);
    for (const host of hosts) host.silent = true;
    lac.client.hangUp(session);
    await world.run(300_000);
    expect(world.lns.radius()?.records.waiting).toBe(1);
    for (const host of hosts) host.silent = false;
    await world.run(60_000);
    expect(world.lns.radius()?.records.waiting).toBe(0);
    expect(kinds(a)).toEqual([7, 1, 2]);
    await world.close();
  });

  it('asks the servers of a profile for its LACs, and tells others of sessions alone', async () => {
    const radius = options.radius as NonNullable<LnsOptions['radius']>;
    const own = { servers: [{ host: second, secret: simSecret }] };
    const resale = await start({ profiles: [{ name: 'resale', hostName: '*', radius: own }] });
    await resale.dial('carol', 'opera');
    await resale.world.close();
    // A LAC of the profile concerns the others not at all.
    expect(kinds(resale.a)).toEqual([7, 8]);
    expect(kinds(resale.b)).toEqual([7, 1, 2, 8]);

    const apart = await start({
      radius: {
        ...radius,
        servers: [{ host: first, secret: simSecret }],
        accountingServers: [{ host: second, secret: simSecret }],
      },
    });
    await apart.dial('carol', 'opera');
    await apart.world.close();
    expect(apart.a.requests.map(([kind]) => kind)).toEqual([code.accessRequest]);
    expect(kinds(apart.b)).toEqual([7, 1, 2, 8]);
  });

  it('refuses with a reason when no server answers', async () => {
    const { world, hosts, dial } = await start({ ppp: { ...options.ppp, authTimeout: 120 } });
    for (const host of hosts) host.silent = true;
    await expect(dial('carol', 'opera')).rejects.toThrow(/not set up/);
    expect(world.log.lines.join('\n')).toMatch(/no RADIUS server answers/);
    await world.close();
  });
});

describe('a reload', () => {
  const radius = options.radius as NonNullable<LnsOptions['radius']>;
  const others = (changes: Partial<typeof radius>): LnsOptions => ({
    ...options,
    radius: { ...radius, ...changes },
  });

  it('has other servers asked, while sessions and what is in flight go on', async () => {
    const { world, hosts, a, b, dial } = await start();
    const [hostA] = hosts;
    const ann = await dial('carol', 'opera');
    if (hostA !== undefined) hostA.silent = true;
    const late = dial('carol', 'opera');
    await world.run(1500);
    const changed = others({
      servers: [{ host: second, secret: simSecret, weight: 3 }],
      timeout: 1,
      coa: { ...radius.coa, clients: [{ address: second, secret: simSecret }] },
    });
    const prepared = world.lns.prepare(changed);
    expect(prepared.restart).toEqual([]);
    expect(prepared.live.toSorted()).toEqual(['radius.coa.clients', 'radius.servers', 'radius.timeout']);
    const shown = () => world.lns.radius()?.authentication.map(({ name, state }) => `${name} ${state}`);
    expect(shown()).toHaveLength(2);
    prepared.commit();
    expect(shown()).toEqual([`${second}:1812 up`]);
    // Asked of the server that is gone, which does not answer: the other one does.
    const carol = await late;
    const before = a.requests.length;
    await dial('carol', 'opera');
    await world.run(60_000);
    expect(a.requests).toHaveLength(before);
    expect(world.lns.statistics().sessionsUp).toBe(3);
    expect(world.lns.radius()?.records.waiting).toBe(0);
    expect(kinds(b).filter((kind) => kind === 1)).toHaveLength(2);
    // Nobody is told that this server begins anew: their sessions go on.
    expect(kinds(b)).not.toContain(7);

    const nas = { address: lnsAddress, port: 3799 };
    const [session] = await world.until(world.lns.sessions());
    if (hostA !== undefined) hostA.silent = false;
    for (const server of [a, b]) {
      server.authorize(nas, code.disconnectRequest, [{ name: 'Acct-Session-Id', value: session?.id ?? '' }]);
    }
    await world.run(1000);
    expect([a.answers.length, b.answers.map((answer) => answer.code)]).toEqual([0, [code.disconnectAck]]);
    for (const one of [ann, carol]) one.hangUp(world.network.now);
    await world.run(30_000);
    await world.close();
    expect(kinds(b).filter((kind) => kind === 2)).toHaveLength(3);
    expect(kinds(b).at(-1)).toBe(8);
  });

  it('brings records that wait to a server that was not there', async () => {
    const { world, lac, hosts, b, dial } = await start({
      radius: { ...radius, servers: [{ host: first, secret: simSecret }] },
    });
    const session = await dial('carol', 'opera');
    for (const host of hosts) host.silent = true;
    lac.client.hangUp(session);
    await world.run(300_000);
    expect(world.lns.radius()?.records.waiting).toBe(1);
    for (const host of hosts.slice(1)) host.silent = false;
    world.lns.prepare(others({ servers: [{ host: second, secret: simSecret }] })).commit();
    await world.run(20_000);
    expect(kinds(b)).toEqual([2]);
    expect(world.lns.radius()?.records.waiting).toBe(0);
    await world.close();
  });

  it('gives a profile servers of its own, and takes them away', async () => {
    const { world, a, b, dial } = await start();
    const own = { servers: [{ host: second, secret: simSecret }] };
    const profile = { name: 'resale', hostName: '*' };
    const asked = async (server: SimRadius): Promise<boolean> => {
      const before = server.requests.length;
      await dial('carol', 'opera');
      return server.requests.slice(before).some(([kind]) => kind === code.accessRequest);
    };
    expect(await asked(a)).toBe(true);
    world.lns.prepare({ ...options, profiles: [{ ...profile, radius: own }] }).commit();
    const { lns } = world;
    expect(lns.radius()?.authentication.map(({ profile: of }) => of)).toEqual([
      undefined,
      undefined,
      'resale',
    ]);
    const lac = world.addLac({ ppp: { authMethods: ['pap'] } });
    const tunnel = await world.openTunnel(lac);
    const before = b.requests.length;
    await world.dial(lac, tunnel, { user: 'carol', password: 'opera' });
    expect(b.requests.slice(before).some(([kind]) => kind === code.accessRequest)).toBe(true);
    lns.prepare({ ...options, profiles: [profile] }).commit();
    expect(lns.radius()?.authentication).toHaveLength(2);
    await world.run(60_000);
    lns.prepare(options).commit();
    expect(await asked(a)).toBe(true);
    await world.close();
    expect(kinds(a).filter((kind) => kind === 2)).toHaveLength(3);
  });

  it('names what needs a restart, and finds wrong servers before anything changes', async () => {
    const { world, a, dial } = await start();
    const prepared = world.lns.prepare(
      others({ nasIdentifier: 'lns2', retries: 5, coa: { clients: [], listen: '192.0.2.1:3800' } }),
    );
    expect(prepared.restart.toSorted()).toEqual(['radius.coa.listen', 'radius.nasIdentifier']);
    expect(prepared.live.toSorted()).toEqual(['radius.coa.clients', 'radius.retries']);
    prepared.commit();
    expect(
      world.lns.prepare(others({ retries: 5, coa: { clients: [], listen: `${lnsAddress}:3799` } })).live,
    ).toEqual([]);
    await dial('carol', 'opera');
    await world.run(1000);
    expect(firstText(a.records.at(-1) ?? [], 'NAS-Identifier')).toBe('lns1');
    const wrong = [
      others({ servers: [{ host: 'nowhere', secret: simSecret }] }),
      others({ coa: { clients: [{ address: '10.0.0.0/40', secret: simSecret }] } }),
    ];
    for (const one of wrong) expect(() => world.lns.prepare(one)).toThrow(RangeError);
    const { radius: none, ...without } = options;
    expect(none && world.lns.prepare(without).restart).toEqual(['radius']);
    expect(world.lns.radius()?.authentication).toHaveLength(2);
    await world.close();
  });
});

describe('tunnel accounting', () => {
  it('tells of tunnels, of the sessions in them, and of those that are refused', async () => {
    const { world, lac, a, dial } = await start({
      radius: { ...(options.radius as NonNullable<LnsOptions['radius']>), tunnelAccounting: true },
    });
    const session = await dial('carol', 'opera');
    await expect(dial('carol', 'wrong')).rejects.toThrow(/not set up/);
    lac.client.hangUp(session);
    await world.run(3000);
    await world.close();
    expect(kinds(a)).toEqual([7, 9, 1, 12, 14, 13, 2, 10, 8]);
    const id = firstText(a.records[1] ?? [], 'Acct-Session-Id');
    const [start1, stop] = [a.records[2] ?? [], a.records[6] ?? []];
    for (const record of [start1, stop]) expect(firstText(record, 'Acct-Multi-Session-Id')).toBe(id);
    for (const record of [a.records[4] ?? [], a.records[7] ?? []]) {
      expect(firstText(record, 'Acct-Session-Id')).toBe(id);
    }
    expect(firstText(a.records[4] ?? [], 'User-Name')).toBe('carol');
  });
});

describe('CoA', () => {
  it('changes and ends the sessions that a request names, and says why it does not', async () => {
    const { world, a, b, dial } = await start();
    await dial('carol', 'opera');
    await world.run(1000);
    const [session] = await world.lns.sessions();
    const nas = { address: lnsAddress, port: 3799 };
    const ask = async (kind: number, attributes: Parameters<SimRadius['authorize']>[2], from = a) => {
      const before = from.answers.length;
      from.authorize(nas, kind, attributes);
      await world.run(500);
      const answer = from.answers[before];
      return answer && [answer.code, firstNumber(answer.attributes, 'Error-Cause')];
    };
    const id = { name: 'Acct-Session-Id', value: session?.id ?? '' };
    const timeout = { name: 'Session-Timeout', value: 600 };
    expect(await ask(code.coaRequest, [timeout])).toEqual([code.coaNak, 402]);
    expect(await ask(code.coaRequest, [{ ...id, value: 'nobody' }, timeout])).toEqual([code.coaNak, 503]);
    expect(await ask(code.coaRequest, [id])).toEqual([code.coaNak, 402]);
    expect(await ask(code.coaRequest, [id, { name: 'Framed-IP-Address', value: '10.0.0.1' }])).toEqual([
      code.coaNak,
      503,
    ]);
    expect(await ask(code.coaRequest, [id, { name: 'Port-Limit', value: 1 }])).toEqual([code.coaNak, 401]);
    expect(await ask(code.coaRequest, [id, timeout, { name: 'NAS-Identifier', value: 'other' }])).toEqual([
      code.coaNak,
      403,
    ]);
    expect(await ask(code.coaRequest, [id, { name: 'Framed-Route', value: 'nonsense' }])).toEqual([
      code.coaNak,
      407,
    ]);
    expect(await ask(code.coaRequest, [id, { name: 'Service-Type', value: 17 }])).toEqual([code.coaNak, 405]);
    expect(
      await ask(code.coaRequest, [id, timeout, { name: 'Event-Timestamp', value: 1000 }]),
    ).toBeUndefined();
    expect(await ask(code.coaRequest, [id, timeout], b)).toBeUndefined();
    expect(await ask(code.coaRequest, [id, timeout])).toEqual([code.coaAck, undefined]);
    expect(await world.lns.sessions()).toHaveLength(1);
    expect(
      await ask(code.disconnectRequest, [
        { name: 'Calling-Station-Id', value: '0123' },
        { name: 'User-Name', value: 'carol' },
      ]),
    ).toEqual([code.disconnectAck, undefined]);
    await world.run(5000);
    expect(await world.lns.sessions()).toEqual([]);
    const stop = a.records.find((record) => firstNumber(record, 'Acct-Status-Type') === 2);
    expect(firstNumber(stop ?? [], 'Acct-Terminate-Cause')).toBe(6);
    expect(world.lns.radius()?.coa).toMatchObject({ acks: 2, strangers: 1, stale: 1 });
    await world.close();
  });

  it('ends a session at the time-out that it gave, unless it takes it away', async () => {
    const { world, a, dial } = await start();
    await dial('carol', 'opera');
    await world.run(1000);
    a.authorize({ address: lnsAddress, port: 3799 }, code.coaRequest, [
      { name: 'User-Name', value: 'carol' },
      { name: 'Session-Timeout', value: 20 },
    ]);
    await world.run(15_000);
    expect(await world.lns.sessions()).toHaveLength(1);
    a.authorize({ address: lnsAddress, port: 3799 }, code.coaRequest, [
      { name: 'User-Name', value: 'carol' },
      { name: 'Session-Timeout', value: 0 },
    ]);
    await world.run(60_000);
    expect(await world.lns.sessions()).toHaveLength(1);
    a.authorize({ address: lnsAddress, port: 3799 }, code.coaRequest, [
      { name: 'User-Name', value: 'carol' },
      { name: 'Session-Timeout', value: 5 },
    ]);
    await world.run(10_000);
    expect(await world.lns.sessions()).toEqual([]);
    const stop = a.records.find((record) => firstNumber(record, 'Acct-Status-Type') === 2);
    expect(firstNumber(stop ?? [], 'Acct-Terminate-Cause')).toBe(5);
    await world.close();
  });
});

it('ends a session whose traffic quota is used up, beyond 32 bits', async () => {
  const { world, a, dial } = await start();
  const limit = [
    { name: 'Mikrotik-Total-Limit', value: 100 },
    { name: 'Mikrotik-Total-Limit-Gigawords', value: 1 },
  ];
  a.users.set('erin', { password: 'opera', reply: limit });
  await dial('erin', 'opera');
  const [tunnel] = world.dataPlane.tunnels.values();
  const [session] = tunnel?.sessions.values() ?? [];
  const carried = { rxErrors: 0, rxSeqDiscards: 0, rxOutOfSequence: 0, txErrors: 0 };
  const read = (rxPackets: number, rxBytes: number) =>
    world.dataPlane.counters.set(session?.unit?.statsKey ?? 0, {
      rxPackets,
      rxBytes,
      txPackets: 1,
      txBytes: 40,
      ...carried,
    });
  read(1, 2 ** 32);
  await world.run(15_000);
  expect(await world.lns.sessions()).toHaveLength(1);
  read(2, 2 ** 32 + 60);
  await world.run(15_000);
  expect(await world.lns.sessions()).toEqual([]);
  const stop = a.records.find((record) => firstNumber(record, 'Acct-Status-Type') === 2) ?? [];
  expect(firstNumber(stop, 'Acct-Terminate-Cause')).toBe(5);
  expect(firstNumber(stop, 'Acct-Input-Gigawords')).toBe(1);
  expect(firstNumber(stop, 'Acct-Input-Octets')).toBe(60);
  await world.close();
});

describe('one session a user', () => {
  it.each(['deny', 'replace'] as const)('%s', async (action) => {
    const { world, dial } = await start({ sessionLimit: { sessions: 1, action } });
    await dial('carol', 'opera');
    if (action === 'deny') await expect(dial('carol', 'opera')).rejects.toThrow(/has 1 sessions already/);
    else await dial('carol', 'opera');
    await world.run(5000);
    expect(await world.lns.sessions()).toHaveLength(1);
    await world.close();
  });
});
