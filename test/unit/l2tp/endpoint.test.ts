import { describe, expect, it } from 'vitest';
import { challengeResponse, encodeMessage, PlacementError, tunnelProfile } from '../../../lib/l2tp/index.js';
import type { TunnelRequest } from '../../../lib/l2tp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { Bench, pathFrom, RawPeer, sccrq } from './raw-peer.js';

describe('an SCCRQ that comes again', () => {
  it('while the tunnel is half-open is acknowledged by the same tunnel', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const request = peer.send(sccrq());
    const { assignedTunnelId } = peer.expect('SCCRP');
    bench.now += 400;
    peer.give(request);
    expect(peer.receive()).toMatchObject([{ message: undefined, header: { tunnelId: 77, ns: 1, nr: 1 } }]);
    expect(bench.endpoint.tunnelCount).toBe(1);
    bench.advance(600);
    // The SCCRP goes out again by its own timer.
    expect(peer.expect('SCCRP').assignedTunnelId).toBe(assignedTunnelId);
    expect(bench.endpoint.counters.duplicates).toBe(1);
  });

  it('just after the tunnel was established is a copy that was held back', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const request = encodeMessage(sccrq(), 0, 0);
    const tunnel = peer.open();
    peer.receive();
    bench.now += 200;
    peer.give(request);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(bench.endpoint.tunnelCount).toBe(1);
    expect(tunnel.established).toBe(true);
  });

  it('later may be a peer that has started anew: it is answered beside the old tunnel, which is not touched', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const request = encodeMessage(sccrq(), 0, 0);
    const old = peer.open();
    peer.call(5);
    bench.takeEvents();
    bench.now += 5000;
    peer.receive();
    peer.give(request);
    const reply = peer.expect('SCCRP');
    expect(reply.assignedTunnelId).not.toBe(old.localTunnelId);
    expect(old.established).toBe(true);
    // A peer that is as it was takes the SCCRP for a repeated message; the half-open tunnel dies of neglect.
    bench.advance(31_000);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'down', cause: 'timeout', established: false },
      { type: 'released' },
    ]);
    expect(old.established).toBe(true);
  });

  it.each([
    ['with the same octets', {}],
    ['with others', { vendorName: 'after the update' }],
  ])('and goes on to SCCCN has started anew: the old tunnel is replaced without a word (%s)', (_, fields) => {
    const bench = new Bench();
    const before = new RawPeer(bench);
    const old = before.open();
    const call = before.call(5);
    bench.takeEvents();
    bench.advance(2000);
    before.receive();
    const after = new RawPeer(bench);
    const fresh = after.open(fields);
    expect(fresh).not.toBe(old);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'tunnel' } },
      { type: 'down', cause: 'replaced', established: true, successor: fresh },
      { type: 'released' },
      { type: 'up' },
    ]);
    expect(old.state).toBe('closed');
    expect(bench.endpoint.tunnelCount).toBe(1);
    bench.advance(20);
    expect(after.receiveTypes()).toEqual(['ZLB']);
  });

  it('cannot end a tunnel without the secret', () => {
    const secret = utf8('tunnel-secret');
    const bench = new Bench({ secret });
    const peer = new RawPeer(bench);
    peer.send(sccrq());
    const reply = peer.expect('SCCRP');
    peer.tunnelId = reply.assignedTunnelId;
    peer.send({
      type: 'SCCCN',
      challengeResponse: challengeResponse(3, secret, reply.challenge ?? fromHex('')),
    });
    const tunnel = bench.endpoint.tunnel(peer.tunnelId);
    bench.advance(60_000);
    const forger = new RawPeer(bench);
    forger.send(sccrq());
    forger.tunnelId = forger.expect('SCCRP').assignedTunnelId;
    forger.send({ type: 'SCCCN', challengeResponse: fromHex('00000000000000000000000000000000') });
    expect(forger.expect('StopCCN').result).toMatchObject({ resultCode: 4 });
    expect(tunnel?.established).toBe(true);
  });

  it('in another form while half-open replaces the half-open tunnel', () => {
    const bench = new Bench();
    const first = new RawPeer(bench);
    first.send(sccrq());
    const { assignedTunnelId } = first.expect('SCCRP');
    const second = new RawPeer(bench);
    second.send(sccrq({ vendorName: 'another' }));
    expect(second.expect('SCCRP').assignedTunnelId).not.toBe(assignedTunnelId);
    expect(bench.endpoint.tunnelCount).toBe(1);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'replaced' }, { type: 'released' }]);
  });

  it.each([
    ['closed here', 0, (peer: RawPeer) => peer.ack()],
    ['closed here and not yet acknowledged', 1000, () => undefined],
    [
      'closed by the peer',
      0,
      (peer: RawPeer) => peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } }),
    ],
  ])('with the id of a tunnel that was %s ends its lingering', (how, pause, end) => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const old = peer.open();
    peer.receive();
    if (how.startsWith('closed here')) old.close({ resultCode: 1 }, bench.now);
    peer.receive();
    end(peer);
    bench.now += pause;
    peer.receive();
    const again = new RawPeer(bench);
    again.open();
    expect(old.state).toBe('closed');
    bench.advance(31_000);
    // Nothing of the old tunnel disturbs the new one, which has the same id at the peer.
    expect(again.receiveTypes()).not.toContain('StopCCN');
  });
});

