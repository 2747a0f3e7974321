import { afterEach, expect, it } from 'vitest';
import { LnsWorld, smallServer } from '../support/lns-world.js';

let world: LnsWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

it('applies other options to what comes, and leaves what is there', async () => {
  world = await LnsWorld.start(smallServer);
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  await world.dial(lac, tunnel, { user: 'ann' });
  const prepared = world.lns.prepare({
    ...smallServer,
    listen: '192.0.2.1:1702',
    pools: { main: ['10.65.0.0/30'], extra: ['10.70.0.0/24'] },
    defaultPool: 'extra',
    maxSessions: 2,
    users: { '*': { password: 'other' } },
  });
  expect(prepared.live.toSorted()).toEqual(['defaultPool', 'maxSessions', 'pools', 'users']);
  expect(prepared.restart).toEqual(['listen']);
  expect(world.lns.pools()).toMatchObject([{ name: 'main', used: 1 }]);
  prepared.commit();
  expect(world.lns.pools()).toMatchObject([
    { name: 'main', size: 2, used: 1 },
    { name: 'extra', used: 0 },
  ]);
  await expect(world.dial(lac, tunnel, { user: 'ben', password: 'pass' })).rejects.toThrow();
  await world.run(5000);
  const ben = await world.dial(lac, tunnel, { user: 'ben', password: 'other' });
  const users = (await world.until(world.lns.sessions())).map(({ user, address }) => `${user} ${address}`);
  expect(users).toEqual(['ann 10.65.0.1', 'ben 10.70.0.1']);
  await expect(world.dial(lac, tunnel, { user: 'cat', password: 'other' })).rejects.toThrow(/2 sessions/);
  ben.hangUp(lac.host.now());
  await world.run(5000);
  expect(world.lns.pools()).toMatchObject([{ used: 1 }, { used: 0 }]);
  await world.dial(lac, tunnel, { user: 'dan', password: 'other' });
  world.lns.disconnect({ all: true });
  await world.run(10_000);
  expect(world.lns.statistics().sessions).toBe(0);
  expect(world.lns.pools()).toMatchObject([{ used: 0 }, { used: 0 }]);
});

it('finds wrong options before anything changes', async () => {
  world = await LnsWorld.start(smallServer);
  const { lns } = world;
  expect(() => lns.prepare({ ...smallServer, defaultPool: 'none' })).toThrow(/no pool named/);
  expect(() =>
    lns.prepare({ ...smallServer, pools: { main: ['10.65.0.0/18'], b: ['10.65.0.0/24'] } }),
  ).toThrow();
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  await world.dial(lac, tunnel, { user: 'ann' });
  expect(() => lns.prepare({ ...smallServer, ppp: { localAddress: '10.65.0.1' } })).toThrow(
    /10\.65\.0\.1 is a subscriber's/,
  );
  expect(lns.pools()).toMatchObject([{ used: 1 }]);
});

it('takes no new tunnels and calls while it drains', async () => {
  world = await LnsWorld.start(smallServer);
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  await world.dial(lac, tunnel, { user: 'ann' });
  world.lns.setDraining(true);
  await expect(world.dial(lac, tunnel, { user: 'ben' })).rejects.toThrow(/drains/);
  await expect(world.openTunnel(world.addLac(), 'tunnel-secret')).rejects.toThrow(/try another|drains/);
  expect(world.lns.statistics().sessionsUp).toBe(1);
  world.lns.setDraining(false);
  await world.dial(lac, tunnel, { user: 'cat' });
  expect(world.lns.statistics().sessionsUp).toBe(2);
});

it('remembers how a session came about, also after its end', async () => {
  world = await LnsWorld.start(smallServer);
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  const ann = await world.dial(lac, tunnel, { user: 'ann' });
  const [{ id } = { id: '' }] = await world.until(world.lns.sessions());
  const detail = await world.until(world.lns.session(id));
  expect(Object.keys(detail?.setUp ?? {})).toEqual([
    'call',
    'connected',
    'lcp',
    'credentials',
    'authenticated',
    'attaching',
    'up',
  ]);
  const texts = detail?.timeline.map(({ kind, text }) => `${kind} ${text.replace(/ id=.*/, '')}`) ?? [];
  for (const text of [
    'step call',
    'received LCP Configure-Request',
    'sent CHAP Challenge',
    'received CHAP Response',
    'step authenticated',
    'sent IPCP Configure-Ack',
    'step up',
  ]) {
    expect(texts).toContain(text);
  }
  expect(texts.join()).not.toMatch(/Echo/);
  const after = detail?.timeline.map((entry) => entry.after) ?? [];
  expect(after).toEqual(after.toSorted((a, b) => a - b));
  ann.hangUp(lac.host.now());
  await world.run(5000);
  expect(world.lns.timeline(id)?.length).toBeGreaterThanOrEqual(texts.length);
  expect(world.lns.timeline('none')).toBeUndefined();
});
