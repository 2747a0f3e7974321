import { describe, expect, it } from 'vitest';
import { callResult, messageTypes } from '../../lib/l2tp/index.js';
import { Lns, type LnsOptions } from '../../lib/lns/index.js';
import { HandLac } from '../support/hand-lac.js';
import { LnsWorld, smallServer } from '../support/lns-world.js';

const secret = 'tunnel-secret';

/** Nothing is held any more, and nothing of ours went wrong. */
function expectNothingLeft(world: LnsWorld): void {
  expect(world.log.of('error')).toEqual([]);
  expect(world.lns.pools()[0]?.used).toBe(0);
  expect([world.dataPlane.tunnels.size, world.dataPlane.sessions.length]).toEqual([0, 0]);
  expect([world.host.openTimers, world.host.openSockets]).toEqual([0, 0]);
  const count = (event: string): number => world.events.filter((entry) => entry.startsWith(event)).length;
  expect(count('session-down')).toBe(count('session-up'));
  expect(count('tunnel-down')).toBe(count('tunnel-up'));
}

/** Work that ends when the test says so. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('a LAC that restarts', () => {
  it('with the same port and tunnel id replaces its old tunnel, and its users have their addresses at once', async () => {
    const world = await LnsWorld.start(smallServer);
    const alice = { user: 'alice', password: 'wonder' };
    const before = new HandLac(world, { secret });
    const old = await before.open();
    expect((await before.dial(old, alice)).isUp).toBe(true);
    const [first] = await world.lns.sessions();
    world.network.removeHost(before.host);
    await world.run(1500);
    // The same seed: the same ids.
    const after = new HandLac(world, { secret });
    const tunnel = await after.open();
    expect(tunnel.localTunnelId).toBe(old.localTunnelId);
    expect((await after.dial(tunnel, alice)).isUp).toBe(true);
    await world.run(100);
    const sessions = await world.lns.sessions();
    expect(sessions.map(({ user, address }) => [user, address])).toEqual([['alice', '10.65.1.1']]);
    expect(sessions[0]?.id).not.toBe(first?.id);
    expect(world.lns.tunnels()).toHaveLength(1);
    // The record of the first session waits for its last counters, not for the second.
    expect(world.events.filter((event) => event.startsWith('tunnel'))).toEqual([
      'tunnel-up',
      'tunnel-down peer',
      'tunnel-up',
    ]);
    expect(world.events.filter((event) => event.startsWith('session'))).toEqual([
      'session-up alice 10.65.1.1',
      'session-down alice lost',
      'session-up alice 10.65.1.1',
    ]);
    await world.close();
    expectNothingLeft(world);
  });
});

describe('two LACs behind one address', () => {
  it('with the same ids and two ports live side by side, and go one by one', async () => {
    const world = await LnsWorld.start(smallServer);
    const one = new HandLac(world, { secret, port: 4001 });
    const two = new HandLac(world, { secret, port: 4002, host: one.host });
    const tunnels = [await one.open(), await two.open()];
    expect(tunnels[0]?.localTunnelId).toBe(tunnels[1]?.localTunnelId);
    const calls = [await one.dial(tunnels[0] as never), await two.dial(tunnels[1] as never)];
    expect(calls.map(({ isUp }) => isUp)).toEqual([true, true]);
    await world.run(100);
    expect(world.lns.tunnels().map(({ peerPort, sessions }) => [peerPort, sessions])).toEqual([
      [4001, 1],
      [4002, 1],
    ]);
    one.host.turn(() => tunnels[0]?.close({ resultCode: 1 }, one.host.now()));
    await world.run(60_000);
    expect(world.lns.tunnels().map(({ peerPort }) => peerPort)).toEqual([4002]);
    expect((await world.lns.sessions()).map(({ state }) => state)).toEqual(['open']);
    await world.close();
    expectNothingLeft(world);
  });
});

describe('messages that cross', () => {
  it('CDN and CDN, StopCCN and StopCCN, end everything once', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    const call = await lac.dial(tunnel);
    const other = await lac.dial(tunnel, { user: 'carol', password: 'pass' });
    await world.run(100);
    const [session] = await world.lns.sessions();
    lac.host.turn(() => call.call.close({ resultCode: 3 }, lac.host.now()));
    expect(world.lns.disconnect({ id: session?.id ?? '' })).toBe(1);
    await world.run(10_000);
    expect((await world.lns.sessions()).map(({ user }) => user)).toEqual(['carol']);
    lac.host.turn(() => tunnel.close({ resultCode: 1 }, lac.host.now()));
    await world.close();
    expect(other.ended).toBeDefined();
    expectNothingLeft(world);
  });
});

describe('close()', () => {
  it('says CDN for each session and then StopCCN', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    for (let i = 0; i < 40; i++) await lac.dial(tunnel, { user: `user${i}`, password: 'pass' });
    const types: number[] = [];
    world.network.tap = ({ to, bytes }) => {
      if (to.address === lac.address && bytes.length > 20) types.push(bytes[19] ?? 0);
    };
    await world.close();
    expect(types.filter((type) => type === messageTypes.CDN)).toHaveLength(40);
    expect(types.indexOf(messageTypes.StopCCN)).toBeGreaterThan(types.lastIndexOf(messageTypes.CDN));
    for (const { ended } of lac.calls.values())
      expect(ended?.result.resultCode).toBe(callResult.administrative);
    expectNothingLeft(world);
  });

  it('takes back everything although nobody is told', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    await lac.dial(await lac.open());
    await world.until(world.lns.close({ timeout: 0 }));
    expectNothingLeft(world);
    await expect(world.lns.start()).rejects.toThrow(/already|closed/);
  });

  it('does not wait longer than it was told for a peer that is gone', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    await lac.dial(await lac.open());
    lac.host.silent = true;
    const began = world.network.now;
    await world.until(world.lns.close({ timeout: 2000 }));
    expect(world.network.now - began).toBeLessThanOrEqual(2100);
    expectNothingLeft(world);
  });

  it.each([0, 5, 15, 25, 35, 55, 75, 95, 115, 135, 155, 175, 195])(
    'comes %i ms after a LAC began to dial',
    async (ms) => {
      const world = await LnsWorld.start(smallServer);
      const lac = world.addLac();
      const opened = lac.client.openTunnel({ address: '192.0.2.1', port: 1701 }, secret);
      const dialled = opened.then((tunnel) => lac.client.dial(tunnel, { user: 'bob', password: 'pass' }));
      dialled.catch(() => undefined);
      await world.run(ms);
      await world.close();
      expectNothingLeft(world);
    },
  );

  it('waits for a data plane that answers late, and takes back what it made', async () => {
    const world = await LnsWorld.start(smallServer);
    const held = gate();
    world.before = ({ operation }) => (operation === 'addPppSession' ? held.opened : undefined);
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    const call = await lac.connect(tunnel);
    void lac.dial(tunnel);
    await world.run(3000);
    let closed = false;
    void world.lns.close().then(() => (closed = true));
    await world.run(10_000);
    expect(closed).toBe(false);
    expect(call.ended).toBeDefined();
    held.open();
    await world.run(100);
    expect(closed).toBe(true);
    expectNothingLeft(world);
    expect(world.events.filter((event) => event.startsWith('session'))).toEqual([]);
  });
});

describe('a data plane that answers late', () => {
  it('makes no session of a call that has ended meanwhile', async () => {
    const world = await LnsWorld.start(smallServer);
    const held = gate();
    world.before = ({ operation }) => (operation === 'addPppSession' ? held.opened : undefined);
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    const dialling = lac.dial(tunnel);
    await world.run(2000);
    const call = [...lac.calls.values()][0];
    lac.host.turn(() => call?.call.close({ resultCode: 3 }, lac.host.now()));
    await world.run(1000);
    await dialling;
    expect(await world.lns.sessions()).toEqual([]);
    held.open();
    await world.run(1000);
    expect(world.dataPlane.sessions).toHaveLength(0);
    expect(world.events).toEqual(['tunnel-up']);
    await world.close();
    expectNothingLeft(world);
  });

  it('that fails is told to the peer, with sequence numbers too', async () => {
    for (const sequencing of [false, true]) {
      const world = await LnsWorld.start({ ...smallServer, sequencing });
      const lac = new HandLac(world, { secret });
      const tunnel = await lac.open();
      for (const operation of ['addSession', 'addPppSession', 'attachPpp'] as const)
        world.failing.add(operation);
      const call = await lac.dial(tunnel);
      expect(call.ended?.result).toMatchObject({ resultCode: 2, errorCode: 4 });
      expect(world.lns.pools()[0]?.used).toBe(0);
      expect(world.dataPlane.sessions).toHaveLength(0);
      await world.close();
    }
  });
});

describe('a hook that', () => {
  const withHook = (authenticate: () => unknown): LnsOptions =>
    ({ ...smallServer, users: undefined, authenticate }) as never;

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('out of order');
      },
    ],
    ['rejects', () => Promise.reject(new Error('out of order'))],
    ['returns nothing', () => undefined],
    ['returns text', () => 'yes'],
    ['resolves to nonsense', () => Promise.resolve({ accept: 'yes' })],
    ['gives an address that is none', () => ({ accept: true, address: 'everywhere' })],
    ['gives a pool that is not there', () => ({ accept: true, pool: 'moon' })],
    ['gives an MTU that PPP cannot have', () => ({ accept: true, mtu: 70 })],
    ['gives a route that is none', () => ({ accept: true, routes: ['10.0.0.0/99'] })],
    ['gives echo failures that are none', () => ({ accept: true, ppp: { echoFailures: 0 } })],
  ])('%s refuses the subscriber and harms nobody else', async (_, hook) => {
    const world = await LnsWorld.start({ ...withHook(hook), ppp: { ...smallServer.ppp, auth: ['chap'] } });
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    const call = await lac.dial(tunnel);
    expect(call.ended).toBeDefined();
    expect(world.log.of('warn').filter((line) => line.startsWith('warn subscriber refused'))).toHaveLength(1);
    expect(world.lns.pools()[0]?.used).toBe(0);
    expect(await world.lns.sessions()).toEqual([]);
    await world.close();
    expectNothingLeft(world);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an answer without a result', {}],
    ['a result of no kind', { result: {} }],
    ['a result of an unknown kind', { result: { kind: 'maybe' } }],
    ['an address that is none', { result: { kind: 'accept' }, policy: { address: 'here' } }],
    ['name servers that are none', { result: { kind: 'accept' }, policy: { dns: ['x'] } }],
    ['options out of range', { result: { kind: 'accept' }, policy: { mtu: -5 } }],
    ['a policy that is none', { result: { kind: 'accept' }, policy: 7 }],
  ])('is an authenticator of somebody else and answers with %s ends that call only', async (_, answer) => {
    for (const late of [false, true]) {
      const authenticate = (): unknown => (late ? Promise.resolve(answer) : answer);
      const world = await LnsWorld.start({
        ...smallServer,
        users: {},
        ppp: { ...smallServer.ppp, auth: ['chap'] },
        authenticator: { knows: () => true, authenticate } as never,
      });
      const lac = new HandLac(world, { secret });
      const call = await lac.dial(await lac.open());
      await world.run(60_000);
      expect(call.ended).toBeDefined();
      expect(await world.lns.sessions()).toEqual([]);
      await world.close();
      expectNothingLeft(world);
    }
  });

  it('never answers costs the subscriber its time, and is told', async () => {
    const signals: AbortSignal[] = [];
    const world = await LnsWorld.start({
      ...smallServer,
      users: {},
      authenticate: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    await world.run(60_000);
    expect(call.ended).toBeDefined();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await world.close();
    expectNothingLeft(world);
  });

  it('listens to events and throws does not disturb the server', async () => {
    const world = await LnsWorld.start(smallServer);
    for (const event of ['tunnel-up', 'tunnel-down', 'session-up', 'session-down'] as const) {
      world.lns.on(event, () => {
        throw new Error('listener');
      });
    }
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    expect(call.isUp).toBe(true);
    await world.close();
    expect(world.log.of('error').every((line) => line.includes('a listener has thrown'))).toBe(true);
    expect(world.lns.pools()[0]?.used).toBe(0);
  });
});

describe('a session that renegotiates', () => {
  it('keeps its address when the same user comes back', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    await world.run(100);
    const [before] = await world.lns.sessions();
    for (let round = 0; round < 3; round++) {
      lac.host.turn(() => call.ppp?.renegotiate(lac.host.now()));
      await world.run(5000);
      const [after] = await world.lns.sessions();
      expect(after).toMatchObject({ id: before?.id, address: before?.address, user: 'bob', state: 'open' });
    }
    expect(world.lns.pools()[0]?.used).toBe(1);
    const attached = world.dataPlane.calls.filter(({ operation }) => operation === 'addPppSession');
    expect(attached).toHaveLength(1);
    await world.close();
    expectNothingLeft(world);
  });

  it('is refused when it comes back as somebody else, with the first in the record', async () => {
    const asked: string[] = [];
    const world = await LnsWorld.start({
      ...smallServer,
      users: {},
      authenticate: ({ user, verify }) => {
        asked.push(user);
        return { accept: verify('pass') };
      },
    });
    const ended: (string | undefined)[] = [];
    world.lns.on('session-down', ({ user, address }) => ended.push(user, address));
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    await world.run(100);
    const [session] = await world.lns.sessions();
    await lac.speak(call, { user: 'mallory', password: 'pass' });
    await world.run(10_000);
    expect(call.ended).toBeDefined();
    expect(await world.lns.sessions()).toEqual([]);
    expect(session?.user).toBe('bob');
    await world.close();
    expect(asked).toEqual(['bob']);
    expect(ended).toEqual(['bob', session?.address]);
    expectNothingLeft(world);
  });
});

describe('a time-out', () => {
  const zero = { rxErrors: 0, rxSeqDiscards: 0, rxOutOfSequence: 0, txErrors: 0, txPackets: 0, txBytes: 0 };

  it('for idleness spares a session whose traffic was not counted lately', async () => {
    const users = { bob: { password: 'pass', idleTimeout: 3 } };
    const world = await LnsWorld.start({ ...smallServer, users });
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    const index = world.dataPlane.sessions[0]?.unit?.index ?? 0;
    for (let second = 1; second <= 30; second++) {
      world.dataPlane.counters.set(index, { ...zero, rxPackets: second, rxBytes: 100 * second });
      await world.run(1000);
    }
    expect(call.ended).toBeUndefined();
    await world.run(5000);
    expect(call.ended?.result.message).toContain('idle time-out');
    await world.close();
    expectNothingLeft(world);
  });

  it('for the session that passes while it closes already changes nothing', async () => {
    const users = { bob: { password: 'pass', sessionTimeout: 10 } };
    const world = await LnsWorld.start({ ...smallServer, users });
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    await world.run(9000);
    call.ppp = undefined; // Nobody acknowledges the Terminate-Request.
    expect(world.lns.disconnect({ user: 'bob' }, 'because')).toBe(1);
    await world.run(20_000);
    expect(call.ended?.result.message).toContain('because');
    await world.close();
    expectNothingLeft(world);
  });
});

describe('sequence numbers on data', () => {
  it.each([
    ['asked for by the server', { sequencing: true }, false],
    ['required by the LAC', {}, true],
  ] as const)(
    '%s: the kernel session is there before PPP, and every frame goes through it',
    async (_, options, required) => {
      const world = await LnsWorld.start({ ...smallServer, ...options });
      const written: Uint8Array[] = [];
      const lac = new HandLac(world, { secret });
      lac.connectFields = required ? { sequencingRequired: true } : {};
      const tunnel = await lac.open();
      const frames = world.host.writeFrame.bind(world.host);
      world.host.writeFrame = (descriptor, bytes) => {
        written.push(bytes.slice());
        frames(descriptor, bytes);
      };
      await lac.connect(tunnel);
      await world.run(5000);
      const [added] = world.dataPlane.calls.filter(({ operation }) => operation === 'addSession');
      expect(added).toBeDefined();
      expect(world.dataPlane.sessions[0]?.options).toMatchObject({ sendSequence: true, lnsMode: true });
      expect(world.dataPlane.sessions[0]?.options.receiveSequence).toBe(required);
      expect(written.length).toBeGreaterThan(0);
      expect([...lac.calls.values()][0]?.frames).toEqual([]);
      await world.close();
      expectNothingLeft(world);
    },
  );
});

describe('options', () => {
  it('of users that cannot be used refuse the user, not the server', async () => {
    const users = { bob: { password: 'pass', routes: ['nonsense'] }, carol: { password: 'pass' } };
    const world = await LnsWorld.start({ ...smallServer, users });
    const lac = new HandLac(world, { secret });
    const tunnel = await lac.open();
    expect((await lac.dial(tunnel)).ended).toBeDefined();
    expect((await lac.dial(tunnel, { user: 'carol', password: 'pass' })).isUp).toBe(true);
    await world.close();
    expectNothingLeft(world);
  });

  it('a reason of any length can be given for a disconnection', async () => {
    const world = await LnsWorld.start(smallServer);
    const lac = new HandLac(world, { secret });
    const call = await lac.dial(await lac.open());
    world.lns.disconnect({ all: true }, 'x'.repeat(5000));
    await world.run(10_000);
    expect(call.ended).toBeDefined();
    const other = await lac.dial(await lac.open());
    world.lns.disconnect({ peerAddress: lac.address }, 'é'.repeat(5000));
    await world.run(10_000);
    expect(other.ended).toBeDefined();
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
    expectNothingLeft(world);
  });

  it('can be checked without a server', () => {
    expect(() => new Lns({ listen: 'nowhere' })).toThrow(RangeError);
  });
});