describe('peers behind one address', () => {
  it('differ in the port, or in the Tunnel ID alone', () => {
    const bench = new Bench();
    const peers = [
      { path: pathFrom('192.0.2.1', 1701), id: 77 },
      { path: pathFrom('192.0.2.1', 40_001), id: 77 },
      { path: pathFrom('192.0.2.1', 1701), id: 78 },
    ].map(({ path, id }) => {
      const peer = new RawPeer(bench, path);
      return { peer, tunnel: peer.open({ assignedTunnelId: id }) };
    });
    expect(bench.endpoint.tunnelCount).toBe(3);
    for (const { peer, tunnel } of peers) {
      expect(tunnel.established).toBe(true);
      peer.receive();
      peer.send({ type: 'ICRQ', assignedSessionId: 5, callSerialNumber: 1 });
      expect(tunnel.callCount).toBe(1);
    }
    peers[0]?.peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } });
    expect(peers.map(({ tunnel }) => tunnel.established)).toEqual([false, true, true]);
  });

  it('are found by the Assigned Tunnel ID of a StopCCN that was sent before our id was known', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.send(sccrq());
    peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } });
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'peer', established: false }]);
    const [zlb] = peer.receive();
    expect(zlb?.header).toMatchObject({ tunnelId: 77, nr: 2 });
  });
});

describe('two SCCRQs at once (tie breaker)', () => {
  const tie = (ours: boolean, theirs: Uint8Array | undefined) => {
    const bench = new Bench({ tieBreaker: ours });
    const peer = new RawPeer(bench);
    const tunnel = bench.endpoint.connect(peer.path, bench.profile, bench.now);
    const request = peer.expect('SCCRQ');
    peer.nr = 0;
    peer.send(sccrq({ tieBreaker: theirs }));
    return { bench, peer, tunnel, request };
  };
  const lowest = fromHex('0000000000000000');
  const highest = fromHex('ffffffffffffffff');

  it('the lower value wins: ours goes silently', () => {
    const { bench, peer, tunnel, request } = tie(true, lowest);
    expect(request.tieBreaker).toHaveLength(8);
    expect(tunnel.state).toBe('closed');
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'tie-breaker' }, { type: 'released' }]);
    expect(peer.receiveTypes()).toEqual(['SCCRP']);
    expect(bench.endpoint.tunnelCount).toBe(1);
  });

  it('the lower value wins: theirs is not answered', () => {
    const { bench, peer, tunnel } = tie(true, highest);
    expect(tunnel.state).toBe('wait-ctl-reply');
    expect(peer.receive()).toEqual([]);
    expect(bench.endpoint.tunnelCount).toBe(1);
  });

  it('equal values: neither remains', () => {
    const random = seededRandom(42);
    const bench = new Bench({ tieBreaker: true }, { random });
    const peer = new RawPeer(bench);
    bench.endpoint.connect(peer.path, bench.profile, bench.now);
    const { tieBreaker } = peer.expect('SCCRQ');
    peer.nr = 0;
    peer.send(sccrq({ tieBreaker }));
    expect(peer.receive()).toEqual([]);
    expect(bench.endpoint.tunnelCount).toBe(0);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'tie-breaker' }, { type: 'released' }]);
  });

  it('one value wins over none', () => {
    expect(tie(false, highest).tunnel.state).toBe('closed');
    expect(tie(true, undefined).peer.receive()).toEqual([]);
  });

  it('without any both tunnels remain', () => {
    const { bench, peer, tunnel } = tie(false, undefined);
    expect(tunnel.state).toBe('wait-ctl-reply');
    expect(peer.receiveTypes()).toEqual(['SCCRP']);
    expect(bench.endpoint.tunnelCount).toBe(2);
  });

  it('concerns one peer only', () => {
    const bench = new Bench({ tieBreaker: true });
    bench.endpoint.connect(pathFrom('192.0.2.1'), bench.profile, bench.now);
    const other = new RawPeer(bench, pathFrom('192.0.2.2'));
    other.send(sccrq({ tieBreaker: highest }));
    expect(other.receiveTypes()).toEqual(['SCCRP']);
  });
});

