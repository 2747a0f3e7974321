import { describe, expect, it } from 'vitest';
import { AvpValueError, encodeMessage, errorCode, PlacementError } from '../../../lib/l2tp/index.js';
import type { Call, TunnelProfile } from '../../../lib/l2tp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { Bench, RawPeer, sccrq } from './raw-peer.js';

const icrq = { type: 'ICRQ', assignedSessionId: 5, callSerialNumber: 6 } as const;
const iccn = { type: 'ICCN', txConnectSpeed: 1_000_000, framingType: 1 } as const;
const ocrq = {
  type: 'OCRQ',
  assignedSessionId: 5,
  callSerialNumber: 6,
  minimumBps: 1,
  maximumBps: 2,
  bearerType: 1,
  framingType: 1,
  calledNumber: '123',
} as const;
const occn = { type: 'OCCN', txConnectSpeed: 64_000, framingType: 1 } as const;
const outgoing = { minimumBps: 1, maximumBps: 2, bearerType: 1, framingType: 1, calledNumber: '123' };
const errors = {
  crcErrors: 1,
  framingErrors: 0,
  hardwareOverruns: 0,
  bufferOverruns: 0,
  timeoutErrors: 0,
  alignmentErrors: 0,
};

function open(profile: Partial<TunnelProfile> = {}, request: Parameters<typeof sccrq>[0] = {}) {
  const bench = new Bench({ bearerCapabilities: 3, ...profile });
  const peer = new RawPeer(bench);
  const tunnel = peer.open(request);
  bench.advance(50);
  peer.receive();
  bench.takeEvents();
  return { bench, peer, tunnel };
}

/** The peer has asked for a call that waits for our answer. */
function requested(message: typeof icrq | typeof ocrq = icrq) {
  const bed = open();
  bed.peer.send(message);
  const [event] = bed.bench.takeEvents();
  if (event?.type !== 'call-request') throw new Error('no request');
  return { ...bed, call: event.call, event };
}

