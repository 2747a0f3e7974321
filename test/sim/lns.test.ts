import { describe, expect, it } from 'vitest';
import { HandLac } from '../support/hand-lac.js';
import { LnsWorld, smallServer } from '../support/lns-world.js';

const secret = 'tunnel-secret';

describe('a call', () => {
  it.each(['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'] as const)(
    'comes up with %s and goes down',
    async (method) => {
      const world = await LnsWorld.start({ ...smallServer, ppp: { ...smallServer.ppp, auth: [method] } });
      const lac = world.addLac({ ppp: { authMethods: [method] } });
      const tunnel = await world.openTunnel(lac, secret);
      const session = await world.dial(lac, tunnel, {
        user: 'alice',
        password: 'wonder',
        callingNumber: '0123',
      });
      expect(session.ipv4).toEqual({ local: '10.65.1.1', peer: '10.64.0.1', dns: ['10.9.0.2', '10.9.0.3'] });
      await world.run(100);
      const [info] = await world.lns.sessions();
      expect(info).toMatchObject({
        user: 'alice',
        address: '10.65.1.1',
        state: 'open',
        callingNumber: '0123',
        authMethod: method,
      });
      lac.client.hangUp(session);
      await world.run(2000);
      expect(await world.lns.sessions()).toEqual([]);
      expect(world.dataPlane.sessions).toHaveLength(0);
      expect(world.events).toEqual(['tunnel-up', 'session-up alice 10.65.1.1', 'session-down alice peer']);
      await world.close();
      expect(world.dataPlane.tunnels.size).toBe(0);
      expect(world.events.at(-1)).toBe('tunnel-down local');
    },
  );

  it('costs the kernel nothing before the subscriber is authenticated', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await expect(world.dial(lac, tunnel, { password: 'wrong' })).rejects.toThrow(/the call was not set up/);
    await world.run(5000);
    expect(world.dataPlane.calls.map(({ operation }) => operation)).toEqual(['openTunnel']);
    expect(world.events).toContain('authentication-failed bob');
    expect(await world.lns.sessions()).toEqual([]);
    await world.close();
  });

  it('gives each session an address of its own, and takes it back', async () => {
    const world = await LnsWorld.start({ ...smallServer, pools: { main: ['10.65.0.0/30'] } });
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    const first = await world.dial(lac, tunnel);
    const second = await world.dial(lac, tunnel);
    expect(new Set([first.ipv4?.local, second.ipv4?.local])).toEqual(new Set(['10.65.0.1', '10.65.0.2']));
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/pool main has no free address/);
    lac.client.hangUp(first);
    await world.run(2000);
    const third = await world.dial(lac, tunnel);
    expect(third.ipv4?.local).toBe(first.ipv4?.local);
    await world.close();
  });

  it('refuses a fixed address that is in use', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await world.dial(lac, tunnel, { user: 'alice', password: 'wonder' });
    await expect(world.dial(lac, tunnel, { user: 'alice', password: 'wonder' })).rejects.toThrow(
      /10\.65\.1\.1 is in use/,
    );
    await world.close();
  });
});

