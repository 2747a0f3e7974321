import { describe, expect, it } from 'vitest';
import { type DialHost, type DialOptions, Dialer, type DialEnd } from '../../lib/dial/index.js';
import { NullDataPlane } from '../../lib/kernel/index.js';
import type { SimHost } from '../support/sim-host.js';
import { lnsAddress, LnsWorld, smallServer } from '../support/lns-world.js';
import { MemoryLog } from '../support/memory-log.js';
import { seededRandom } from '../support/random.js';

/** A host that notes what is asked of it, and can be made to refuse. */
class NotedHost implements DialHost {
  readonly notes: string[] = [];
  refuses: string | undefined;

  recover = () => this.#note('recover');
  guard = (lns: string) => this.#note(`guard ${lns}`);
  up: DialHost['up'] = ({ ipv4, interfaceName }, family) =>
    this.#note(`up ${family} ${interfaceName} ${ipv4?.local} ${ipv4?.dns.join(',')}`);
  down: DialHost['down'] = ({ interfaceName }) => this.#note(`down ${interfaceName}`);
  release = () => this.#note('release');

  #note(text: string): Promise<void> {
    this.notes.push(text);
    return this.refuses !== undefined && text.startsWith(this.refuses)
      ? Promise.reject(new Error(`${text} is refused`))
      : Promise.resolve();
  }
}

interface Dialled {
  readonly world: LnsWorld;
  readonly dialer: Dialer;
  readonly machine: SimHost;
  readonly host: NotedHost;
  readonly dataPlane: NullDataPlane;
  readonly log: MemoryLog;
  readonly events: string[];
  readonly end: Promise<DialEnd>;
}

const bob: DialOptions = {
  lns: [{ host: lnsAddress, port: 1701 }],
  user: 'bob',
  password: 'pass',
  secret: 'tunnel-secret',
};

async function dial(
  options: Partial<DialOptions> = {},
  { seed = 1, names = {} }: { seed?: number; names?: Record<string, readonly string[]> } = {},
  world?: LnsWorld,
): Promise<Dialled> {
  world ??= await LnsWorld.start(smallServer, { seed });
  const machine = world.network.addHost('192.0.2.200', '2001:db8::200');
  const host = new NotedHost();
  const dataPlane = new NullDataPlane({ record: true });
  const log = new MemoryLog();
  const dialer = new Dialer(
    { ...bob, ...options },
    {
      io: machine,
      dataPlane,
      random: seededRandom(seed + 77),
      host,
      log,
      resolve: (name) =>
        names[name] === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(names[name]),
    },
  );
  const events: string[] = [];
  dialer.on('up', (_link, family) => events.push(`up ${family}`));
  dialer.on('down', (_link, failure) => events.push(`down ${failure?.stage ?? 'hung up'}`));
  dialer.on('waiting', (delay, { stage }) => events.push(`waiting ${stage} ${delay <= 60_000}`));
  return { world, dialer, machine, host, dataPlane, log, events, end: dialer.run() };
}

const upOf = (events: readonly string[]): number => events.filter((event) => event === 'up ipv4').length;

/** Lets time pass until the link has come up `times` times. */
const untilUp = (dialled: Dialled, times = 1, ms = 300_000): Promise<boolean> =>
  dialled.world.network.run(ms, () => upOf(dialled.events) >= times);