describe('incoming calls at the LNS', () => {
  it('ICRQ, ICRP, ICCN', () => {
    const { bench, peer, tunnel } = open();
    peer.send({
      ...icrq,
      callingNumber: 'line 1',
      calledNumber: '0815',
      bearerType: 2,
      physicalChannelId: 9,
      subAddress: 's',
    });
    const [event] = bench.takeEvents();
    expect(event).toMatchObject({
      type: 'call-request',
      request: {
        type: 'ICRQ',
        callingNumber: 'line 1',
        calledNumber: '0815',
        bearerType: 2,
        physicalChannelId: 9,
        subAddress: 's',
      },
    });
    if (event?.type !== 'call-request') throw new Error('no request');
    const { call } = event;
    expect(call).toMatchObject({
      role: 'lns-incoming',
      state: 'requested',
      peerSessionId: 5,
      serialNumber: 6,
      tunnel,
    });
    expect(call.accept(bench.now)).toBe(true);
    expect(call.accept(bench.now)).toBe(false);
    const reply = peer.expect('ICRP');
    expect(reply.assignedSessionId).toBe(call.sessionId);
    expect(reply.header).toMatchObject({ tunnelId: 77, sessionId: 5, nr: 3 });
    peer.send(
      {
        ...iccn,
        rxConnectSpeed: 500_000,
        privateGroupId: 'blue',
        sequencingRequired: true,
        initialReceivedConfreq: fromHex('010405d4'),
        lastSentConfreq: fromHex('0305c22305'),
        lastReceivedConfreq: fromHex('010405d4'),
        proxyAuthenType: 2,
        proxyAuthenName: utf8('alice'),
        proxyAuthenChallenge: fromHex('01'),
        proxyAuthenId: 200,
        proxyAuthenResponse: fromHex('02'),
      },
      call.sessionId,
    );
    expect(bench.takeEvents()).toMatchObject([
      {
        type: 'call-connected',
        call,
        connected: {
          type: 'ICCN',
          txConnectSpeed: 1_000_000,
          rxConnectSpeed: 500_000,
          framingType: 1,
          privateGroupId: 'blue',
          sequencingRequired: true,
          proxyAuthenType: 2,
          proxyAuthenName: utf8('alice'),
          proxyAuthenId: 200,
        },
      },
    ]);
    expect(call).toMatchObject({ state: 'established', sequencingRequired: true, deadline: undefined });
    expect(tunnel.call(call.sessionId)).toBe(call);
    expect([...tunnel.calls()]).toEqual([call]);
    expect(bench.endpoint.counters.callsEstablished).toBe(1);
  });

  it('refuses with CDN', () => {
    const { bench, peer, call, tunnel } = requested();
    expect(call.reject({ resultCode: 2, errorCode: 4, message: 'full' }, bench.now)).toBe(true);
    const cdn = peer.expect('CDN');
    expect(cdn).toMatchObject({
      assignedSessionId: call.sessionId,
      result: { resultCode: 2, errorCode: 4, message: 'full' },
    });
    expect(cdn.header.sessionId).toBe(5);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'local', result: { resultCode: 2 } } },
    ]);
    expect(tunnel.callCount).toBe(0);
    expect([
      call.accept(bench.now),
      call.reject({ resultCode: 3 }, bench.now),
      call.close({ resultCode: 3 }, bench.now),
    ]).toEqual([false, false, false]);
  });

  it('ends a call with all that a CDN can say', () => {
    const { bench, peer } = open();
    const call = peer.call(5);
    call.close(
      {
        resultCode: 3,
        message: 'bye',
        q931Cause: { cause: 16, causeMessage: 69 },
        disconnectCause: { code: 1, controlProtocol: 0, direction: 2, message: 'operator' },
      },
      bench.now,
    );
    expect(peer.expect('CDN')).toMatchObject({
      result: { resultCode: 3, errorCode: 0, message: 'bye' },
      q931Cause: { cause: 16, causeMessage: 69 },
      disconnectCause: { code: 1, controlProtocol: 0, direction: 2, message: 'operator' },
    });
    expect(call.state).toBe('closed');
  });

  it('hears all that a CDN can say', () => {
    const { bench, peer } = open();
    const call = peer.call(5);
    bench.takeEvents();
    peer.send(
      {
        type: 'CDN',
        assignedSessionId: 5,
        result: { resultCode: 1 },
        q931Cause: { cause: 31, causeMessage: 69, advisory: 'normal' },
        disconnectCause: { code: 8, controlProtocol: 0xc021, direction: 1 },
      },
      call.sessionId,
    );
    expect(bench.takeEvents()).toMatchObject([
      {
        type: 'call-ended',
        call,
        end: {
          by: 'peer',
          result: { resultCode: 1 },
          q931Cause: { cause: 31, advisory: 'normal' },
          disconnectCause: { code: 8, controlProtocol: 0xc021, direction: 1 },
        },
      },
    ]);
    bench.advance(20);
    // No answer but the acknowledgement.
    expect(peer.receiveTypes()).toEqual(['ZLB']);
  });

  it('the acknowledgement of a CDN names the session, at once: xl2tpd waits for that', () => {
    const { bench, peer, call } = requested();
    peer.send({ type: 'CDN', assignedSessionId: 5, result: { resultCode: 1 } }, call.sessionId);
    const [zlb] = peer.receive();
    expect(zlb?.message).toBeUndefined();
    expect(zlb?.header.sessionId).toBe(5);
    // Later ones are about the tunnel again.
    peer.send({ type: 'HELLO' });
    bench.advance(20);
    expect(peer.receive().map(({ header }) => header.sessionId)).toEqual([0]);
  });

  it('a CDN whose sender does not know our session id yet is found by its own (Session ID 0)', () => {
    const { bench, peer, call } = requested();
    peer.send({ type: 'CDN', assignedSessionId: 99, result: { resultCode: 1 } });
    expect(call.state).toBe('requested');
    expect(bench.endpoint.counters.unknownSessions).toBe(1);
    peer.send({ type: 'CDN', assignedSessionId: 5, result: { resultCode: 1 } });
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call, end: { by: 'peer' } }]);
    // The answer comes too late, and does nothing.
    expect(call.accept(bench.now)).toBe(false);
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
  });

  it('a CDN for an unknown session is acknowledged and nothing else', () => {
    const { bench, peer, tunnel } = open();
    peer.send({ type: 'CDN', assignedSessionId: 9, result: { resultCode: 1 } }, 1234);
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(tunnel.established).toBe(true);
  });

  it('crossed CDNs end the call once at both ends', () => {
    const { bench, peer } = open();
    const call = peer.call(5);
    bench.takeEvents();
    call.close({ resultCode: 3 }, bench.now);
    peer.send({ type: 'CDN', assignedSessionId: 5, result: { resultCode: 1 } }, call.sessionId);
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', end: { by: 'local' } }]);
    expect(peer.receiveTypes()).toEqual(['CDN']);
  });

  it('an ICCN that crossed our CDN is ignored', () => {
    const { bench, peer, call } = requested();
    call.accept(bench.now);
    peer.receive();
    call.close({ resultCode: 3 }, bench.now);
    peer.send(iccn, call.sessionId);
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['CDN']);
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended' }]);
  });

  it('gives up on a call that makes no progress', () => {
    const { bench, peer, call } = requested();
    call.accept(bench.now);
    peer.receive();
    peer.ack();
    bench.advance(59_999);
    peer.send({ type: 'HELLO' });
    expect(call.state).toBe('wait-connect');
    bench.advance(1);
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call, end: { by: 'timeout' } }]);
    expect(peer.receiveTypes()).toContain('CDN');
  });

  it('refuses more calls than a tunnel may have with CDN 2/4, without asking the role', () => {
    const { bench, peer, tunnel } = open({ maxCalls: 2 });
    for (const id of [1, 2, 3]) peer.send({ ...icrq, assignedSessionId: id });
    expect(bench.takeEvents().map((event) => event.type)).toEqual(['call-request', 'call-request']);
    const cdn = peer.expect('CDN');
    expect(cdn).toMatchObject({ result: { resultCode: 2, errorCode: 4 }, header: { sessionId: 3 } });
    expect(cdn.assignedSessionId).not.toBe(0);
    expect(tunnel.callCount).toBe(2);
    expect(bench.endpoint.counters.limitedCalls).toBe(1);
  });

  it('tells control character maps by SLI, and hears errors by WEN', () => {
    const { bench, peer } = open();
    const call = peer.call(5);
    bench.takeEvents();
    expect(call.setLinkInfo({ send: 0, receive: 0xa0000 }, bench.now)).toBe(true);
    expect(peer.expect('SLI')).toMatchObject({
      accm: { send: 0, receive: 0xa0000 },
      header: { sessionId: 5 },
    });
    expect(call.reportErrors(errors, bench.now)).toBe(false);
    peer.send({ type: 'WEN', callErrors: errors }, call.sessionId);
    expect(bench.takeEvents()).toEqual([{ type: 'call-errors', call, errors }]);
    // SLI at the LNS is for nobody, and harmless.
    peer.send({ type: 'SLI', accm: { send: 0, receive: 0 } }, call.sessionId);
    expect(bench.takeEvents()).toEqual([]);
    expect(call.state).toBe('established');
  });
});

