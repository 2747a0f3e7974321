import { describe, expect, it } from 'vitest';
import type { LacOptions } from '../../lib/lac/index.js';
import { LacWorld } from '../support/lac-world.js';

const one = '192.0.2.1';
const two = '192.0.2.2';

const switching: LacOptions = {
  groups: { isp: { secret: 's', lns: [{ address: one, weight: 2 }, { address: two }] } },
  routes: [{ domain: 'isp.example', group: 'isp' }, { default: 'local' }],
  pools: { main: '10.70.0.0/24' },
  users: { alice: { password: 'wonder' } },
};

/** The kernel's bridge does not exist here: what a client sends after it reaches nobody, so its IPCP must be quick. */
const forwarded = { state: 'forwarded', user: 'bob@isp.example' };

describe('a subscriber who is carried on', () => {
  it.each(['pap', 'chap', 'mschapv2', 'eap'] as const)(
    'is authenticated by the LNS, by %s',
    async (method) => {
      const world = await LacWorld.start({ ...switching, ppp: { auth: [method] } });
      const lns = await world.addLns(one, { ppp: { auth: [method], localAddress: '10.64.0.1' } });
      const client = world.addClient({ ppp: { authMethods: [method] } });
      const session = await world.until(world.dial(client, await world.openTunnel(client)));
      expect(session.ipv4).toMatchObject({ peer: '10.64.0.1' });
      expect(await world.lac.sessions()).toMatchObject([
        { ...forwarded, forwardedTo: { group: 'isp', server: one } },
      ]);
      expect(await lns.lns.sessions()).toMatchObject([
        { user: 'bob@isp.example', authMethod: method, state: 'open' },
      ]);
      // No interface and no address at the LAC.
      expect(world.dataPlane.calls.map(({ operation }) => operation)).not.toContain('addPppSession');
      client.hangUp(session);
      await world.run(5000);
      expect(await world.lac.sessions()).toEqual([]);
      expect(await lns.lns.sessions()).toEqual([]);
      expect(world.dataPlane.sessions).toEqual([]);
      expect(world.events).toEqual([
        `up bob@isp.example ${one}`,
        expect.stringMatching(/^down bob@isp.example/),
      ]);
      await world.until(world.lac.close());
      expect(world.dataPlane.tunnels.size).toBe(0);
      expect(world.lacHost.openTimers).toBe(0);
    },
  );
});

describe('the counters of a subscriber who is carried on', () => {
  it('are those of the call to the LNS, read with all others', async () => {
    const world = await LacWorld.start(switching);
    await world.addLns(one);
    const client = world.addClient();
    const session = await world.until(world.dial(client, await world.openTunnel(client)));
    await world.untilForwarded(1);
    const [before] = await world.lac.sessions();
    const { tunnelId = 0, sessionId = 0 } = before?.forwardedTo ?? {};
    const leg = world.dataPlane.tunnels.get(tunnelId)?.sessions.get(sessionId);
    const none = { rxErrors: 0, rxSeqDiscards: 0, rxOutOfSequence: 0, txErrors: 0 };
    const set = (counters: { rxPackets: number; rxBytes: number; txPackets: number; txBytes: number }) =>
      world.dataPlane.sessionCounters.set(leg?.statsKey ?? 0, { ...none, ...counters });
    set({ rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0 });
    await world.run(1);
    await world.until(world.lac.sessions());
    await world.run(2000);
    set({ rxPackets: 3, rxBytes: 3000, txPackets: 2, txBytes: 2000 });
    // What goes to the LNS is what the subscriber has sent.
    const seen = { rxPackets: 2, rxBytes: 2000, txPackets: 3, txBytes: 3000 };
    const { sessions, rates, total } = await world.until(
      world.lac.sessions().then((list) => ({
        sessions: list,
        rates: new Map(world.lac.tunnels().map((tunnel) => [tunnel.tunnelId, tunnel.rxRate])),
        total: world.lac.statistics().rxRate,
      })),
    );
    expect(sessions).toMatchObject([seen]);
    expect(total).toBeGreaterThan(0);
    expect([rates.get(tunnelId), rates.get(before?.tunnelId ?? 0)]).toEqual([total, total]);
    const down: unknown[] = [];
    world.lac.on('session-down', (last) => down.push(last));
    client.hangUp(session);
    await world.run(5000);
    expect(down).toMatchObject([seen]);
    await world.until(world.lac.close());
  });
});

