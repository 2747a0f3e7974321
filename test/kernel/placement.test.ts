import { describe, expect, it } from 'vitest';
import {
  eventually,
  footprint,
  ip,
  ipJson,
  moveTo,
  namespace,
  openDescriptors,
  ping,
  sh,
  tunnelPair,
} from './support.js';

const tcJson = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  JSON.parse((await sh('tc', '-json', '-s', ...args)) || '[]') as Record<string, unknown>[];

/** Two sessions' ends: one here, one in a namespace of its own. */
async function connected(
  pair: Awaited<ReturnType<typeof tunnelPair>>,
  far: string,
  unit: Parameters<Awaited<ReturnType<typeof pair.a.addSession>>['attachPpp']>[0],
  sessionId = 1,
) {
  const a = await pair.a.addSession({ sessionId, peerSessionId: sessionId, lnsMode: true });
  const near = await a.attachPpp({ mtu: 1400, local: '10.64.0.1', peer: `10.65.0.${sessionId}`, ...unit });
  const b = await pair.b.addSession({ sessionId, peerSessionId: sessionId });
  const name = `far${sessionId}`;
  await b.attachPpp({ name, mtu: 1400 });
  await moveTo(far, name, `10.65.0.${sessionId}`, '10.64.0.1');
  return { session: a, near };
}

describe('a VRF', () => {
  it('has the interface, and the routes in its table', async () => {
    await using far = await namespace('far');
    await ip('link', 'add', 'red', 'up', 'type', 'vrf', 'table', '1042');
    try {
      await using pair = await tunnelPair();
      const { session, near } = await connected(pair, far.name, {
        vrf: 'red',
        routes: ['192.168.7.0/24', { prefix: '192.168.8.0/24', gateway: '10.65.0.1', metric: 7 }],
      });
      expect(await ipJson('link', 'show', near.name)).toMatchObject([{ master: 'red' }]);
      const routes = await ipJson('route', 'show', 'table', '1042');
      expect(routes).toContainEqual(expect.objectContaining({ dst: '192.168.7.0/24', dev: near.name }));
      expect(routes).toContainEqual(
        expect.objectContaining({ dst: '192.168.8.0/24', gateway: '10.65.0.1', metric: 7 }),
      );
      expect(await ipJson('route', 'show', '192.168.7.0/24')).toEqual([]);
      expect(await ping('10.65.0.1', { from: 'red' })).toBe(3);

      await session.update({ routes: ['192.168.9.0/24'], removedRoutes: ['192.168.7.0/24'] });
      const changed = (await ipJson('route', 'show', 'table', '1042')).map(({ dst }) => dst);
      expect(changed).toContain('192.168.9.0/24');
      expect(changed).not.toContain('192.168.7.0/24');
    } finally {
      await ip('link', 'del', 'red');
    }
  });

  it('that is not there, or is none, is an error that says so and leaves nothing', async () => {
    await using pair = await tunnelPair();
    const before = await footprint();
    const session = await pair.a.addSession({ sessionId: 1, peerSessionId: 1, lnsMode: true });
    await expect(session.attachPpp({ vrf: 'blue' })).rejects.toMatchObject({ code: 'ENODEV' });
    await expect(session.attachPpp({ vrf: 'lo' })).rejects.toThrow(/lo is no VRF/);
    await session.close();
    await eventually(async () => expect(await footprint()).toEqual(before));
  });
});