describe('a dialler', () => {
  it('guards the way to the LNS before the link, and takes all back when it is stopped', async () => {
    const dialled = await dial();
    const { world, dialer, host, events, dataPlane } = dialled;
    expect(await untilUp(dialled)).toBe(true);
    const [session] = await world.lns.sessions();
    expect(session).toMatchObject({ user: 'bob', state: 'open' });
    dialer.stop();
    expect(await world.until(dialled.end)).toEqual({ kind: 'stopped' });
    expect(host.notes).toEqual([
      'recover',
      `guard ${lnsAddress}`,
      expect.stringMatching(/^up ipv4 \S+ 10\.65\.\d+\.\d+ 10\.9\.0\.2,10\.9\.0\.3$/),
      expect.stringMatching(/^down /),
      'release',
    ]);
    expect(events).toEqual(['up ipv4', 'down hung up']);
    // The LNS was told: nothing waits for a time-out.
    expect(world.lns.tunnels()).toEqual([]);
    expect(world.events).toContain('session-down bob peer');
    expect(dataPlane.tunnels.size).toBe(0);
    await world.close();
  });

  it('has both network layers where the LNS speaks both', async () => {
    const world = await LnsWorld.start({ ...smallServer, ppp: { ...smallServer.ppp, ipv6: true } });
    const dialled = await dial({ ppp: { ipv6: true } }, {}, world);
    await world.network.run(60_000, () => dialled.events.length === 2);
    expect(dialled.events.toSorted()).toEqual(['up ipv4', 'up ipv6']);
    dialled.dialer.stop();
    await world.until(dialled.end);
    expect(dialled.host.notes.filter((note) => note.startsWith('down'))).toHaveLength(1);
    await world.close();
  });

  it.each([1, 2, 3])('comes up over a network that loses a fifth of all packets (seed %i)', async (seed) => {
    const world = await LnsWorld.start(smallServer, { seed, link: { loss: 0.2 } });
    const dialled = await dial({}, { seed }, world);
    expect(await untilUp(dialled)).toBe(true);
    dialled.dialer.stop();
    await world.until(dialled.end);
    expect(dialled.dataPlane.tunnels.size).toBe(0);
    await world.close();
  });

  it('notices that the LNS has died, waits longer from try to try, and is back when the LNS is', async () => {
    const dialled = await dial({ redial: { first: 1000, cap: 8000 } });
    const { world, events, host, log } = dialled;
    await untilUp(dialled);
    await world.run(60_000);
    world.host.silent = true;
    await world.run(600_000);
    expect(events[1]).toBe('down link');
    expect(await world.network.run(60_000, () => host.notes.at(-1) === 'release')).toBe(true);
    const delays = log.lines.flatMap((line) => /"delay":(\d+)/.exec(line)?.[1] ?? []).map(Number);
    expect(delays.length).toBeGreaterThan(5);
    for (const [place, delay] of delays.entries()) {
      const whole = Math.min(8000, 1000 * 2 ** place);
      expect(delay).toBeGreaterThanOrEqual(whole / 2);
      expect(delay).toBeLessThanOrEqual(whole);
    }
    expect(new Set(delays).size).toBeGreaterThan(delays.length / 2);
    world.host.silent = false;
    expect(await untilUp(dialled, 2)).toBe(true);
    dialled.dialer.stop();
    await world.until(dialled.end);
    expect(host.notes.filter((note) => note.startsWith('guard')).length).toBe(
      host.notes.filter((note) => note === 'release').length,
    );
    await world.close();
  });

  it('dials again when the operator of the LNS ends the session', async () => {
    const dialled = await dial();
    const { world } = dialled;
    await untilUp(dialled);
    world.lns.disconnect({ user: 'bob' });
    expect(await untilUp(dialled, 2)).toBe(true);
    expect(dialled.events).toEqual(['up ipv4', 'down link', 'waiting link true', 'up ipv4']);
    dialled.dialer.stop();
    await world.until(dialled.end);
    await world.close();
  });

  it('hangs up and dials anew when told to', async () => {
    const dialled = await dial();
    await untilUp(dialled);
    dialled.dialer.redial();
    expect(await untilUp(dialled, 2)).toBe(true);
    dialled.dialer.stop();
    await dialled.world.until(dialled.end);
    await dialled.world.close();
  });

  it('tries every address of every LNS before it waits', async () => {
    const dialled = await dial(
      {
        lns: [
          { host: 'gone.example', port: 1701 },
          { host: 'vpn.example', port: 1701 },
        ],
      },
      { names: { 'vpn.example': ['192.0.2.99', '2001:db8::99', lnsAddress] } },
    );
    expect(await untilUp(dialled)).toBe(true);
    expect(dialled.host.notes.filter((note) => note.startsWith('guard'))).toEqual([
      'guard 192.0.2.99',
      'guard 2001:db8::99',
      `guard ${lnsAddress}`,
    ]);
    expect(dialled.events).toEqual(['up ipv4']);
    dialled.dialer.stop();
    await dialled.world.until(dialled.end);
    await dialled.world.close();
  });

  it('can be stopped by who hears of a wait', async () => {
    const dialled = await dial({ secret: 'other', redial: { first: 60_000 } });
    dialled.dialer.on('waiting', () => dialled.dialer.stop());
    expect(await dialled.world.until(dialled.end, 20_000)).toEqual({ kind: 'stopped' });
  });

  it('can be stopped at any moment, and leaves nothing', async () => {
    for (let ms = 0; ms < 400; ms += 7) {
      const dialled = await dial();
      await dialled.world.run(ms);
      dialled.dialer.stop();
      expect(await dialled.world.until(dialled.end, 20_000)).toEqual({ kind: 'stopped' });
      expect(dialled.dataPlane.tunnels.size, `${ms} ms`).toBe(0);
      const { notes } = dialled.host;
      const count = (word: string): number => notes.filter((note) => note.startsWith(word)).length;
      expect(count('guard'), `${ms} ms`).toBe(count('release'));
      expect(count('up'), `${ms} ms`).toBe(count('down'));
    }
  });
});

