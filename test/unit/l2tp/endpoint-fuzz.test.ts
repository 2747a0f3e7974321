import { describe, expect, it } from 'vitest';
import {
  challengeResponse,
  decodeMessage,
  Endpoint,
  encodeMessage,
  encodeZlb,
  messageTypes,
  patchSequence,
  tunnelProfile,
} from '../../../lib/l2tp/index.js';
import type { Call, Path, Tunnel } from '../../../lib/l2tp/index.js';
import { utf8 } from '../../../lib/wire/index.js';
import { fuzz, fuzzTimeout } from '../../support/fuzz.js';
import { seededRandom } from '../../support/random.js';
import { pathFrom } from './raw-peer.js';
import { sampleMessages } from './samples.js';

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function put(bytes: Uint8Array, at: number, value: number): void {
  if (at + 1 >= bytes.length) return;
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/**
 * Mutated messages whose header is mended most of the time, so that they reach the machines behind it: a live Tunnel
 * ID, a live Session ID, the Ns that is expected.
 */
function storm(secret: boolean, seed: number): { endpoint: Endpoint; reached: Record<string, number> } {
  const profile = tunnelProfile({
    hostName: 'here',
    bearerCapabilities: 3,
    retransmit: { first: 100, cap: 800, tries: 2 },
    helloInterval: 1000,
    setupTimeout: 2000,
    callTimeout: 2000,
    ...(secret && { secret: utf8('tunnel-secret'), hideAvps: true }),
  });
  const random = seededRandom(seed);
  const endpoint = new Endpoint({ random, profile, limits: { maxHalfOpen: 20, maxHalfOpenPerSource: 10 } });
  const paths: Path[] = [pathFrom(), pathFrom('192.0.2.1', 1702), pathFrom('192.0.2.2')];
  const hiding = { secret: utf8('tunnel-secret'), random };
  const corpus = sampleMessages.flatMap((message) => {
    const open = message.type === 'SCCRQ' && !secret ? { ...message, challenge: undefined } : message;
    return [encodeMessage(open, 1, 2), encodeMessage(open, 1, 2, secret ? hiding : undefined)];
  });
  corpus.push(encodeZlb(1, 0, 0));
  const expected = new Map<number, number>();
  const reached: Record<string, number> = {
    up: 0,
    'call-request': 0,
    'call-connected': 0,
    'call-ended': 0,
    down: 0,
  };
  const calls: Call[] = [];
  const replies: { tunnel: Tunnel; reply: Uint8Array }[] = [];
  let now = 0;

  const drain = (): void => {
    for (let tunnel = endpoint.pollTouched(); tunnel !== undefined; tunnel = endpoint.pollTouched()) {
      for (let event = tunnel.pollEvent(); event !== undefined; event = tunnel.pollEvent()) {
        reached[event.type] = (reached[event.type] ?? 0) + 1;
        if (event.type !== 'call-request') continue;
        calls.push(event.call);
        if (random.below(3) > 0) event.call.accept(now);
      }
      for (let bytes = tunnel.pollTransmit(); bytes !== undefined; bytes = tunnel.pollTransmit()) {
        // Our Nr is the Ns that is expected next.
        expected.set(tunnel.localTunnelId, u16(bytes, 10));
        const type = u16(bytes, 18);
        if ((type === messageTypes.SCCRP || type === messageTypes.ICRP) && random.below(2) === 0) {
          replies.push({ tunnel, reply: bytes.slice() });
        }
      }
      const deadline = tunnel.pollTimeout();
      if (tunnel.state !== 'closed' && deadline === undefined) throw new Error('no deadline');
    }
    while (endpoint.pollTransmit() !== undefined);
  };

  /** Goes on to SCCCN and ICCN as a peer should, so that some tunnels and calls do come up. */
  const goOn = (): void => {
    for (const { tunnel, reply } of replies.splice(0)) {
      const message = decodeMessage(reply, 12, reply.length, hiding.secret);
      let answer: Uint8Array;
      if (message.type === 'SCCRP') {
        const response = message.challenge && challengeResponse(3, hiding.secret, message.challenge);
        answer = encodeMessage({ type: 'SCCCN', challengeResponse: response }, tunnel.localTunnelId, 0);
      } else if (message.type === 'ICRP') {
        const iccn = { type: 'ICCN', txConnectSpeed: 1, framingType: 1 } as const;
        answer = encodeMessage(iccn, tunnel.localTunnelId, message.assignedSessionId);
      } else {
        throw new Error('our own answer cannot be read');
      }
      patchSequence(answer, u16(reply, 10), (u16(reply, 8) + 1) & 0xffff);
      endpoint.handleDatagram(answer, tunnel.path, now);
      drain();
    }
  };

  /** @returns the path that the message should come along */
  const mend = (bytes: Uint8Array): Path | undefined => {
    if (bytes.length < 12) return undefined;
    bytes[0] = 0xc8;
    bytes[1] = 2;
    put(bytes, 2, bytes.length);
    const type = u16(bytes, 18);
    const call = calls[calls.length - 1 - random.below(Math.min(4, calls.length + 1))];
    const live = [...endpoint.tunnels()].filter((tunnel) => tunnel.established || random.below(4) === 0);
    const isRequest = type === messageTypes.ICRQ || type === messageTypes.OCRQ;
    const ofCall = type > messageTypes.OCRQ && !isRequest && call !== undefined && random.below(8) > 0;
    const tunnel = ofCall ? call.tunnel : live[random.below(live.length)];
    const id = type === messageTypes.SCCRQ ? 0 : (tunnel?.localTunnelId ?? 0);
    put(bytes, 4, id);
    put(bytes, 6, ofCall ? call.sessionId : 0);
    put(bytes, 8, id === 0 ? 0 : (expected.get(id) ?? 1) + (random.below(8) === 0 ? random.below(5) : 0));
    put(bytes, 10, id === 0 ? 0 : random.below(3));
    return random.below(8) > 0 ? tunnel?.path : undefined;
  };

  fuzz(
    corpus,
    (mutated) => {
      // Whole messages too, or no machine would get far.
      const whole = random.below(3) === 0;
      const bytes = whole ? (corpus[random.below(corpus.length)] as Uint8Array).slice() : mutated;
      const path = random.below(8) > 0 ? mend(bytes) : undefined;
      endpoint.handleDatagram(bytes, path ?? (paths[random.below(paths.length)] as Path), now);
      drain();
      goOn();
      drain();
      // One in a while goes by the book.
      if (random.below(20) === 0) {
        const tunnel = endpoint.connect(paths[0] as Path, profile, now);
        tunnel.placeIncomingCall({}, now);
        drain();
      }
      now += random.below(40);
      for (const tunnel of endpoint.tunnels()) {
        if ((tunnel.pollTimeout() ?? Number.POSITIVE_INFINITY) <= now) tunnel.handleTimeout(now);
      }
      drain();
      if (endpoint.halfOpenCount > 20) throw new Error('too many half-open tunnels');
    },
    { seed },
  );
  return { endpoint, reached };
}

describe('mutated messages to live machines', { timeout: fuzzTimeout }, () => {
  it.each([
    ['without a secret', false],
    ['with a secret and hidden AVPs', true],
  ])('never throw, never leave a machine without a deadline, and end in nothing (%s)', (_, secret) => {
    const { endpoint, reached } = storm(secret, 11);
    for (const [event, count] of Object.entries(reached)) expect(count, event).toBeGreaterThan(0);
    // All that began is over in the end.
    let now = 1e9;
    endpoint.close(now);
    for (let rounds = 0; rounds < 1000 && endpoint.tunnelCount > 0; rounds++) {
      now += 1000;
      for (const tunnel of [...endpoint.tunnels()]) tunnel.handleTimeout(now);
    }
    expect(endpoint.tunnelCount).toBe(0);
    expect(endpoint.halfOpenCount).toBe(0);
  });
});