describe('limits', () => {
  it.each([
    ['maxSessions', { maxSessions: 1 }],
    ['maxSessionsPerTunnel', { maxSessionsPerTunnel: 1 }],
    ['callRate', { callRate: { perSecond: 0.001, burst: 1 } }],
    ['a profile', { profiles: [{ name: 'isp', secret, maxSessions: 1 }] }],
  ])('%s are answered with CDN 2/4', async (_name, limit) => {
    const world = await LnsWorld.start({ ...smallServer, ...limit });
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await world.dial(lac, tunnel);
    await expect(world.dial(lac, tunnel)).rejects.toMatchObject({
      reason: { by: 'peer', resultCode: 2, errorCode: 4 },
    });
    await world.close();
  });

  it('of tunnels and calls are told of, with what is used of them', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      maxTunnels: 1,
      maxSessionsPerTunnel: 1,
      callRate: { perSecond: 0.001, burst: 5 },
      sessionLimit: { sessions: 2 },
      profiles: [
        { name: 'isp', hostName: 'isp*', secret, maxSessions: 7, maxSessionsPerTunnel: 2 },
        { name: 'bad', hostName: 'bad', refuse: true },
      ],
    });
    const told: string[] = [];
    world.lns.on('tunnel-failed', ({ peerHostName }, { text }) => told.push(`${peerHostName}: ${text}`));
    world.lns.on('call-refused', (_call, text) => told.push(text));
    const lac = world.addLac({ hostName: 'isp1' });
    const tunnel = await world.openTunnel(lac, secret);
    await world.dial(lac, tunnel);
    await world.dial(lac, tunnel);
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/limit of 2 sessions/);
    await expect(world.openTunnel(world.addLac({ hostName: 'other' }), secret)).rejects.toThrow();
    await expect(world.openTunnel(world.addLac({ hostName: 'bad' }), secret)).rejects.toThrow();
    expect(told).toEqual([
      'tunnel: limit of 2 sessions reached',
      expect.stringMatching(/^other: StopCCN .*limit of 1 tunnels reached/),
      expect.stringMatching(/^bad: StopCCN .*not authorized/),
    ]);
    const limits = world.lns.limits();
    expect(limits).toEqual([
      { name: 'maxSessions', limit: 65_535, used: 2, refused: 0 },
      { name: 'sessionLimit', limit: 2, used: 2, refused: 0 },
      { name: 'maxTunnels', limit: 1, used: 1, refused: 1 },
      { name: 'maxHalfOpenTunnels', limit: 64, used: 0, refused: 0 },
      { name: 'maxSessionsPerTunnel', limit: 1, used: 0, refused: 0 },
      { name: 'callRate', limit: 5, perSecond: 0.001, used: 2, refused: 0 },
      { name: 'maxCallsInProgress', limit: 4096, used: 0, refused: 0 },
      { name: 'maxSessions', profile: 'isp', limit: 7, used: 2, refused: 0 },
      { name: 'maxSessionsPerTunnel', profile: 'isp', limit: 2, used: 2, refused: 1 },
    ]);
    await world.close();
  });

  it('that a reload raises count at once', async () => {
    const options = { ...smallServer, maxTunnels: 1, sessionLimit: { sessions: 1 } };
    const world = await LnsWorld.start(options);
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await world.dial(lac, tunnel);
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/has 1 sessions already/);
    await expect(world.openTunnel(world.addLac(), secret)).rejects.toThrow();
    const prepared = world.lns.prepare({ ...options, maxTunnels: 2, sessionLimit: { sessions: 2 } });
    expect(prepared).toMatchObject({ live: ['maxTunnels', 'sessionLimit'], restart: [] });
    prepared.commit();
    await world.run(5000);
    await world.dial(lac, tunnel);
    await world.openTunnel(world.addLac(), secret);
    await world.run(1000);
    expect(world.lns.limits().filter(({ refused }) => refused > 0)).toEqual([
      { name: 'sessionLimit', limit: 2, used: 2, refused: 1 },
      { name: 'maxTunnels', limit: 2, used: 2, refused: 1 },
    ]);
    await world.close();
  });

  it('tell of floods of requests for tunnels no more than ten times a second', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      profiles: [{ name: 'bad', hostName: '*', refuse: true }],
    });
    let told = 0;
    world.lns.on('tunnel-failed', () => (told += 1));
    for (let i = 0; i < 30; i++) await world.openTunnel(world.addLac(), secret).catch(() => undefined);
    expect(told).toBeGreaterThanOrEqual(10);
    expect(told).toBeLessThan(20);
    expect(world.log.lines.filter((line) => line.includes('tunnel refused'))).toHaveLength(told);
    await world.run(2000);
    await world.openTunnel(world.addLac(), secret).catch(() => undefined);
    const untold = world.log.lines.map((line) => Number(/"untold":(\d+)/.exec(line)?.[1] ?? 0));
    expect(untold.reduce((sum, count) => sum + count) + told).toBe(31);
    await world.close();
  });

  it('bounds the sessions of one user', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      users: { bob: { password: 'pass', maxSessions: 1 } },
    });
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    const first = await world.dial(lac, tunnel);
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/has 1 sessions already/);
    lac.client.hangUp(first);
    await world.run(2000);
    await world.dial(lac, tunnel);
    await world.close();
  });
});