describe('incoming calls at the LAC', () => {
  it('ICRQ, ICRP, ICCN', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeIncomingCall(
      { callingNumber: '1', calledNumber: '2', bearerType: 0 },
      bench.now,
    );
    expect(call).toMatchObject({ role: 'lac-incoming', state: 'wait-reply' });
    const request = peer.expect('ICRQ');
    expect(request).toMatchObject({
      assignedSessionId: call.sessionId,
      callSerialNumber: call.serialNumber,
      callingNumber: '1',
      calledNumber: '2',
      header: { sessionId: 0 },
    });
    expect(call.connect({ txConnectSpeed: 1, framingType: 1 }, bench.now)).toBe(false);
    peer.send({ type: 'ICRP', assignedSessionId: 55 }, call.sessionId);
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-accepted', call, reply: { type: 'ICRP' } }]);
    expect(call.state).toBe('answering');
    expect(() =>
      call.connect({ txConnectSpeed: 1, framingType: 1, privateGroupId: 'x'.repeat(2000) }, bench.now),
    ).toThrow(AvpValueError);
    expect(
      call.connect(
        { txConnectSpeed: 9, framingType: 1, proxyAuthenType: 4, sequencingRequired: true },
        bench.now,
      ),
    ).toBe(true);
    expect(peer.expect('ICCN')).toMatchObject({
      txConnectSpeed: 9,
      proxyAuthenType: 4,
      header: { sessionId: 55 },
    });
    expect(call).toMatchObject({ state: 'established', sequencingRequired: true });
  });

  it('waits for the tunnel, and ends with it', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const tunnel = bench.endpoint.connect(peer.path, bench.profile, bench.now);
    const first = tunnel.placeIncomingCall({ callingNumber: '1' }, bench.now);
    const second = tunnel.placeIncomingCall({ callingNumber: '2' }, bench.now);
    expect(first.state).toBe('wait-tunnel');
    second.close({ resultCode: 3 }, bench.now);
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call: second, end: { by: 'local' } }]);
    expect(peer.receiveTypes()).toEqual(['SCCRQ']);
    peer.tunnelId = tunnel.localTunnelId;
    peer.send({ ...sccrq(), type: 'SCCRP' });
    expect(peer.expect('ICRQ')).toMatchObject({ callingNumber: '1' });
    expect(first.state).toBe('wait-reply');
    peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 6 } });
    expect(bench.takeEvents()).toMatchObject([
      { type: 'up' },
      { type: 'call-ended', call: first },
      { type: 'down' },
    ]);
    expect(() => tunnel.placeIncomingCall({}, bench.now)).toThrow(PlacementError);
  });

  it('that cannot be said end when the tunnel opens', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    const tunnel = bench.endpoint.connect(peer.path, bench.profile, bench.now);
    const call = tunnel.placeIncomingCall({ callingNumber: 'x'.repeat(3000) }, bench.now);
    peer.receive();
    peer.tunnelId = tunnel.localTunnelId;
    peer.send({ ...sccrq(), type: 'SCCRP' });
    expect(bench.takeEvents()).toMatchObject([
      { type: 'up' },
      { type: 'call-ended', call, end: { by: 'local' } },
    ]);
    expect(() => tunnel.placeIncomingCall({ callingNumber: 'x'.repeat(3000) }, bench.now)).toThrow(
      AvpValueError,
    );
    expect(tunnel.callCount).toBe(0);
  });

  it('is told that the LNS does not take the call', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeIncomingCall({}, bench.now);
    peer.receive();
    peer.send({ type: 'CDN', assignedSessionId: 9, result: { resultCode: 2, errorCode: 4 } }, call.sessionId);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'peer', result: { errorCode: 4 } } },
    ]);
  });

  it('reports errors at most once a minute, and hears SLI', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeIncomingCall({}, bench.now);
    peer.receive();
    expect(call.reportErrors(errors, bench.now)).toBe(false);
    peer.send({ type: 'ICRP', assignedSessionId: 55 }, call.sessionId);
    call.connect({ txConnectSpeed: 1, framingType: 1 }, bench.now);
    peer.receive();
    peer.ack();
    expect(call.reportErrors(errors, bench.now)).toBe(true);
    expect(peer.expect('WEN').callErrors).toEqual(errors);
    expect(call.reportErrors(errors, bench.now + 59_999)).toBe(false);
    expect(call.reportErrors(errors, bench.now + 60_000)).toBe(true);
    expect(call.setLinkInfo({ send: 0, receive: 0 }, bench.now)).toBe(false);
    bench.takeEvents();
    peer.send({ type: 'SLI', accm: { send: 1, receive: 2 } }, call.sessionId);
    expect(bench.takeEvents()).toEqual([{ type: 'call-link-info', call, accm: { send: 1, receive: 2 } }]);
  });

  it('gives up with CDN 10 on an LNS that does not answer', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeIncomingCall({}, bench.now);
    peer.receive();
    peer.ack();
    bench.advance(60_000);
    expect(peer.expect('CDN')).toMatchObject({
      result: { resultCode: 10 },
      assignedSessionId: call.sessionId,
      header: { sessionId: 0 },
    });
  });
});