describe('profiles', () => {
  it('are chosen by address and host name, before the secret is needed', () => {
    const secret = utf8('for lac-1');
    const asked: TunnelRequest[] = [];
    const special = tunnelProfile({ hostName: 'special', secret, receiveWindow: 3 });
    const bench = new Bench(
      {},
      {
        profileFor: (request) => {
          asked.push(request);
          if (request.hostName === 'lac-1') return special;
          return request.hostName === 'thief' ? { refuse: { resultCode: 4, message: 'no' } } : undefined;
        },
      },
    );
    const peer = new RawPeer(bench, pathFrom('192.0.2.5', 1234));
    // Everything that may be hidden is, with the secret of lac-1.
    const hiding = { secret, random: seededRandom(1) };
    peer.sendBytes(encodeMessage(sccrq({ hostName: 'lac-1', challenge: fromHex('0102') }), 0, 0, hiding));
    const reply = peer.expect('SCCRP');
    expect(asked).toEqual([{ address: '192.0.2.5', port: 1234, hostName: 'lac-1' }]);
    expect(reply).toMatchObject({ hostName: 'special', receiveWindowSize: 3 });
    expect(reply.challengeResponse).toEqual(challengeResponse(2, secret, fromHex('0102')));

    const plain = new RawPeer(bench, pathFrom('192.0.2.6'));
    plain.send(sccrq({ hostName: 'other' }));
    expect(plain.expect('SCCRP').hostName).toBe('here');

    const thief = new RawPeer(bench, pathFrom('192.0.2.7'));
    thief.send(sccrq({ hostName: 'thief' }));
    expect(thief.expect('StopCCN').result).toEqual({ resultCode: 4, errorCode: 0, message: 'no' });
    expect(bench.endpoint.counters).toMatchObject({ refusedTunnels: 1, limitedTunnels: 0 });
  });

  it('are refused when the protocol cannot have their values', () => {
    expect(() => tunnelProfile({ hostName: '' })).toThrow(RangeError);
    expect(() => tunnelProfile({ hostName: 'x'.repeat(2000) })).toThrow(RangeError);
    expect(() => tunnelProfile({ vendorName: 'x'.repeat(2000) })).toThrow(RangeError);
    expect(() => tunnelProfile({ receiveWindow: 0 })).toThrow(RangeError);
    expect(() => tunnelProfile({ receiveWindow: 40_000 })).toThrow(RangeError);
    expect(() => tunnelProfile({ firmwareRevision: 70_000 })).toThrow(RangeError);
    expect(() => tunnelProfile({ retransmit: { first: 1000, cap: 500, tries: 5 } })).toThrow(RangeError);
    expect(() => tunnelProfile({ secret: new Uint8Array(0) })).toThrow(RangeError);
  });
});