describe('LACs', () => {
  it('with the wrong secret get no tunnel', async () => {
    const world = await LnsWorld.start(smallServer);
    await expect(world.openTunnel(world.addLac(), 'other')).rejects.toThrow(/not set up/);
    await expect(world.openTunnel(world.addLac())).rejects.toThrow(/not set up/);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it('get the profile that matches their address or host name', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      pools: { main: ['10.65.0.0/18'], other: ['10.99.0.0/24'] },
      profiles: [
        { name: 'refused', hostName: 'bad*', refuse: true },
        {
          name: 'branch',
          hostName: 'branch',
          secret: 'theirs',
          pool: 'other',
          hideAvps: true,
          announceHostName: 'pop1',
        },
      ],
    });
    await expect(world.openTunnel(world.addLac({ hostName: 'bad1' }), secret)).rejects.toMatchObject({
      reason: { resultCode: 4 },
    });
    const lac = world.addLac({ hostName: 'branch' });
    const tunnel = await world.openTunnel(lac, 'theirs');
    expect(tunnel.tunnel.peer?.hostName).toBe('pop1');
    const session = await world.dial(lac, tunnel, { callingNumber: '0123' });
    expect(session.ipv4?.local).toMatch(/^10\.99\.0\./);
    expect(world.lns.tunnels()[0]?.profile).toBe('branch');
    await world.close();
  });

  it('may not be routed into a session', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      users: {
        bob: { password: 'pass', address: '192.0.2.11' },
        eve: { password: 'pass', routes: ['192.0.2.0/24'] },
      },
    });
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/is that of a LAC/);
    await expect(world.dial(lac, tunnel, { user: 'eve' })).rejects.toThrow(/covers the LAC/);
    await world.close();
  });

  it('that fall silent lose their sessions', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      helloInterval: 10,
      ppp: { ...smallServer.ppp, echoInterval: 0 },
    });
    const lac = world.addLac();
    await world.dial(lac, await world.openTunnel(lac, secret));
    lac.host.silent = true;
    await world.run(90_000);
    expect(world.lns.tunnels()).toEqual([]);
    expect(await world.lns.sessions()).toEqual([]);
    expect(world.dataPlane.tunnels.size).toBe(0);
    expect(world.events.slice(-2).sort()).toEqual(['session-down bob lost', 'tunnel-down lost']);
    await world.close();
  });
});