describe('another network namespace', () => {
  it('gets the interface, whose traffic comes through and which goes with its session', async () => {
    await using far = await namespace('far');
    await using home = await namespace('home');
    await using pair = await tunnelPair();
    const { session, near } = await connected(pair, far.name, {
      netns: home.name,
      name: 'customer0',
      routes: ['192.168.7.0/24'],
    });
    expect(near.name).toBe('customer0');
    expect(await ipJson('-n', home.name, 'addr', 'show', 'customer0')).toMatchObject([
      { ifindex: near.index, addr_info: [expect.objectContaining({ local: '10.64.0.1' })] },
    ]);
    expect(await ipJson('-n', home.name, 'route', 'show', '192.168.7.0/24')).toHaveLength(1);
    const capture = session.data.capture(40);
    expect(await ping('10.65.0.1', { netns: home.name })).toBe(3);
    const echoes: { direction: string; protocol: number; length: number; octets: Uint8Array }[] = [];
    // Whatever else the namespace sends by the interface is not counted.
    capture.read((packet) => {
      if (packet.octets[9] === 1) echoes.push({ ...packet, octets: packet.octets.slice() });
    });
    expect(echoes.map(({ direction }) => direction)).toEqual(Array(3).fill(['sent', 'received']).flat());
    for (const { protocol, length, octets } of echoes)
      expect([protocol, octets.length, length > 40]).toEqual([0x0800, 40, true]);
    capture.close();
    capture.close();
    expect(capture.dropped).toBe(0);
    expect(await ping('10.64.0.1', { netns: far.name })).toBe(3);
    await session.update({ rate: { down: 1_000_000 }, mtu: 1300 });
    expect(await ipJson('-n', home.name, 'link', 'show', 'customer0')).toMatchObject([{ mtu: 1300 }]);
    await session.close();
    expect(await ipJson('-n', home.name, 'link', 'show', 'type', 'ppp')).toEqual([]);
    // Nothing of ours keeps it alive.
    expect([...openDescriptors().values()].filter((target) => target.startsWith('/run/netns/'))).toEqual([]);
  });

  it.each(['home', ''])('counts IPv6 apart, in "%s"', async (place) => {
    await using far = await namespace('far');
    await using home = await namespace('home');
    await using pair = await tunnelPair();
    const netns = place === '' ? {} : { netns: home.name };
    const a = await pair.a.addSession({ sessionId: 1, peerSessionId: 1, lnsMode: true });
    const near = await a.attachPpp({ name: 'six0', local: 'fd00:64::1', peer: 'fd00:65::2', ...netns });
    await (await pair.b.addSession({ sessionId: 1, peerSessionId: 1 })).attachPpp({ name: 'six1' });
    await moveTo(far.name, 'six1', 'fd00:65::2', 'fd00:64::1');
    expect(await ping('fd00:65::2', netns)).toBe(3);
    const all = await a.data.unitStats();
    const ipv6 = await a.data.ipv6Stats();
    expect(ipv6?.rxPackets).toBeGreaterThanOrEqual(3);
    expect(ipv6?.txBytes).toBeGreaterThanOrEqual(3 * 48);
    expect(ipv6?.rxBytes).toBeLessThanOrEqual(all.rxBytes);
    const last = await a.data.close();
    expect(last?.ipv6?.txPackets).toBeGreaterThanOrEqual(ipv6?.txPackets ?? Infinity);
    expect(last?.rxBytes).toBeGreaterThanOrEqual(all.rxBytes);
    expect(near.name).toBe('six0');
  });

  it('that is not there is an error, and leaves nothing', async () => {
    await using pair = await tunnelPair();
    const before = await footprint();
    const session = await pair.a.addSession({ sessionId: 1, peerSessionId: 1, lnsMode: true });
    await expect(session.attachPpp({ netns: 'nowhere', name: 'x0' })).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await session.close();
    await eventually(async () => expect(await footprint()).toEqual(before));
  });
});

describe('a rate', () => {
  it('is a shaper and a policer, which another rate changes in place', async () => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const { session, near } = await connected(pair, far.name, {
      rate: { down: 10_000_000, up: 2_000_000 },
    });
    const [tbf, queue, clsact] = await tcJson('qdisc', 'show', 'dev', near.name);
    expect(tbf).toMatchObject({ kind: 'tbf', options: { rate: 1_250_000 } });
    expect(queue).toMatchObject({ kind: 'fq_codel', options: { flows: 64 } });
    expect(clsact).toMatchObject({ kind: 'clsact' });
    const police = async () => JSON.stringify(await tcJson('filter', 'show', 'dev', near.name, 'ingress'));
    expect(await police()).toContain('police');
    expect(await ping('10.65.0.1')).toBe(3);

    await session.update({ rate: { down: 20_000_000, up: 4_000_000 } });
    const [faster] = await tcJson('qdisc', 'show', 'dev', near.name);
    // The same one: what it counted is still there.
    expect(faster).toMatchObject({ kind: 'tbf', options: { rate: 2_500_000 } });
    expect(Number(faster?.['packets'])).toBeGreaterThanOrEqual(3);
    expect(await sh('tc', 'filter', 'show', 'dev', near.name, 'ingress')).toMatch(/rate 4Mbit/);
    expect(await ping('10.65.0.1')).toBe(3);
  });

  it('can come to a session that had none', async () => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const { session, near } = await connected(pair, far.name, {});
    await session.update({ rate: { down: 8_000_000 } });
    await session.update({ rate: { up: 3_000_000 } });
    expect(await tcJson('qdisc', 'show', 'dev', near.name)).toMatchObject([
      { kind: 'tbf', options: { rate: 125_000_000_000 } },
      { kind: 'fq_codel' },
      { kind: 'clsact' },
    ]);
    expect(await ping('10.65.0.1')).toBe(3);
    await expect(session.update({ rate: { down: 10 } })).rejects.toThrow(/rate\.down/);
  });

  it('of a tunnel is one bucket for all of its sessions, gone with the last', async () => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const unit = { tunnelRate: { down: 5_000_000, up: 6_000_000 } };
    const first = await connected(pair, far.name, unit, 1);
    const second = await connected(pair, far.name, { ...unit, rate: { up: 1_000_000 } }, 2);
    expect(await ping('10.65.0.2')).toBe(3);
    const actions = () => sh('tc', '-s', 'actions', 'list', 'action', 'police');
    expect((await actions()).match(/rate 5Mbit/g)).toHaveLength(1);
    expect((await actions()).match(/rate 6Mbit/g)).toHaveLength(1);
    expect((await actions()).match(/rate 1Mbit/g)).toHaveLength(1);
    await first.session.close();
    expect(await actions()).toMatch(/rate 5Mbit/);
    await second.session.close();
    await eventually(async () => expect(await actions()).not.toContain('rate'));
  });
});