describe('limits', () => {
  it('of half-open tunnels hold for each source and for all', () => {
    const bench = new Bench({}, { limits: { maxHalfOpen: 5, maxHalfOpenPerSource: 3 } });
    const ask = (address: string, id: number): string | undefined => {
      const peer = new RawPeer(bench, pathFrom(address));
      peer.send(sccrq({ assignedTunnelId: id }));
      const [answer] = peer.receive();
      const result = answer?.message?.type === 'StopCCN' ? answer.message.result : undefined;
      return result === undefined ? answer?.message?.type : `${result.resultCode}/${result.errorCode}`;
    };
    expect([1, 2, 3, 4].map((id) => ask('192.0.2.1', id))).toEqual(['SCCRP', 'SCCRP', 'SCCRP', '2/4']);
    expect([1, 2, 3].map((id) => ask('192.0.2.2', id))).toEqual(['SCCRP', 'SCCRP', '2/4']);
    expect(bench.endpoint).toMatchObject({ halfOpenCount: 5, tunnelCount: 5 });
    expect(bench.endpoint.counters).toMatchObject({ limitedTunnels: 2, refusedTunnels: 2 });
    // They are given up in time, and there is room again.
    bench.advance(31_000);
    expect(bench.endpoint).toMatchObject({ halfOpenCount: 0, tunnelCount: 0 });
    expect(ask('192.0.2.1', 9)).toBe('SCCRP');
  });

  it('of tunnels that failed to authenticate count until they are gone', () => {
    const bench = new Bench({ secret: utf8('s') }, { limits: { maxHalfOpenPerSource: 2 } });
    const fail = (id: number): string[] => {
      const peer = new RawPeer(bench, pathFrom('192.0.2.1', 1700 + id));
      peer.send(sccrq({ assignedTunnelId: id }));
      const types = peer.receive().map((one) => {
        if (one.message?.type === 'SCCRP') peer.tunnelId = one.message.assignedTunnelId;
        return one.message?.type ?? '';
      });
      if (peer.tunnelId !== 0) peer.send({ type: 'SCCCN' });
      return types;
    };
    expect([fail(1), fail(2), fail(3)]).toEqual([['SCCRP'], ['SCCRP'], ['StopCCN']]);
  });

  it('of tunnels', () => {
    const bench = new Bench({}, { limits: { maxTunnels: 2 } });
    new RawPeer(bench).open({ assignedTunnelId: 1 });
    new RawPeer(bench).open({ assignedTunnelId: 2 });
    const third = new RawPeer(bench);
    third.send(sccrq({ assignedTunnelId: 3 }));
    expect(third.expect('StopCCN').result).toMatchObject({ resultCode: 2, errorCode: 4 });
  });

  it('hold in a flood: 20,000 SCCRQs leave what the limits allow', () => {
    const bench = new Bench({}, { limits: { maxHalfOpen: 64, maxHalfOpenPerSource: 8 } });
    const template = encodeMessage(sccrq({ assignedTunnelId: 0xffff }), 0, 0);
    const at = Buffer.from(template).lastIndexOf(fromHex('ffff'));
    let answers = 0;
    for (let i = 0; i < 20_000; i++) {
      template[at] = 1 + ((i >> 8) & 0x7f);
      template[at + 1] = i;
      bench.endpoint.handleDatagram(template, pathFrom(`10.0.${i % 16}.${i % 250}`), i / 100);
      while (bench.endpoint.pollTransmit() !== undefined) answers++;
    }
    const { counters, halfOpenCount, tunnelCount } = bench.endpoint;
    expect(halfOpenCount).toBeLessThanOrEqual(64);
    expect(tunnelCount).toBeLessThanOrEqual(64);
    expect(counters.limitedTunnels).toBe(answers);
    expect(answers).toBeGreaterThan(19_000);
  });
});

describe('closing', () => {
  it('ends all tunnels with StopCCN 6 and refuses new ones', () => {
    const bench = new Bench();
    const peers = [1, 2, 3].map((id) => {
      const peer = new RawPeer(bench, pathFrom(`192.0.2.${id}`));
      peer.open();
      peer.receive();
      return peer;
    });
    const waiting = bench.endpoint.connect(pathFrom('192.0.2.9'), bench.profile, bench.now);
    bench.endpoint.close(bench.now);
    for (const peer of peers) expect(peer.expect('StopCCN').result).toMatchObject({ resultCode: 6 });
    expect(waiting.state).toBe('closed');
    expect(bench.endpoint.drained).toBe(false);
    for (const peer of peers) peer.ack();
    expect(bench.endpoint.drained).toBe(true);
    const late = new RawPeer(bench, pathFrom('192.0.2.10'));
    late.send(sccrq());
    expect(late.expect('StopCCN').result).toMatchObject({ resultCode: 6 });
    expect(() => bench.endpoint.connect(late.path, bench.profile, bench.now)).toThrow(PlacementError);
    bench.advance(31_000);
    expect(bench.endpoint.tunnelCount).toBe(0);
  });
});

describe('ids', () => {
  it('of tunnels are not reused soon', () => {
    const bench = new Bench();
    const seen = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const tunnel = bench.endpoint.connect(pathFrom(), bench.profile, bench.now);
      seen.add(tunnel.localTunnelId);
      tunnel.close({ resultCode: 1 }, bench.now);
    }
    expect(seen.size).toBe(300);
  });
});
