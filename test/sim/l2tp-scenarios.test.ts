import { describe, expect, it } from 'vitest';
import { messageTypes } from '../../lib/l2tp/index.js';
import type { Call, Tunnel, TunnelEvent } from '../../lib/l2tp/index.js';
import { utf8 } from '../../lib/wire/index.js';
import { Pair } from '../support/l2tp-pair.js';
import type { PairNode } from '../support/l2tp-pair.js';

/** The LNS takes every call after `delay` ms; the LAC connects at once. */
function answer(pair: Pair, delay = 0): () => void {
  const waiting: { at: number; call: Call }[] = [];
  pair.lns.onEvent = (_, event, now) => {
    if (event.type !== 'call-request') return;
    if (delay === 0) event.call.accept(now);
    else waiting.push({ at: now + delay, call: event.call });
  };
  pair.lac.onEvent = (_, event, now) => {
    if (event.type === 'call-accepted') event.call.connect({ txConnectSpeed: 1e8, framingType: 1 }, now);
  };
  return () => {
    while (waiting[0] !== undefined && waiting[0].at <= pair.now) waiting.shift()?.call.accept(pair.now);
    pair.flush();
  };
}

const types = (node: PairNode): string[] => node.events.map((event: TunnelEvent) => event.type);

function open(pair: Pair): Tunnel {
  const tunnel = pair.connect(pair.lac, pair.lns);
  expect(pair.until(() => tunnel.established, 10_000)).toBe(true);
  return tunnel;
}

describe('a link without loss', () => {
  it.each([0, 35])(
    'carries 3,000 calls, 256 at a time, without a message sent twice (LNS takes %i ms)',
    (delay) => {
      const pair = new Pair({ weather: { latency: 2 } });
      const serve = answer(pair, delay);
      const tunnel = open(pair);
      const calls: Call[] = [];
      let established = 0;
      while (established < 3000) {
        while (calls.length < Math.min(3000, established + 256))
          calls.push(tunnel.placeIncomingCall({}, pair.now));
        pair.advance(1);
        serve();
        established = calls.filter((call) => call.state === 'established').length;
        if (pair.now > 60_000) break;
      }
      pair.advance(1000);
      expect(established).toBe(3000);
      expect(pair.mismatches()).toEqual([]);
      const [lac, lns] = [pair.lac.endpoint.counters, pair.lns.endpoint.counters];
      expect([lac.retransmissions, lns.retransmissions, lac.duplicates, lns.duplicates]).toEqual([
        0, 0, 0, 0,
      ]);
      // Acknowledgements ride on messages: few need a datagram of their own.
      expect(lac.zlbSent + lns.zlbSent).toBeLessThan(3000 * 0.5);
      // All hang up at once: the queue drains through the window.
      for (const call of calls) call.close({ resultCode: 1 }, pair.now);
      pair.advance(5000);
      expect([tunnel.callCount, tunnel.backlog]).toEqual([0, 0]);
      expect(types(pair.lns).filter((type) => type === 'call-ended')).toHaveLength(3000);
      expect(lac.retransmissions + lns.retransmissions).toBe(0);
    },
  );

  it('asks an idle peer once a minute, whichever end asks', () => {
    const pair = new Pair();
    open(pair);
    pair.advance(600_000);
    const sent = pair.lac.endpoint.counters.sent.HELLO + pair.lns.endpoint.counters.sent.HELLO;
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(sent).toBeLessThanOrEqual(20);
    expect(pair.lac.endpoint.counters.retransmissions).toBe(0);
  });
});

describe('a link that fails', () => {
  it('for less than the retransmission interval costs nothing', () => {
    const pair = new Pair();
    answer(pair);
    const tunnel = open(pair);
    pair.tap = () => false;
    const calls = Array.from({ length: 10 }, () => tunnel.placeIncomingCall({}, pair.now));
    pair.advance(20_000);
    pair.tap = undefined;
    pair.advance(20_000);
    expect(calls.every((call) => call.state === 'established')).toBe(true);
    expect(pair.mismatches()).toEqual([]);
  });

  it('for good is noticed by both ends, by HELLO, and their calls end', () => {
    const pair = new Pair({
      lac: { profile: { secret: utf8('s') } },
      lns: { profile: { secret: utf8('s') } },
    });
    answer(pair);
    const tunnel = open(pair);
    const call = tunnel.placeIncomingCall({}, pair.now);
    pair.advance(1000);
    expect(call.state).toBe('established');
    pair.tap = () => false;
    pair.advance(60_000 + 31_000 + 1000);
    for (const node of pair.nodes) {
      expect(types(node).slice(-3)).toEqual(['call-ended', 'down', 'released']);
      expect(node.endpoint.tunnelCount).toBe(0);
    }
  });

  it('one way only is noticed by both ends', () => {
    const pair = new Pair();
    const tunnel = open(pair);
    pair.tap = (from) => from !== pair.lns;
    pair.advance(200_000);
    expect(tunnel.state).toBe('closed');
    expect(pair.lns.endpoint.tunnelCount).toBe(0);
  });

  it('while it is closed leaves nothing behind', () => {
    const pair = new Pair();
    const tunnel = open(pair);
    pair.tap = () => false;
    tunnel.close({ resultCode: 1 }, pair.now);
    pair.advance(32_000);
    expect(pair.lac.endpoint.tunnelCount).toBe(0);
    pair.advance(100_000);
    expect(pair.lns.endpoint.tunnelCount).toBe(0);
  });
});

