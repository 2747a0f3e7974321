import { describe, expect, it } from 'vitest';
import { encodeDataMessage, encodeMessage } from '../../lib/l2tp/index.js';
import { fromHex } from '../../lib/wire/index.js';
import { mutate } from '../support/fuzz.js';
import { HandLac } from '../support/hand-lac.js';
import { LnsWorld, lnsAddress, type SimLac, smallServer } from '../support/lns-world.js';
import { seededRandom } from '../support/random.js';
import { sampleMessages } from '../unit/l2tp/samples.js';

const secret = 'tunnel-secret';
const lns = { address: lnsAddress, port: 1701 };

/** A server with two honest sessions, and what they have said. */
async function peacefulWorld(): Promise<{
  world: LnsWorld;
  lac: SimLac;
  captured: Uint8Array[];
  port: number;
}> {
  const world = await LnsWorld.start({ ...smallServer, helloInterval: 20, maxCallsInProgress: 500 });
  const lac = world.addLac();
  const captured: Uint8Array[] = [];
  let port = 0;
  world.network.tap = ({ from, to, bytes }) => {
    if (to.address !== lnsAddress) return;
    captured.push(bytes.slice());
    port = from.port;
  };
  const tunnel = await world.openTunnel(lac, secret);
  await world.dial(lac, tunnel, { user: 'alice', password: 'wonder' });
  await world.dial(lac, tunnel);
  await world.run(1000);
  world.network.tap = undefined;
  return { world, lac, captured, port };
}

/** The honest sessions go on, nothing was thrown, and what the flood left is gone. */
async function expectPeace(world: LnsWorld): Promise<void> {
  await world.run(90_000);
  expect(world.log.of('error')).toEqual([]);
  const sessions = await world.lns.sessions();
  expect(sessions.map(({ user, state }) => [user, state])).toEqual([
    ['alice', 'open'],
    ['bob', 'open'],
  ]);
  expect(world.lns.tunnels()).toHaveLength(1);
  // One tunnel, two sessions, the sweep: no deadline of anything else is left.
  expect(world.host.openTimers).toBeLessThanOrEqual(4);
  expect(world.host.openSockets).toBe(2);
  const newcomer = world.addLac();
  const session = await world.dial(newcomer, await world.openTunnel(newcomer, secret));
  newcomer.client.hangUp(session);
  await world.run(3000);
  // Alice's address is hers, and in no pool.
  expect(world.lns.pools()[0]?.used).toBe(1);
  await world.close();
  expect(world.lns.pools()[0]?.used).toBe(0);
  expect([world.dataPlane.tunnels.size, world.host.openTimers, world.host.openSockets]).toEqual([0, 0, 0]);
}

const sccrq = (assignedTunnelId: number): Uint8Array =>
  encodeMessage(
    {
      type: 'SCCRQ',
      protocolVersion: { version: 1, revision: 0 },
      framingCapabilities: 3,
      hostName: 'flood',
      assignedTunnelId,
      challenge: fromHex('00112233445566778899aabbccddeeff'),
    },
    0,
    0,
  );