/** `count` subscribers who dial at once; each has its client, since that is what subscribers have. */
async function dialMany(world: LacWorld, count: number) {
  const client = world.addClient();
  const tunnel = await world.openTunnel(client);
  const calls = Array.from({ length: count }, (_, i) =>
    world.dial(client, tunnel, { user: `u${i}@isp.example` }),
  );
  return { client, settled: Promise.allSettled(calls) };
}

const serversOf = async (world: LacWorld): Promise<Record<string, number>> => {
  const count: Record<string, number> = {};
  for (const { forwardedTo } of await world.lac.sessions()) {
    const server = forwardedTo?.server ?? 'here';
    count[server] = (count[server] ?? 0) + 1;
  }
  return count;
};

describe('a group of LNSs', () => {
  it('shares sessions by weight', async () => {
    const world = await LacWorld.start(switching);
    await world.addLns(one);
    await world.addLns(two);
    const { settled } = await dialMany(world, 30);
    await world.until(settled);
    expect(await serversOf(world)).toEqual({ [one]: 20, [two]: 10 });
    await world.until(world.lac.close());
  });

  it.each([
    ['is not there', undefined],
    ['does not know the secret', { secret: 'other' }],
    [
      'has no room',
      { maxSessions: 1, users: { nobody: { password: 'x' } }, callRate: { perSecond: 0.001, burst: 1 } },
    ],
  ] as const)('goes round one that %s', async (_, options) => {
    const world = await LacWorld.start(switching);
    if (options !== undefined) {
      await world.addLns(one, { ...options, users: { '*': { password: 'pass' } } });
      // Its one place is taken.
      if ('maxSessions' in options) await world.until((await dialMany(world, 1)).settled);
    }
    await world.addLns(two);
    const { settled } = await dialMany(world, 10);
    const results = await world.until(settled);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect((await serversOf(world))[two]).toBe(10);
    expect(world.lac.servers()[0]).toMatchObject({ address: one, state: 'aside' });
    await world.until(world.lac.close());
  });

  it('tries one that was set aside again, and gives it its share when it is back', async () => {
    const world = await LacWorld.start(switching);
    await world.addLns(two);
    await world.until((await dialMany(world, 4)).settled);
    expect(await serversOf(world)).toEqual({ [two]: 4 });
    await world.addLns(one);
    await world.run(61_000);
    // One call tries it; the others follow when it has answered.
    await world.until((await dialMany(world, 1)).settled);
    await world.until((await dialMany(world, 7)).settled);
    expect(await serversOf(world)).toEqual({ [two]: 4, [one]: 8 });
    await world.until(world.lac.close());
  });

  it('opens another tunnel when one is full, and no more than it may', async () => {
    const groups = { isp: { secret: 's', maxSessionsPerTunnel: 4, maxTunnels: 2, lns: [{ address: one }] } };
    const world = await LacWorld.start({ ...switching, groups });
    const { lns } = await world.addLns(one);
    const results = await world.until((await dialMany(world, 10)).settled);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    expect(lns.tunnels().map(({ sessions }) => sessions)).toEqual([4, 4]);
    await world.until(world.lac.close());
  });

  it('has tunnels of its own, with its secret, name and source address, to an LNS that serves another group too', async () => {
    const shop = {
      secret: 't',
      announceHostName: 'shop.lac',
      localAddress: LacWorld.otherLacAddress,
      lns: [{ address: one }],
    };
    const world = await LacWorld.start({
      ...switching,
      groups: { ...switching.groups, shop },
      routes: [{ domain: 'shop.example', group: 'shop' }, ...(switching.routes ?? [])],
    });
    const { lns } = await world.addLns(one, {
      profiles: [{ name: 'shop', hostName: 'shop.*', secret: 't' }],
    });
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    for (const user of ['a@isp.example', 'b@shop.example', 'c@shop.example'])
      await world.until(world.dial(client, tunnel, { user }));
    expect(lns.tunnels()).toMatchObject([
      { peerAddress: LacWorld.lacAddress, sessions: 1 },
      { peerAddress: LacWorld.otherLacAddress, peerHostName: 'shop.lac', sessions: 2 },
    ]);
    await world.until(world.lac.close());
  });

  it('says that nobody takes the subscriber, so that the LAC before it can try another', async () => {
    const world = await LacWorld.start(switching);
    const results = await world.until((await dialMany(world, 1)).settled);
    expect(results[0]).toMatchObject({ reason: { reason: { by: 'peer', resultCode: 4 } } });
    expect(await world.lac.sessions()).toEqual([]);
    await world.until(world.lac.close());
  });
});