describe('outgoing calls', () => {
  it('at the LNS: OCRQ, OCRP, OCCN', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeOutgoingCall({ ...outgoing, subAddress: '9' }, bench.now);
    expect(peer.expect('OCRQ')).toMatchObject({ ...outgoing, subAddress: '9', header: { sessionId: 0 } });
    peer.send({ type: 'OCRP', assignedSessionId: 55, physicalChannelId: 3 }, call.sessionId);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-accepted', call, reply: { physicalChannelId: 3 } },
    ]);
    expect(call.state).toBe('wait-connect');
    peer.send({ ...occn, sequencingRequired: true }, call.sessionId);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-connected', call, connected: { txConnectSpeed: 64_000 } },
    ]);
    expect(call).toMatchObject({ state: 'established', sequencingRequired: true, peerSessionId: 55 });
  });

  it('at the LAC: OCRQ, OCRP, OCCN', () => {
    const { bench, peer, call, event } = requested(ocrq);
    expect(event.request).toMatchObject({ type: 'OCRQ', calledNumber: '123', minimumBps: 1, maximumBps: 2 });
    expect(call.role).toBe('lac-outgoing');
    call.accept(bench.now, { physicalChannelId: 7 });
    expect(peer.expect('OCRP')).toMatchObject({ physicalChannelId: 7, header: { sessionId: 5 } });
    expect(call.state).toBe('wait-cs-answer');
    expect(
      call.connect({ txConnectSpeed: 64_000, framingType: 1, privateGroupId: 'not in an OCCN' }, bench.now),
    ).toBe(true);
    expect(peer.expect('OCCN')).toMatchObject({ txConnectSpeed: 64_000, header: { sessionId: 5 } });
    expect(call.state).toBe('established');
  });

  it('that are up at the LAC can be ended by an LNS that has not heard of it', () => {
    const { bench, peer, call } = requested(ocrq);
    call.accept(bench.now);
    call.connect({ txConnectSpeed: 64_000, framingType: 1 }, bench.now);
    expect(call.state).toBe('established');
    bench.takeEvents();
    peer.send({ type: 'CDN', assignedSessionId: 5, result: { resultCode: 3 } });
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call, end: { by: 'peer' } }]);
    peer.send({ type: 'CDN', assignedSessionId: 5, result: { resultCode: 3 } });
    expect(bench.endpoint.counters.unknownSessions).toBe(1);
  });

  it('are not asked of a LAC that has announced no bearers', () => {
    const { bench, peer, tunnel } = open({}, { bearerCapabilities: undefined });
    const call = tunnel.placeOutgoingCall(outgoing, bench.now);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'local', result: { resultCode: 5 } } },
    ]);
    expect(peer.receive()).toEqual([]);
  });

  it.each([
    ['no bearer announced', { bearerCapabilities: undefined }, ocrq],
    ['another bearer than asked', { bearerCapabilities: 2 }, ocrq],
    ['another framing than asked', { framingCapabilities: 2 }, ocrq],
  ])('are refused with %s', (_, profile, request) => {
    const { bench, peer } = open(profile);
    peer.send(request);
    expect(peer.expect('CDN')).toMatchObject({ result: { resultCode: 5 }, header: { sessionId: 5 } });
    expect(bench.takeEvents()).toEqual([]);
  });
});