describe('a dialler gives up', () => {
  const end = async (options: Partial<DialOptions>, world?: LnsWorld): Promise<DialEnd> => {
    const dialled = await dial(options, {}, world);
    const ended = await dialled.world.until(dialled.end, 600_000);
    expect(dialled.dataPlane.tunnels.size).toBe(0);
    expect(dialled.host.notes.at(-1)).toBe('release');
    return ended;
  };

  it('at a log-in that never succeeded, and says so', async () => {
    expect(await end({ password: 'wrong', user: 'alice' })).toMatchObject({
      kind: 'failed',
      failure: { stage: 'authentication' },
    });
  });

  it.each([
    ['the secrets differ', { secret: 'other' }, 'tunnel'],
    ['nobody answers', { lns: [{ host: '192.0.2.98', port: 1701 }] }, 'unreachable'],
    ['PPP does not fit', { ppp: { ipv4: false, ipv6: true } }, 'call'],
  ] as const)('after so many tries where %s', async (_name, options, stage) => {
    const redial = { maxTries: 2, first: 100 };
    expect(await end({ ...options, redial })).toMatchObject({ kind: 'failed', failure: { stage } });
  });

  it('at once without persist, when the link is lost too', async () => {
    const dialled = await dial({ redial: { persist: false } });
    await untilUp(dialled);
    dialled.world.lns.disconnect({ user: 'bob' });
    expect(await dialled.world.until(dialled.end)).toMatchObject({
      kind: 'failed',
      failure: { stage: 'link', reason: { by: 'peer' } },
    });
    await dialled.world.close();
  });

  it('not at a log-in that has succeeded before', async () => {
    const users: Record<string, { password: string; maxSessions?: number }> = { bob: { password: 'pass' } };
    const world = await LnsWorld.start({
      ...smallServer,
      users: {},
      authenticate: ({ user, verify }) => ({ accept: verify(users[user]?.password ?? '') }),
    });
    const dialled = await dial({}, {}, world);
    await untilUp(dialled);
    users['bob'] = { password: 'another' };
    world.lns.disconnect({ user: 'bob' });
    await world.run(120_000);
    expect(
      dialled.events.filter((event) => event.startsWith('waiting authentication')).length,
    ).toBeGreaterThan(1);
    users['bob'] = { password: 'pass' };
    expect(await untilUp(dialled, 2)).toBe(true);
    dialled.dialer.stop();
    await world.until(dialled.end);
    await world.close();
  });
});

describe('a host that refuses', () => {
  it.each(['guard', 'up'])('%s: the call ends, and the next try may do better', async (what) => {
    const dialled = await dial();
    dialled.host.refuses = what;
    await dialled.world.network.run(60_000, () => dialled.events.includes('waiting host true'));
    expect(dialled.events.at(-1)).toBe('waiting host true');
    expect(await dialled.world.lns.sessions()).toEqual([]);
    dialled.host.refuses = undefined;
    expect(await untilUp(dialled)).toBe(true);
    dialled.dialer.stop();
    await dialled.world.until(dialled.end);
    await dialled.world.close();
  });
});
