import { describe, expect, it } from 'vitest';
import type { OutgoingCallAnswer, OutgoingCallHandler, OutgoingCallRequest } from '../../lib/client/index.js';
import { Dialer } from '../../lib/dial/index.js';
import { NullDataPlane } from '../../lib/kernel/index.js';
import { LnsWorld, lnsAddress, type SimLac, smallServer } from '../support/lns-world.js';
import type { SimLink } from '../support/sim-network.js';
import { seededRandom } from '../support/random.js';

const secret = 'tunnel-secret';
const bob: OutgoingCallAnswer = { answer: { user: 'bob', password: 'pass' } };

/** An LNS, and a LAC that listens on port 1701 and places calls by `handler`. */
async function lacWith(
  handler: OutgoingCallHandler,
  { seed = 1, link = {} }: { seed?: number; link?: SimLink } = {},
): Promise<{ world: LnsWorld; lac: SimLac; address: string }> {
  const world = await LnsWorld.start(smallServer, { seed, link });
  const lac = world.addLac({
    local: { address: '0.0.0.0', port: 1701 },
    accept: { secret },
    outgoingCalls: handler,
  });
  return { world, lac, address: lac.addresses[0] ?? '' };
}

describe('a call that the LNS places', () => {
  it('opens a tunnel, says what is wanted, comes up, and takes the tunnel with it', async () => {
    let asked: OutgoingCallRequest | undefined;
    const { world, lac, address } = await lacWith((request) => {
      asked = request;
      return bob;
    });
    const session = await world.until(
      world.lns.call({ lac: address, calledNumber: '0123', subAddress: '7', maximumBps: 64_000 }),
    );
    expect(asked).toMatchObject({ calledNumber: '0123', subAddress: '7', minimumBps: 1, maximumBps: 64_000 });
    // Both kinds of line, as the LAC has announced them.
    expect(asked?.bearerType).toBe(3);
    expect(session).toMatchObject({ user: 'bob', state: 'open', peerAddress: address });
    expect(lac.dataPlane.sessions).toHaveLength(1);
    world.lns.disconnect({ id: session.id });
    await world.run(5000);
    expect(world.lns.tunnels()).toEqual([]);
    expect(lac.dataPlane.tunnels.size).toBe(0);
    expect(world.dataPlane.tunnels.size).toBe(0);
    await world.close();
  });

  it('shares a tunnel with calls before it and beside it', async () => {
    const { world, address } = await lacWith(() => bob);
    const calls = ['1', '2', '3'].map((calledNumber) => world.lns.call({ lac: address, calledNumber }));
    await world.until(Promise.all(calls));
    await world.until(world.lns.call({ lac: address, calledNumber: '4' }));
    expect(world.lns.tunnels()).toMatchObject([{ sessions: 4 }]);
    await world.close();
  });

  it.each([
    ['busy', 'busy', 8],
    ['no-answer', 'no-answer', 10],
    ['no-carrier', 'no-carrier', 7],
    ['no-dial-tone', 'no-dial-tone', 9],
    ['invalid-destination', 'invalid-destination', 6],
  ] as const)('is told that the called party is %s', async (refuse, outcome, resultCode) => {
    const { world, address } = await lacWith(() => ({ refuse }));
    await expect(world.until(world.lns.call({ lac: address, calledNumber: '1' }))).rejects.toMatchObject({
      outcome,
      reason: { by: 'peer', resultCode },
    });
    await world.run(5000);
    expect(await world.lns.sessions()).toEqual([]);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it('is not answered when the telephone rings for too long', async () => {
    const { world, address } = await lacWith(() => new Promise<never>(() => undefined));
    await expect(world.until(world.lns.call({ lac: address, calledNumber: '1' }))).rejects.toMatchObject({
      outcome: expect.stringMatching(/no-answer|failed/) as string,
    });
    await world.run(5000);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it('can be given up while it rings: the LAC hears of it', async () => {
    let aborted = false;
    const { world, address } = await lacWith(({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise<never>(() => undefined);
    });
    const abort = new AbortController();
    const call = world.lns.call({ lac: address, calledNumber: '1', signal: abort.signal });
    call.catch(() => undefined);
    await world.run(1000);
    abort.abort();
    await expect(world.until(call)).rejects.toThrow(/given up/);
    await world.run(5000);
    expect(aborted).toBe(true);
    expect(await world.lns.sessions()).toEqual([]);
    await world.close();
  });

  it('can be given up before the LAC answers', async () => {
    const world = await LnsWorld.start(smallServer);
    const abort = new AbortController();
    const call = world.lns.call({ lac: '192.0.2.99', calledNumber: '1', signal: abort.signal });
    call.catch(() => undefined);
    await world.run(3000);
    abort.abort();
    await expect(world.until(call, 100)).rejects.toMatchObject({ outcome: 'no-tunnel' });
    await expect(
      world.until(world.lns.call({ lac: '192.0.2.99', calledNumber: '1', signal: abort.signal }), 100),
    ).rejects.toMatchObject({ outcome: 'no-tunnel' });
    await world.close();
  });

  it('fails where the handler throws, the log-in is wrong, or the LAC places no calls', async () => {
    const { world, address } = await lacWith(({ calledNumber }) => {
      if (calledNumber === '1') throw new Error('the modem is on fire');
      return { answer: { user: 'alice', password: 'wrong' } };
    });
    await expect(world.until(world.lns.call({ lac: address, calledNumber: '1' }))).rejects.toThrow(
      /modem is on fire/,
    );
    await expect(world.until(world.lns.call({ lac: address, calledNumber: '2' }))).rejects.toThrow(
      /authentication failed/,
    );
    const dumb = world.addLac({ local: { address: '0.0.0.0', port: 1701 }, accept: { secret } });
    await expect(
      world.until(world.lns.call({ lac: dumb.addresses[0] ?? '', calledNumber: '1' })),
    ).rejects.toThrow(/no Bearer Capabilities/);
    await world.run(5000);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it('fails where nobody is, where the secret differs, and for addresses that are none', async () => {
    const world = await LnsWorld.start(smallServer);
    const other = world.addLac({
      local: { address: '0.0.0.0', port: 1701 },
      accept: { secret: 'another' },
      outgoingCalls: () => bob,
    });
    const closed = world.addLac({ local: { address: '0.0.0.0', port: 1701 }, outgoingCalls: () => bob });
    for (const lac of ['192.0.2.99', other.addresses[0] ?? '', closed.addresses[0] ?? '']) {
      await expect(world.until(world.lns.call({ lac, calledNumber: '1' }))).rejects.toMatchObject({
        outcome: 'no-tunnel',
      });
    }
    await expect(world.lns.call({ lac: 'lac.example', calledNumber: '1' })).rejects.toThrow(RangeError);
    await world.run(40_000);
    expect(world.lns.tunnels()).toEqual([]);
    await world.close();
  });

  it.each([1, 2, 3])('comes up over a network that loses a fifth of all packets (seed %i)', async (seed) => {
    const { world, address } = await lacWith(() => bob, { seed, link: { loss: 0.2, latency: 30 } });
    const session = await world.until(world.lns.call({ lac: address, calledNumber: '1' }));
    expect(session.state).toBe('open');
    await world.close();
  });
});

describe('a dialler that waits for the call', () => {
  it('is called through the tunnel that it keeps, is busy meanwhile, and can be called again', async () => {
    const world = await LnsWorld.start(smallServer);
    const machine = world.network.addHost('192.0.2.200');
    const dataPlane = new NullDataPlane();
    const dialer = new Dialer(
      {
        lns: [{ host: lnsAddress, port: 1701 }],
        user: 'bob',
        password: 'pass',
        secret,
        answer: true,
        local: { address: '192.0.2.200', port: 1701 },
      },
      { io: machine, dataPlane, random: seededRandom(5) },
    );
    const events: string[] = [];
    dialer.on('up', () => events.push('up')).on('down', () => events.push('down'));
    const end = dialer.run();
    await world.run(2000);
    expect(world.lns.tunnels()).toHaveLength(1);
    const call = () => world.until(world.lns.call({ lac: '192.0.2.200', calledNumber: '1' }));
    const first = await call();
    await world.run(100);
    expect(events).toEqual(['up']);
    await expect(call()).rejects.toMatchObject({ outcome: 'busy' });
    world.lns.disconnect({ id: first.id });
    await world.run(5000);
    expect(events).toEqual(['up', 'down']);
    // The tunnel is the dialler's: it stays.
    expect(world.lns.tunnels()).toHaveLength(1);
    await call();
    dialer.stop();
    expect(await world.until(end)).toEqual({ kind: 'stopped' });
    expect(dataPlane.tunnels.size).toBe(0);
    await world.close();
  });
});
