import { describe, expect, it } from 'vitest';
import type { PppOptions } from '../../../lib/ppp/index.js';
import { type Random, fromHex } from '../../../lib/wire/index.js';
import { fuzz, fuzzIterations } from '../../support/fuzz.js';
import { PppPair } from '../../support/ppp-pair.js';
import { CCP, IPCP, LCP, Script, countingRandom, frame } from './script.js';

const options: PppOptions = {
  authMethods: ['mschapv2', 'chap', 'pap', 'eap'],
  ipv6: true,
  mppe: { mode: 'allow' },
};

/** Frames of whole conversations, and what does not happen in them. */
function corpus(): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const method of ['pap', 'chap', 'mschapv2'] as const) {
    const common: PppOptions = { ...options, authMethods: [method] };
    const pair = new PppPair({ server: common, client: common }).start();
    pair.run(5_000, () => pair.open);
    for (const end of pair.ends) frames.push(...end.sentFrames);
  }
  const others = [
    'ff03 c021 0101 0018 0104 05b4 0206 00000000 0305 c22305 0506 01020304 0702 0802',
    'c021 0401 000a 1104 0640 0d03 06',
    'c021 0501 0004',
    'c021 0601 0004',
    'c021 0701 0008 6301 0004',
    'c021 0801 000a 8021 0101 0004',
    'c021 0901 000c 01020304 05060708',
    'c021 0a01 0008 01020304',
    'c021 0c01 000a 01020304 4142',
    '8021 0301 0010 0306 0a410101 8106 0a090002',
    '8021 0501 0004',
    '80fd 0e01 0004',
    '80fd 0f01 0004',
    '00fd 9001 aabbcc',
    '21 4500',
    '0057 6000',
    '0031 00',
  ];
  return [...frames, ...others.map(fromHex)];
}

/** A session at one of its phases, server or client. */
function atPhase(random: Random): Script {
  const role = random.below(4) === 0 ? 'client' : 'server';
  const s = new Script({
    ...options,
    role,
    authMethods: role === 'client' ? ['chap', 'pap'] : ['chap'],
    ...(role === 'client' && { credentials: { user: 'alice', password: 'wonder' } }),
  });
  const steps = [
    () => s.start(),
    () => s.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d'),
    () => (role === 'server' ? s.respond().accept() : s),
    () => s.receive(IPCP, 1, 1, '0306 0a410101'),
    () => s.do((session, now) => session.handleAttached(now)),
    () => s.receive(CCP, 1, 1, '1206 01000040'),
  ];
  for (const step of steps.slice(0, random.below(steps.length + 1))) step();
  return s;
}

describe('a session', () => {
  it('survives whatever the peer sends, in any phase, without a word too many', () => {
    const inputs = corpus();
    let s = new Script();
    let age = 0;
    fuzz(inputs, (bytes, random) => {
      // A new session now and then; most live through a handful of frames.
      if (age-- <= 0) {
        s = atPhase(random);
        age = random.below(12);
      }
      const before = s.frames.length;
      const eventsBefore = s.events.length;
      s.session.handleFrame(bytes, s.now);
      s.drain();
      // No amplification: a frame has a few answers at the most, and none is larger than a frame.
      expect(s.frames.length - before).toBeLessThanOrEqual(8);
      expect(s.events.length - eventsBefore).toBeLessThanOrEqual(10);
      for (const sent of s.frames.slice(before))
        expect(sent.length).toBeLessThanOrEqual(Math.max(bytes.length + 64, 200));
      const authenticate = s.events.slice(eventsBefore).find((event) => event.kind === 'authenticate');
      if (authenticate && random.below(2) === 0) s.accept();
      if (random.below(3) === 0) s.at(s.now + random.below(5_000));
      const timeout = s.session.pollTimeout();
      if (timeout !== undefined) expect(timeout).toBeGreaterThan(s.now - 1);
      if (s.session.phase === 'dead') {
        expect(s.count('down')).toBe(1);
        expect(s.events.at(-1)?.kind).toBe('down');
        expect(timeout).toBeUndefined();
        age = 0;
      }
    });
  }, 900_000);

  it('ends in bounded time when the peer only ever talks nonsense', () => {
    const inputs = corpus().filter((bytes) => !(bytes[0] === 0xc0 && bytes[1] === 0x21 && bytes[2] === 2));
    const random = countingRandom();
    for (let round = 0; round < Math.min(50, fuzzIterations / 100); round++) {
      const s = new Script({ authMethods: ['chap'] }).start();
      for (let i = 0; s.session.phase !== 'dead' && i < 400; i++) {
        s.at(s.now + 1_000);
        s.receiveFrame(inputs[random.below(inputs.length)] as Uint8Array);
      }
      expect(s.session.phase, 'after 400 s').toBe('dead');
    }
  });

  it('takes an endless option list in linear time', () => {
    const many = new Uint8Array(65_000);
    for (let i = 0; i + 1 < many.length; i += 2) many.set([99, 2], i);
    const s = new Script().start();
    const began = performance.now();
    s.session.handleFrame(frame(LCP, 1, 1, many), 0);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