describe('LACs behind one NAT address', () => {
  it('have tunnels and calls of their own, from other ports or with other ids', () => {
    const pair = new Pair();
    answer(pair);
    const others = [4001, 4002, 4003].map((port) =>
      // The same seed: the same Tunnel IDs and session ids as the first LAC's.
      pair.addNode(`lac-${port}`, pair.lac.address, { port, seed: 101 }),
    );
    const lacs = [pair.lac, ...others];
    const calls = lacs.flatMap((lac) => {
      lac.onEvent = pair.lac.onEvent;
      const tunnels = [pair.connect(lac, pair.lns), pair.connect(lac, pair.lns)];
      return tunnels.map((tunnel) => tunnel.placeIncomingCall({ callingNumber: lac.name }, pair.now));
    });
    pair.advance(2000);
    expect(calls.map((call) => call.state)).toEqual(Array(8).fill('established'));
    expect(pair.lns.endpoint.tunnelCount).toBe(8);
    pair.restart(pair.lac);
    pair.connect(pair.lac, pair.lns);
    pair.advance(2000);
    // One of the first LAC's two is replaced, the other waits for its HELLO; nobody else's is touched.
    expect(calls.slice(2).map((call) => call.state)).toEqual(Array(6).fill('established'));
    expect([...pair.lns.endpoint.tunnels()].filter((tunnel) => tunnel.established)).toHaveLength(8);
  });
});

describe('a LAC that is killed and comes back with the same ids', () => {
  it.each([200, 1500, 90_000])('replaces its tunnel after %i ms', (pause) => {
    const pair = new Pair();
    answer(pair);
    const before = open(pair);
    before.placeIncomingCall({}, pair.now);
    pair.advance(pause);
    const lnsCall = pair.establishedCalls(pair.lns)[0];
    pair.restart(pair.lac);
    const after = pair.connect(pair.lac, pair.lns);
    expect(after.localTunnelId).toBe(before.localTunnelId);
    const took = pair.now;
    expect(pair.until(() => after.established, 10_000)).toBe(true);
    expect(pair.now - took).toBeLessThan(1100);
    pair.advance(1000);
    if (pause < 60_000) expect(lnsCall?.state).toBe('closed');
    expect(types(pair.lns)).toContain('down');
    pair.advance(100_000);
    expect(pair.mismatches()).toEqual([]);
    expect(pair.lns.endpoint.tunnelCount).toBe(1);
  });
});

describe('a flood from many sources', () => {
  it('does not keep a real LAC out for longer than half-open tunnels live', () => {
    const pair = new Pair({ lns: { limits: { maxHalfOpen: 8, maxHalfOpenPerSource: 2 } } });
    const crowd = Array.from({ length: 20 }, (_, i) => pair.addNode(`x${i}`, `10.1.0.${i}`, { seed: i }));
    // The crowd never goes on to SCCCN.
    pair.tap = (from, bytes) => !crowd.includes(from) || bytes[19] === messageTypes.SCCRQ;
    for (const one of crowd) pair.connect(one, pair.lns);
    pair.advance(100);
    expect(pair.lns.endpoint.halfOpenCount).toBe(8);
    const refused = pair.connect(pair.lac, pair.lns);
    pair.advance(100);
    expect(refused.state).toBe('lingering');
    pair.advance(32_000);
    for (const one of crowd) one.endpoint.close(pair.now);
    const tunnel = open(pair);
    expect(tunnel.established).toBe(true);
    pair.advance(32_000);
    expect(pair.lns.endpoint.halfOpenCount).toBe(0);
  });
});
