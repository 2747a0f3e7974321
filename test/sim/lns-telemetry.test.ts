import { afterEach, expect, it } from 'vitest';
import { LnsWorld, smallServer } from '../support/lns-world.js';

let world: LnsWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

it('tells its sessions one by one, with rates from one reading of the counters to the next', async () => {
  world = await LnsWorld.start(smallServer);
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  for (const user of ['ann', 'ben', 'cat']) await world.dial(lac, tunnel, { user });
  await world.run(1000);
  const table = await world.until(world.lns.sessionTable());
  expect(table.size).toBe(3);
  expect([0, 1, 2].map((index) => table.at(index).user)).toEqual(['ann', 'ben', 'cat']);
  expect(() => table.at(3)).toThrow(RangeError);
  const { id } = table.at(1);
  expect(await world.until(world.lns.session(id))).toMatchObject({ id, user: 'ben' });
  expect(await world.until(world.lns.session('none'))).toBeUndefined();

  const index = world.dataPlane.sessions[0]?.unit?.index ?? 0;
  const counters = {
    rxPackets: 1,
    rxErrors: 0,
    rxSeqDiscards: 0,
    rxOutOfSequence: 0,
    txPackets: 1,
    txErrors: 0,
  };
  world.dataPlane.counters.set(index, { ...counters, rxBytes: 0, txBytes: 0 });
  await world.run(1);
  await world.until(world.lns.sessionTable());
  await world.run(2000);
  world.dataPlane.counters.set(index, { ...counters, rxBytes: 1000, txBytes: 4000 });
  // Looked at before any time passes, after which the rates are those of a silent link again.
  const { sessions, tunnels, statistics } = await world.until(
    world.lns.sessionTable().then((later) => ({
      sessions: [0, 1, 2].map((at) => later.at(at)),
      tunnels: world?.lns.tunnels(),
      statistics: world?.lns.statistics(),
    })),
  );
  const rates = sessions.filter((session) => session.rxRate > 0);
  expect(rates).toHaveLength(1);
  const { rxRate, txRate } = rates[0] ?? { rxRate: 0, txRate: 0 };
  expect(rxRate).toBeGreaterThan(3000);
  expect(rxRate).toBeLessThanOrEqual(4000);
  expect(tunnels).toMatchObject([{ rxRate, txRate, sessions: 3 }]);
  expect(statistics).toMatchObject({
    sessions: 3,
    sessionsUp: 3,
    callsInProgress: 0,
    tunnels: 1,
    rxRate,
    txRate,
  });
});

it('tells of calls that fail and calls that are refused, with a cause that can be counted', async () => {
  world = await LnsWorld.start({ ...smallServer, maxSessions: 1 });
  const causes: string[] = [];
  world.lns.on('session-failed', (session, { cause }) => causes.push(`${session.user}: ${cause}`));
  world.lns.on('session-down', (session, { cause }) => causes.push(`${session.user}: ${cause}`));
  world.lns.on('call-refused', ({ peerAddress }, text) => causes.push(`${peerAddress}: ${text}`));
  const lac = world.addLac();
  const tunnel = await world.openTunnel(lac, 'tunnel-secret');
  await expect(world.dial(lac, tunnel, { user: 'mallory', password: 'wrong' })).rejects.toThrow();
  await world.run(5000);
  const session = await world.dial(lac, tunnel, { user: 'ann' });
  await expect(world.dial(lac, tunnel, { user: 'ben' })).rejects.toThrow();
  session.hangUp(lac.host.now());
  await world.run(5000);
  expect(causes).toEqual([
    'mallory: auth-failed',
    `${lac.addresses[0]}: server: limit of 1 sessions reached`,
    'ann: normal',
  ]);
});
