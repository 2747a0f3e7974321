import { describe, expect, it } from 'vitest';
import { ClientError, type ClientSession } from '../../lib/client/index.js';
import { LnsWorld, lnsAddress, type SimLac } from '../support/lns-world.js';
import { seededRandom } from '../support/random.js';

const seeds = Number(process.env['SIM_SEEDS'] ?? 1000);
const batch = 50;
const secret = 's3cret';
const methods = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'] as const;

/** A world, LACs and calls that follow from the seed; resolves when all of it is over and accounted for. */
async function live(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const chance = (most: number): number => (random.below(1000) / 1000) * most;
  const method = methods[random.below(methods.length)] ?? 'chap';
  const link = { loss: chance(0.3), duplicate: chance(0.2), reorder: chance(0.3), jitter: random.below(40) };
  const world = await LnsWorld.start(
    {
      secret,
      ppp: { localAddress: '10.64.0.1', auth: [method], echoInterval: 10 },
      pools: { main: '10.65.0.0/28' },
      users: { '*': { password: 'pass' } },
      helloInterval: 10,
      hideAvps: random.below(2) === 0,
    },
    { seed, link },
  );
  const options = {
    ppp: { authMethods: [method], echoInterval: 10_000 },
    profile: { helloInterval: 10_000 },
  };
  const lac = world.addLac(options);
  let up = await dialSome(world, lac, 1 + random.below(3));
  if (random.below(4) === 0) {
    // The LAC loses its memory and comes back from the same address and port.
    const again = world.restartLac(lac, options);
    up += await dialSome(world, again, 1);
    await world.run(20_000);
    await closeLac(world, again);
  } else {
    await closeLac(world, lac);
  }
  // Whatever was lost on the way, time-outs clear it on both sides.
  await world.run(200_000);
  expect({ seed, sessions: await world.lns.sessions(), tunnels: world.lns.tunnels() }).toEqual({
    seed,
    sessions: [],
    tunnels: [],
  });
  expect({ seed, pools: world.lns.pools() }).toMatchObject({ pools: [{ used: 0 }] });
  expect({ seed, left: [world.dataPlane.tunnels.size, world.dataPlane.sessions.length] }).toEqual({
    seed,
    left: [0, 0],
  });
  const count = (event: string): number => world.events.filter((entry) => entry.startsWith(event)).length;
  expect({ seed, ends: count('session-down') }).toEqual({ seed, ends: count('session-up') });
  expect({ seed, ends: count('tunnel-down') }).toEqual({ seed, ends: count('tunnel-up') });
  await world.close();
  return up;
}

async function dialSome(world: LnsWorld, lac: SimLac, calls: number): Promise<number> {
  const opened = lac.client.openTunnel({ address: lnsAddress, port: 1701 }, secret);
  const tunnel = await world.until(opened).catch(refused);
  if (tunnel === undefined) return 0;
  const dialled = Array.from({ length: calls }, (_, index) =>
    lac.client.dial(tunnel, { user: `user${index}`, password: 'pass' }).catch(refused),
  );
  const sessions = await world.until(Promise.all(dialled), 300_000);
  const up = sessions.filter((session): session is ClientSession => session !== undefined);
  const [first] = up;
  if (first !== undefined) lac.client.hangUp(first);
  await world.run(2000);
  return up.length;
}

/** The only way in which a set-up may fail. */
function refused(error: unknown): undefined {
  expect(error).toBeInstanceOf(ClientError);
  return undefined;
}

const closeLac = (world: LnsWorld, lac: SimLac): Promise<void> => world.until(lac.client.close());

describe('LNS and LAC over a bad link', () => {
  let sessionsUp = 0;
  for (let first = 1; first <= seeds; first += batch) {
    const last = Math.min(first + batch - 1, seeds);
    it(`leave nothing behind, seeds ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed++) sessionsUp += await live(seed);
    });
  }

  it('and most calls come up all the same', () => {
    expect(sessionsUp / seeds).toBeGreaterThan(1);
  });
});