describe('honest sessions go on while outsiders send', () => {
  it('SCCRQs without end from one address', async () => {
    const { world } = await peacefulWorld();
    let answers = 0;
    let refused = 0;
    world.network.tap = ({ to, bytes }) => {
      if (to.address !== '198.51.100.1') return;
      answers++;
      if (bytes.length > 20 && bytes[19] === 4) refused++;
    };
    for (let id = 1; id <= 2000; id++) {
      world.network.transmit({ address: '198.51.100.1', port: 1701 }, lns, sccrq(id));
      if (id % 100 === 0) await world.run(10);
    }
    // 64 half-open tunnels and their timers, no more; the others are told so.
    expect(world.host.openTimers).toBeLessThan(64 + 8);
    expect(refused).toBeGreaterThan(1900);
    expect(answers).toBeLessThan(2000 + 64 * 8);
    await expectPeace(world);
  });

  it('SCCRQs from very many addresses', async () => {
    const { world } = await peacefulWorld();
    for (let i = 0; i < 4500; i++) {
      const address = `198.51.${100 + (i >> 8)}.${i & 0xff}`;
      world.network.transmit({ address, port: 1701 }, lns, sccrq(1 + i));
      if (i % 200 === 0) await world.run(10);
    }
    await world.run(100);
    expect(world.host.openTimers).toBeLessThan(4096 + 8);
    await expectPeace(world);
  });

  it('what the honest have said, mutated', async () => {
    const { world, captured } = await peacefulWorld();
    const random = seededRandom(3);
    const corpus = [...captured, ...sampleMessages.map((message) => encodeMessage(message, 0, 0))];
    for (let i = 0; i < 3000; i++) {
      const base = corpus[random.below(corpus.length)] as Uint8Array;
      const from = { address: `203.0.113.${random.below(4)}`, port: 1701 + random.below(2) };
      world.network.transmit(from, lns, random.below(4) === 0 ? base : mutate(base, random, corpus));
      if (i % 50 === 0) await world.run(20);
    }
    await expectPeace(world);
  });

  it("frames for the honest's sessions", async () => {
    const { world } = await peacefulWorld();
    const [first] = await world.lns.sessions();
    if (first?.tunnelId === undefined) throw new Error('no session');
    const terminate = encodeDataMessage(first.tunnelId, first.sessionId, fromHex('ff03c0210509000e6f766572'));
    const requests = encodeDataMessage(first.tunnelId, first.sessionId, fromHex('ff03c021010a0004'));
    for (let i = 0; i < 500; i++) {
      const sources = [
        { address: '203.0.113.5', port: 1701 },
        { address: first.peerAddress, port: 1701 },
      ];
      for (const from of sources) {
        world.network.transmit(from, lns, terminate);
        world.network.transmit(from, lns, requests);
      }
    }
    await expectPeace(world);
  });

  it('garbage of every length', async () => {
    const { world, lac, port } = await peacefulWorld();
    const random = seededRandom(5);
    const sources = [
      { address: '203.0.113.5', port: 4000 },
      { address: lac.addresses[0] ?? '', port },
    ];
    for (let length = 0; length <= 1500; length++) {
      for (const from of sources) world.network.transmit(from, lns, random.bytes(length));
      if (length % 50 === 0) await world.run(20);
    }
    await expectPeace(world);
  });

  it('with the address of the honest LAC, and its tunnel goes as far as the RFC lets them', async () => {
    const { world, lac, captured, port } = await peacefulWorld();
    const random = seededRandom(9);
    for (let i = 0; i < 3000; i++) {
      const base = captured[random.below(captured.length)] as Uint8Array;
      const from = { address: lac.addresses[0] ?? '', port };
      world.network.transmit(from, lns, mutate(base, random, captured));
      if (i % 20 === 0) await world.run(20);
    }
    await world.run(300_000);
    expect(world.log.of('error')).toEqual([]);
    const again = world.restartLac(lac);
    await world.dial(again, await world.openTunnel(again, secret));
    await world.close();
    expect(world.lns.pools()[0]?.used).toBe(0);
    expect([world.dataPlane.tunnels.size, world.host.openTimers, world.host.openSockets]).toEqual([0, 0, 0]);
  });
});

describe('honest sessions go on beside a LAC that knows the secret and', () => {
  it('asks for calls without end', async () => {
    const { world } = await peacefulWorld();
    const hostile = new HandLac(world, { secret, profile: { maxCalls: 65_535 } });
    const tunnel = await hostile.open();
    const calls = Array.from({ length: 900 }, () => hostile.place(tunnel));
    await world.run(20_000);
    const refused = calls.filter(({ ended }) => ended !== undefined);
    // 500 calls may be under way; the others are told so at once (RFC 2661 section 4.4.2).
    expect(refused).toHaveLength(900 - 500);
    for (const { ended } of refused) expect(ended?.result).toMatchObject({ resultCode: 2, errorCode: 4 });
    await world.run(100_000);
    // None of them ever said a word of PPP.
    expect(calls.filter(({ ended }) => ended === undefined)).toHaveLength(0);
    hostile.host.turn(() => tunnel.close({ resultCode: 1 }, hostile.host.now()));
    await expectPeace(world);
  });

  it('hides AVPs that nobody can read', async () => {
    const world = await LnsWorld.start({ ...smallServer, secret: undefined as never });
    const lac = world.addLac();
    await world.dial(lac, await world.openTunnel(lac));
    const hostile = new HandLac(world);
    const tunnel = await hostile.open();
    const icrq = encodeMessage(
      { type: 'ICRQ', assignedSessionId: 5, callSerialNumber: 1, callingNumber: '0123' },
      tunnel.peerTunnelId,
      0,
      { secret: fromHex('01'), random: seededRandom(1) },
    );
    // The third message of the tunnel: SCCRQ, SCCCN, and this.
    icrq.set([0, 2, 0, 1], 8);
    let answer: number | undefined;
    world.network.tap = ({ to, bytes }) => {
      if (to.address === hostile.address && bytes.length > 20) answer = bytes[19];
    };
    hostile.send(icrq);
    await world.run(500);
    // What cannot be read ends the call (CDN), not the tunnel.
    expect(answer).toBe(14);
    expect(world.lns.tunnels()).toHaveLength(2);
    expect(await world.lns.sessions()).toHaveLength(1);
    expect(world.log.of('error')).toEqual([]);
    await world.close();
  });
});