describe('messages out of sequence', () => {
  /** A call in a state, the messages that end it, and those that it survives. */
  const cases: [string, () => { bench: Bench; peer: RawPeer; call: Call }, string[]][] = [
    ['requested (ICRQ)', () => requested(), ['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN']],
    ['requested (OCRQ)', () => requested(ocrq), ['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN']],
    [
      'wait-connect at the LNS',
      () => {
        const bed = requested();
        bed.call.accept(bed.bench.now);
        return bed;
      },
      ['ICRQ', 'ICRP', 'OCRQ', 'OCRP', 'OCCN'],
    ],
    [
      'wait-cs-answer',
      () => {
        const bed = requested(ocrq);
        bed.call.accept(bed.bench.now);
        return bed;
      },
      ['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN'],
    ],
    [
      'established at the LNS',
      () => {
        const bed = open();
        return { ...bed, call: bed.peer.call(5) };
      },
      ['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCRP', 'OCCN'],
    ],
    [
      'wait-reply at the LAC',
      () => {
        const bed = open();
        return { ...bed, call: bed.tunnel.placeIncomingCall({}, bed.bench.now) };
      },
      ['ICRQ', 'ICCN', 'OCRQ', 'OCRP', 'OCCN'],
    ],
    [
      'wait-reply at the LNS',
      () => {
        const bed = open();
        return { ...bed, call: bed.tunnel.placeOutgoingCall(outgoing, bed.bench.now) };
      },
      ['ICRQ', 'ICRP', 'ICCN', 'OCRQ', 'OCCN'],
    ],
  ];
  const messages = {
    ICRQ: icrq,
    ICRP: { type: 'ICRP', assignedSessionId: 5 },
    ICCN: iccn,
    OCRQ: ocrq,
    OCRP: { type: 'OCRP', assignedSessionId: 5 },
    OCCN: occn,
    WEN: { type: 'WEN', callErrors: errors },
    SLI: { type: 'SLI', accm: { send: 0, receive: 0 } },
  } as const;

  describe.each(cases)('%s', (_, make, fatal) => {
    it.each(fatal)('%s ends the call with CDN 2/5', (name) => {
      const { bench, peer, call } = make();
      bench.takeEvents();
      peer.receive();
      peer.ack();
      peer.send(messages[name as keyof typeof messages], call.sessionId);
      expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call, end: { by: 'fault' } }]);
      expect(peer.expect('CDN')).toMatchObject({
        result: { resultCode: 2, errorCode: errorCode.invalidSessionId },
        assignedSessionId: call.sessionId,
      });
      expect(call.tunnel.established).toBe(true);
    });

    it.each(['WEN', 'SLI'] as const)('%s never ends a call', (name) => {
      const { peer, call } = make();
      const before = call.state;
      peer.send(messages[name], call.sessionId);
      expect(call.state).toBe(before);
    });
  });

  it('an ICRQ with a Session ID in its header is refused with CDN 2/5', () => {
    const { bench, peer, tunnel } = open();
    peer.send(icrq, 1234);
    expect(peer.expect('CDN')).toMatchObject({
      result: { resultCode: 2, errorCode: errorCode.invalidSessionId },
      header: { sessionId: 5 },
    });
    expect(bench.takeEvents()).toEqual([]);
    expect(tunnel.callCount).toBe(0);
  });

  it.each(['ICRP', 'OCRP'] as const)('%s for a session that never was is answered with CDN', (name) => {
    const { peer } = open();
    peer.send({ type: name, assignedSessionId: 5 }, 1234);
    expect(peer.expect('CDN')).toMatchObject({ assignedSessionId: 1234, header: { sessionId: 5 } });
  });

  it.each([
    iccn,
    occn,
    { type: 'WEN', callErrors: errors },
    { type: 'SLI', accm: { send: 0, receive: 0 } },
  ] as const)('$type for a session that never was is ignored', (message) => {
    const { bench, peer, tunnel } = open();
    peer.send(message, 1234);
    peer.send(message, 0);
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(tunnel.established).toBe(true);
    expect(bench.endpoint.counters.unknownSessions).toBe(2);
  });
});