describe.each([1, 2, 3])('an LNS that dies with 100 sessions up and 50 being set up (seed %i)', (seed) => {
  it('takes only its own along; the others move within their set-up time', async () => {
    const link = { latency: 5, jitter: 20, loss: 0.02, reorder: 0.05 };
    const world = await LacWorld.start(switching, { seed, link });
    const first = await world.addLns(one);
    await world.addLns(two);
    await world.until((await dialMany(world, 100)).settled, 200_000);
    const before = await serversOf(world);
    expect((before[one] ?? 0) + (before[two] ?? 0)).toBe(100);
    const { settled } = await dialMany(world, 50);
    await world.run(30);
    const began = world.network.now;
    world.kill(first);
    const results = await world.until(settled, 200_000);
    const moved = world.network.now - began;
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
    expect(moved).toBeLessThan(25_000);
    await world.run(60_000);
    // Those of the second LNS have not noticed; those of the first are told that they are down.
    expect(await serversOf(world)).toEqual({ [two]: (before[two] ?? 0) + 50 });
    expect(world.events.filter((line) => line.startsWith('down'))).toHaveLength(before[one] ?? 0);
    expect(world.lac.servers()).toMatchObject([
      { address: one, reason: expect.any(String) as unknown, sessions: 0 },
      { address: two, state: 'up' },
    ]);
    await world.until(world.lac.close());
  });
});

describe('a subscriber who is not carried on', () => {
  it('is terminated at the LAC', async () => {
    const world = await LacWorld.start(switching);
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    const session = await world.until(world.dial(client, tunnel, { user: 'alice', password: 'wonder' }));
    expect(session.ipv4).toMatchObject({ peer: '10.70.0.1' });
    expect(await world.lac.sessions()).toMatchObject([{ user: 'alice', state: 'open' }]);
    await world.until(world.lac.close());
  });

  it('is refused by a route', async () => {
    const world = await LacWorld.start({ ...switching, routes: [{ default: 'refuse' }] });
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    await expect(world.until(world.dial(client, tunnel))).rejects.toThrow(/a route refuses the subscriber/);
    await world.until(world.lac.close());
  });
});

describe('an authenticator that names tunnels', () => {
  it('has the subscriber carried on to the one with the lowest preference that answers', async () => {
    const world = await LacWorld.start({
      authenticate: ({ callingNumber }) => ({
        accept: true,
        tunnels: [
          { server: two, secret: 's', preference: 1, clientAuthId: 'radius-lac', assignmentId: 'gold' },
          { server: one, secret: 's', preference: 0, privateGroupId: callingNumber ?? 'none' },
        ],
      }),
    });
    const second = await world.addLns(two);
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    await world.until(world.dial(client, tunnel));
    expect(await world.lac.sessions()).toMatchObject([{ forwardedTo: { server: two, group: undefined } }]);
    expect(second.lns.tunnels()).toMatchObject([{ peerHostName: 'radius-lac' }]);
    await world.until(world.lac.close());
  });
});

describe('ends', () => {
  it('go from leg to leg, with their causes', async () => {
    const world = await LacWorld.start(switching);
    const { lns } = await world.addLns(one);
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    const session = await world.until(world.dial(client, tunnel));
    const down = new Promise<unknown>((resolve) => client.onDown((_, reason) => resolve(reason)));
    void lns.close();
    expect(await world.until(down)).toMatchObject({ by: 'peer', disconnectCode: 1 });
    expect(session.ended).toBe(true);
    await world.run(5000);
    expect(await world.lac.sessions()).toEqual([]);
    await world.until(world.lac.close());
  });

  it('of a refused proxy authentication reach the subscriber, and no kernel object was made', async () => {
    const world = await LacWorld.start(switching);
    await world.addLns(one);
    const client = world.addClient();
    const tunnel = await world.openTunnel(client);
    await expect(world.until(world.dial(client, tunnel, { password: 'wrong' }))).rejects.toThrow(
      /authentication/,
    );
    await world.run(5000);
    expect(world.dataPlane.calls.map(({ operation }) => operation)).not.toContain('addSession');
    expect(world.events).toEqual([]);
    expect(await world.lac.sessions()).toEqual([]);
    await world.until(world.lac.close());
  });

  it('of the LAC end both legs', async () => {
    const world = await LacWorld.start(switching);
    const { lns } = await world.addLns(one);
    await world.until((await dialMany(world, 3)).settled);
    await world.until(world.lac.close());
    await world.run(1000);
    expect(await lns.sessions()).toEqual([]);
    expect(world.dataPlane.tunnels.size).toBe(0);
  });
});