describe('sessions', () => {
  it('end when the subscriber does not answer echo requests', async () => {
    const world = await LnsWorld.start({
      ...smallServer,
      ppp: { ...smallServer.ppp, echoInterval: 5, echoFailures: 2 },
    });
    const lac = world.addLac();
    const session = await world.dial(lac, await world.openTunnel(lac, secret));
    session.bearer.release(); // Its frames reach nobody any more.
    await world.run(60_000);
    expect(await world.lns.sessions()).toEqual([]);
    expect(world.events).toContain('session-down bob lost');
    await world.close();
  });

  it.each([
    ['sessionTimeout', { sessionTimeout: 30 }],
    ['idleTimeout', { idleTimeout: 20 }],
  ])('end at their %s', async (_name, policy) => {
    const world = await LnsWorld.start({ ...smallServer, users: { bob: { password: 'pass', ...policy } } });
    const lac = world.addLac();
    await world.dial(lac, await world.openTunnel(lac, secret));
    await world.run(15_000);
    expect(await world.lns.sessions()).toHaveLength(1);
    await world.run(25_000);
    expect(await world.lns.sessions()).toEqual([]);
    await world.close();
  });

  it('end for the reason that PPP gave, when the CDN comes with the Terminate-Request', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    const reasons: string[] = [];
    world.lns.on('session-down', (_, { by, text }) => reasons.push(`${by}: ${text}`));
    lac.host.turn(() => {
      lac.sendFrame(call, 'c021050900086f766572'); // Terminate-Request "over"
      call.call.close({ resultCode: 1 }, lac.host.now());
    });
    await world.run(2000);
    expect(reasons).toEqual([expect.stringMatching(/^peer: .*over/)]);
    await world.close();
  });

  it('are ended by the operator', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    await world.dial(lac, tunnel, { user: 'alice', password: 'wonder' });
    await world.dial(lac, tunnel);
    expect(world.lns.disconnect({ user: 'nobody' })).toBe(0);
    expect(world.lns.disconnect({ user: 'alice' })).toBe(1);
    expect(() => world.lns.disconnect({})).toThrow(RangeError);
    await world.run(3000);
    expect((await world.lns.sessions()).map(({ user }) => user)).toEqual(['bob']);
    expect(world.lns.disconnect({ peerAddress: '192.0.2.11' })).toBe(1);
    await world.run(3000);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it('survive a data plane that fails, and say so to the peer', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac, secret);
    world.failing.add('addPppSession');
    await expect(world.dial(lac, tunnel)).rejects.toMatchObject({ reason: { by: 'peer' } });
    await world.run(5000);
    expect(await world.lns.sessions()).toEqual([]);
    world.failing.clear();
    await world.dial(lac, tunnel);
    await world.close();
  });

  it('are refused without MPPE where it is required', async () => {
    const world = await LnsWorld.start({ ...smallServer, ppp: { ...smallServer.ppp, mppe: 'require' } });
    const lac = world.addLac({ ppp: { mppe: { mode: 'off' } } });
    const tunnel = await world.openTunnel(lac, secret);
    await expect(world.dial(lac, tunnel)).rejects.toThrow(/encryption is required/);
    await world.close();
  });
});

describe('the hook', () => {
  it('may accept anyone without a password', async () => {
    const world = await LnsWorld.start({
      pools: { main: '10.65.0.0/24' },
      authenticate: () => ({ accept: true, pool: 'main' }),
    });
    const lac = world.addLac({ ppp: { authMethods: ['mschapv2', 'chap', 'pap'] } });
    const session = await world.dial(lac, await world.openTunnel(lac), { password: 'anything' });
    expect(session.ipv4?.local).toBe('10.65.0.2');
    expect((await world.lns.sessions())[0]?.authMethod).toBe('chap');
    await world.close();
  });

  it('decides by itself, late, and its answer to a session that has ended is dropped', async () => {
    const waiting: ((accept: boolean) => void)[] = [];
    const signals: AbortSignal[] = [];
    const world = await LnsWorld.start({
      pools: { main: '10.65.0.0/24' },
      authenticate: (request) => {
        const proven = request.verify('pass');
        signals.push(request.signal);
        return new Promise((resolve) =>
          waiting.push((accept) => resolve({ accept: accept && proven, pool: 'main' })),
        );
      },
    });
    const lac = world.addLac();
    const tunnel = await world.openTunnel(lac);
    const dialled = lac.client.dial(tunnel, { user: 'bob', password: 'pass' });
    await world.run(500);
    waiting[0]?.(true);
    const session = await world.until(dialled);
    // Nothing was said about our own address: it is the pool's first.
    expect(session.ipv4).toMatchObject({ peer: '10.65.0.1', local: '10.65.0.2' });
    const given = lac.client.dial(tunnel, { user: 'carol', password: 'pass' });
    const refused = expect(given).rejects.toThrow();
    await world.run(500);
    expect(world.lns.disconnect({ user: 'carol' })).toBe(1);
    await world.run(10_000);
    await refused;
    expect(signals[1]?.aborted).toBe(true);
    waiting[1]?.(true);
    await world.run(1000);
    expect(await world.lns.sessions()).toHaveLength(1);
    await world.close();
  });
});