describe('messages at fault end their call, not the tunnel', () => {
  const type = (n: number): string => `8008 0000 0000 000${n.toString(16)}`;
  const unknown = '8006 0000 0063';

  it.each([
    ['an unknown mandatory AVP', `${type(10)} 8008 0000 000e 0005 800a 0000 000f 00000001 ${unknown}`, 8, 5],
    ["another vendor's", `${type(10)} 8008 0000 000e 0005 800a 0000 000f 00000001 8006 0009 0001`, 8, 5],
    ['no serial number', `${type(10)} 8008 0000 000e 0005`, 3, 5],
    ['no session id', `${type(10)} 800a 0000 000f 00000001`, 3, 0],
    ['a session id of 0', `${type(10)} 8008 0000 000e 0000 800a 0000 000f 00000001`, 3, 0],
    ['a wrong size', `${type(10)} 8008 0000 000e 0005 8009 0000 000f 000001`, 2, 5],
    ['a broken AVP', `${type(10)} 8008 0000 000e 0005 8002 0000`, 2, 5],
    ['(OCRQ) no number', `${type(7)} 8008 0000 000e 0005 800a 0000 000f 00000001`, 3, 5],
  ])('ICRQ with %s: CDN, and acknowledged', (_, body, code, sessionId) => {
    const { bench, peer, tunnel } = open();
    peer.sendBody(fromHex(body));
    const cdn = peer.expect('CDN');
    expect(cdn.result).toMatchObject({ resultCode: 2, errorCode: code });
    expect(cdn.header).toMatchObject({ sessionId, nr: 3 });
    expect(cdn.assignedSessionId).not.toBe(0);
    expect(bench.takeEvents()).toEqual([]);
    expect(tunnel).toMatchObject({ established: true, callCount: 0 });
    // The tunnel goes on.
    peer.call(9);
    expect(tunnel.callCount).toBe(1);
  });

  it('ICCN at fault', () => {
    const { bench, peer, call } = requested();
    call.accept(bench.now);
    peer.receive();
    peer.sendBody(
      fromHex(`${type(12)} 800a 0000 0018 00000001 800a 0000 0013 00000001 ${unknown}`),
      call.sessionId,
    );
    expect(peer.expect('CDN')).toMatchObject({
      result: { resultCode: 2, errorCode: 8 },
      header: { sessionId: 5 },
    });
    expect(bench.takeEvents()).toMatchObject([{ type: 'call-ended', call, end: { by: 'fault' } }]);
  });

  it('ICRP at fault: the CDN is addressed to the session that it names', () => {
    const { bench, peer, tunnel } = open();
    const call = tunnel.placeIncomingCall({}, bench.now);
    peer.receive();
    peer.sendBody(fromHex(`${type(11)} 8008 0000 000e 0037 ${unknown}`), call.sessionId);
    expect(peer.expect('CDN').header.sessionId).toBe(0x37);
  });

  it('a CDN at fault ends the call all the same', () => {
    const { bench, peer } = open();
    const call = peer.call(5);
    bench.takeEvents();
    peer.sendBody(fromHex(`8008 0000 0000 000e 8008 0000 0001 0003 ${unknown}`), call.sessionId);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'peer', result: { resultCode: 3 } } },
    ]);
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
  });

  it('a framing type that we did not offer is refused', () => {
    const { bench, peer } = open({ framingCapabilities: 1 });
    peer.send(icrq);
    const [event] = bench.takeEvents();
    if (event?.type !== 'call-request') throw new Error('no request');
    event.call.accept(bench.now);
    peer.receive();
    peer.send({ ...iccn, framingType: 2 }, event.call.sessionId);
    expect(peer.expect('CDN').result).toMatchObject({ resultCode: 2, errorCode: errorCode.valueOutOfRange });
  });
});

describe('hostile peers', () => {
  it('that let us pile up refusals without acknowledging any lose their tunnel', () => {
    const { bench, peer, tunnel } = open({ maxCalls: 0 });
    for (let i = 0; i < 5000 && tunnel.established; i++) peer.send(icrq);
    expect(tunnel.state).toBe('stopping');
    expect(tunnel.backlog).toBeLessThan(20);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'down', cause: 'fault', result: { resultCode: 2, errorCode: 4 } },
    ]);
  });

  it('cannot make calls without end: 65,535 of a tunnel are all', () => {
    const { bench, peer, tunnel } = open();
    const bytes = encodeMessage(icrq, peer.tunnelId, 0);
    for (let i = 0; i < 66_000; i++) {
      peer.sendBytes(bytes);
      if (i % 64 === 0) {
        peer.receive();
        peer.ack();
      }
    }
    expect(tunnel.callCount).toBe(65_535);
    expect(bench.endpoint.counters.limitedCalls).toBe(465);
  });
});

describe('session ids', () => {
  it('are unique over all tunnels until there are none left, then in each tunnel', () => {
    const bench = new Bench();
    const [first, second] = [1, 2].map((id) => new RawPeer(bench).open({ assignedTunnelId: id }));
    if (first === undefined || second === undefined) throw new Error('no tunnels');
    const ids = new Set<number>();
    for (let i = 0; i < 32_767; i++) {
      ids.add(first.placeIncomingCall({}, bench.now).sessionId);
      ids.add(second.placeIncomingCall({}, bench.now).sessionId);
    }
    expect(ids.size).toBe(65_534);
    first.placeIncomingCall({}, bench.now);
    // All are in use now.
    const shared = second.placeIncomingCall({}, bench.now);
    const again = second.placeIncomingCall({}, bench.now);
    expect(shared.sessionId).not.toBe(again.sessionId);
    expect([...second.calls()].filter((call) => call.sessionId === shared.sessionId)).toHaveLength(1);
    expect(first.call(shared.sessionId)).toBeDefined();
    // A shared id does not go back into the pool while the other tunnel has it.
    shared.close({ resultCode: 3 }, bench.now);
    expect(first.call(shared.sessionId)?.state).toBe('wait-reply');
    expect(second.placeIncomingCall({}, bench.now).sessionId).not.toBe(0);
  });
});
