import { describe, expect, it } from 'vitest';
import {
  challengeResponse,
  decodeHeader,
  encodeMessage,
  encodeZlb,
  errorCode,
  PlacementError,
  stopResult,
} from '../../../lib/l2tp/index.js';
import type { ControlHeader, TunnelProfile } from '../../../lib/l2tp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { Bench, pathFrom, RawPeer, sccrq } from './raw-peer.js';

const secret = utf8('tunnel-secret');

/** The endpoint as initiator: its SCCRQ is out and the peer has seen it. */
function initiate(profile: Partial<TunnelProfile> = {}) {
  const bench = new Bench(profile);
  const peer = new RawPeer(bench);
  const tunnel = bench.endpoint.connect(peer.path, bench.profile, bench.now);
  const request = peer.expect('SCCRQ');
  peer.tunnelId = request.assignedTunnelId;
  return { bench, peer, tunnel, request };
}

const sccrp = {
  type: 'SCCRP',
  protocolVersion: { version: 1, revision: 0 },
  framingCapabilities: 3,
  hostName: 'there',
  assignedTunnelId: 77,
} as const;

describe('as responder', () => {
  it('answers SCCRQ with SCCRP and is up with SCCCN (RFC 2661 appendix B.1)', () => {
    const bench = new Bench({
      vendorName: 'vendor',
      firmwareRevision: 3,
      receiveWindow: 16,
      bearerCapabilities: 0,
    });
    const peer = new RawPeer(bench);
    peer.send(sccrq({ vendorName: 'theirs', firmwareRevision: 9, receiveWindowSize: 7 }));
    const reply = peer.expect('SCCRP');
    expect(reply.header).toMatchObject({ tunnelId: 77, sessionId: 0, ns: 0, nr: 1 });
    expect(reply).toMatchObject({
      protocolVersion: { version: 1, revision: 0 },
      hostName: 'here',
      vendorName: 'vendor',
      firmwareRevision: 3,
      framingCapabilities: 3,
      bearerCapabilities: 0,
      receiveWindowSize: 16,
    });
    expect(reply.assignedTunnelId).not.toBe(0);
    expect(reply.challenge).toBeUndefined();
    peer.tunnelId = reply.assignedTunnelId;
    const tunnel = bench.endpoint.tunnel(peer.tunnelId);
    expect(tunnel?.state).toBe('wait-ctl-conn');
    expect(bench.takeEvents()).toEqual([]);
    peer.send({ type: 'SCCCN' });
    expect(bench.takeEvents()).toEqual([{ type: 'up' }]);
    expect(tunnel).toMatchObject({
      state: 'established',
      initiator: false,
      peerTunnelId: 77,
      establishedAt: 1000,
    });
    expect(tunnel?.peer).toMatchObject({
      hostName: 'there',
      vendorName: 'theirs',
      firmwareRevision: 9,
      receiveWindow: 7,
    });
    bench.advance(20);
    expect(peer.receive()).toMatchObject([{ message: undefined, header: { tunnelId: 77, ns: 1, nr: 2 } }]);
  });

  it('authenticates both ends', () => {
    const bench = new Bench({ secret });
    const peer = new RawPeer(bench);
    const challenge = fromHex('0102030405');
    peer.send(sccrq({ challenge }));
    const reply = peer.expect('SCCRP');
    expect(reply.challengeResponse).toEqual(challengeResponse(2, secret, challenge));
    peer.tunnelId = reply.assignedTunnelId;
    peer.send({
      type: 'SCCCN',
      challengeResponse: challengeResponse(3, secret, reply.challenge ?? fromHex('')),
    });
    expect(bench.takeEvents()).toEqual([{ type: 'up' }]);
  });

  it.each([
    ['a wrong response', fromHex('00112233445566778899aabbccddeeff')],
    ['no response', undefined],
  ])('refuses %s with StopCCN 4', (_, response) => {
    const bench = new Bench({ secret });
    const peer = new RawPeer(bench);
    peer.send(sccrq());
    peer.tunnelId = peer.expect('SCCRP').assignedTunnelId;
    peer.send({ type: 'SCCCN', challengeResponse: response });
    const stop = peer.expect('StopCCN');
    expect(stop).toMatchObject({ result: { resultCode: 4 }, assignedTunnelId: peer.tunnelId });
    expect(stop.header).toMatchObject({ tunnelId: 77, ns: 1, nr: 2 });
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'authentication', established: false }]);
    expect(bench.endpoint.counters.failedAuthentications).toBe(1);
  });

  it('refuses a challenge if it has no secret', () => {
    const peer = new RawPeer(new Bench());
    peer.send(sccrq({ challenge: fromHex('01') }));
    expect(peer.expect('StopCCN')).toMatchObject({ result: { resultCode: 4 } });
    expect(peer.bench.endpoint.tunnelCount).toBe(0);
  });

  it.each([
    ['another protocol version', { protocolVersion: { version: 2, revision: 0 } }, 5, 0x0100],
    ['protocol version 0', { protocolVersion: { version: 0, revision: 9 } }, 5, 0x0100],
  ])('refuses %s with StopCCN 5 and the highest version', (_, fields, resultCode, code) => {
    const peer = new RawPeer(new Bench());
    peer.send(sccrq(fields));
    const stop = peer.expect('StopCCN');
    expect(stop.result).toMatchObject({ resultCode, errorCode: code });
    expect(stop.header).toMatchObject({ tunnelId: 77, ns: 0, nr: 1 });
    expect(stop.assignedTunnelId).not.toBe(0);
  });

  it('takes protocol version 1.1 for 1.0', () => {
    const peer = new RawPeer(new Bench());
    peer.send(sccrq({ protocolVersion: { version: 1, revision: 1 } }));
    expect(peer.receiveTypes()).toEqual(['SCCRP']);
  });

  const must = {
    hostName: '8009 0000 0007 6c6163',
    version: '8008 0000 0002 0100',
    framing: '800a 0000 0003 00000003',
    id: '8008 0000 0009 004d',
  };
  const body = (...avps: string[]): Uint8Array => fromHex(['8008 0000 0000 0001', ...avps].join(''));

  it.each([
    ['no Host Name', body(must.version, must.framing, must.id), errorCode.valueOutOfRange, 77, 'Host Name'],
    [
      'no Protocol Version',
      body(must.framing, must.hostName, must.id),
      errorCode.valueOutOfRange,
      77,
      'Protocol Version',
    ],
    [
      'no Framing Capabilities',
      body(must.version, must.hostName, must.id),
      errorCode.valueOutOfRange,
      77,
      'Framing',
    ],
    [
      'no Assigned Tunnel ID',
      body(must.version, must.framing, must.hostName),
      errorCode.valueOutOfRange,
      0,
      'Tunnel ID',
    ],
    [
      'an unknown mandatory AVP',
      body(must.version, '8006 0000 0063', must.framing, must.hostName, must.id),
      errorCode.unknownMandatoryAvp,
      77,
      'AVP 99',
    ],
    [
      "another vendor's mandatory AVP",
      body(must.version, must.framing, must.hostName, must.id, '8006 0009 0001'),
      errorCode.unknownMandatoryAvp,
      77,
      'vendor 9',
    ],
    [
      'a window of 0',
      body(...Object.values(must), '8008 0000 000a 0000'),
      errorCode.valueOutOfRange,
      77,
      'Window',
    ],
    [
      'an AVP of the wrong size',
      body(...Object.values(must), '8009 0000 0004 000000'),
      errorCode.lengthWrong,
      77,
      'Bearer',
    ],
    ['a broken AVP', body(...Object.values(must), '8003 0000 0004'), errorCode.lengthWrong, 77, 'length 3'],
  ])('answers an SCCRQ with %s by StopCCN 2 and the error code', (_, octets, code, id, text) => {
    const peer = new RawPeer(new Bench());
    peer.sendBody(octets);
    const stop = peer.expect('StopCCN');
    expect(stop.result).toMatchObject({ resultCode: stopResult.generalError, errorCode: code });
    expect(stop.result.message).toContain(text);
    expect(stop.header).toMatchObject({ tunnelId: id, nr: 1 });
    expect(peer.bench.endpoint.tunnelCount).toBe(0);
  });

  it('reads over what is not mandatory', () => {
    const peer = new RawPeer(new Bench());
    peer.sendBody(body(...Object.values(must), '0006 0000 0063', '0006 0009 0001', '0009 0000 0006 000000'));
    expect(peer.receiveTypes()).toEqual(['SCCRP']);
    expect(peer.bench.endpoint.counters.ignoredAvps).toBe(3);
  });

  it('answers a version that it does not know as such, whatever else is in there', () => {
    const peer = new RawPeer(new Bench());
    peer.sendBody(body('8008 0000 0002 0300', '8006 0000 0063', must.id));
    expect(peer.expect('StopCCN').result).toMatchObject({ resultCode: 5 });
  });

  it('drops headers of other versions, malformed ones, and messages to nobody, without an answer', () => {
    const peer = new RawPeer(new Bench());
    const { counters } = peer.bench.endpoint;
    const good = encodeMessage(sccrq(), 0, 0);
    const version3 = good.slice();
    version3[1] = 3;
    peer.give(version3);
    expect(counters.otherVersions).toBe(1);
    peer.give(good.subarray(0, 30));
    expect(counters.malformedHeaders).toBe(1);
    peer.give(encodeMessage({ type: 'HELLO' }, 99, 0));
    peer.give(encodeMessage({ type: 'SCCCN' }, 99, 0));
    peer.give(encodeMessage({ type: 'StopCCN', assignedTunnelId: 1, result: { resultCode: 1 } }, 99, 0));
    peer.give(encodeMessage({ type: 'HELLO' }, 0, 0));
    peer.give(encodeZlb(0, 0, 0));
    peer.give(encodeZlb(99, 0, 0));
    expect(counters.unknownTunnels).toBe(6);
    peer.ns = 1;
    peer.send(sccrq());
    expect(counters.malformedHeaders).toBe(2);
    expect(peer.receive()).toEqual([]);
    expect(peer.bench.endpoint.tunnelCount).toBe(0);
  });

  it('answers an SCCRP for a tunnel that it does not know by StopCCN, so that its sender can let go', () => {
    const peer = new RawPeer(new Bench());
    peer.tunnelId = 99;
    peer.nr = 1;
    peer.send(sccrp);
    const stop = peer.expect('StopCCN');
    expect(stop).toMatchObject({ assignedTunnelId: 99, result: { resultCode: 2, errorCode: 1 } });
    expect(stop.header).toMatchObject({ tunnelId: 77, ns: 1, nr: 1 });
  });

  it('gives up after the time for set-up, with StopCCN if the peer is there', () => {
    const bench = new Bench();
    const peer = new RawPeer(bench);
    peer.send(sccrq());
    peer.tunnelId = peer.expect('SCCRP').assignedTunnelId;
    peer.ack();
    bench.advance(30_999);
    expect(bench.takeEvents()).toEqual([]);
    bench.advance(1);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'timeout', established: false }]);
    expect(peer.receiveTypes()).toContain('StopCCN');
  });
});

describe('as initiator', () => {
  it('sends SCCRQ, answers SCCRP with SCCCN and is up', () => {
    const { bench, peer, tunnel, request } = initiate({ receiveWindow: 9 });
    expect(request.header).toMatchObject({ tunnelId: 0, sessionId: 0, ns: 0, nr: 0 });
    expect(request).toMatchObject({ hostName: 'here', receiveWindowSize: 9 });
    expect(request.tieBreaker).toBeUndefined();
    expect(tunnel.state).toBe('wait-ctl-reply');
    peer.send(sccrp);
    expect(bench.takeEvents()).toEqual([{ type: 'up' }]);
    expect(peer.expect('SCCCN').header).toMatchObject({ tunnelId: 77, ns: 1, nr: 1 });
    expect(tunnel).toMatchObject({ state: 'established', initiator: true, peerTunnelId: 77 });
  });

  it('authenticates both ends', () => {
    const { bench, peer, request } = initiate({ secret });
    const challenge = fromHex('aabbcc');
    peer.send({
      ...sccrp,
      challenge,
      challengeResponse: challengeResponse(2, secret, request.challenge ?? challenge),
    });
    expect(peer.expect('SCCCN').challengeResponse).toEqual(challengeResponse(3, secret, challenge));
    expect(bench.takeEvents()).toEqual([{ type: 'up' }]);
  });

  it.each([
    ['a wrong response', { challengeResponse: fromHex('00112233445566778899aabbccddeeff') }, { secret }, 4],
    ['no response', {}, { secret }, 4],
    ['a challenge without a secret', { challenge: fromHex('01') }, {}, 4],
    ['another protocol version', { protocolVersion: { version: 2, revision: 0 } }, {}, 5],
  ])('refuses an SCCRP with %s', (_, fields, profile, resultCode) => {
    const { bench, peer, tunnel } = initiate(profile);
    peer.send({ ...sccrp, ...fields });
    const stop = peer.expect('StopCCN');
    expect(stop).toMatchObject({ result: { resultCode }, assignedTunnelId: tunnel.localTunnelId });
    expect(stop.header).toMatchObject({ tunnelId: 77, ns: 1, nr: 1 });
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', established: false }]);
  });

  it('refuses an SCCRP at fault, addressed to whom it names', () => {
    const { peer } = initiate();
    peer.sendBody(fromHex('8008 0000 0000 0002 8008 0000 0009 004d 8006 0000 0063'));
    const stop = peer.expect('StopCCN');
    expect(stop.result).toMatchObject({ resultCode: 2, errorCode: errorCode.unknownMandatoryAvp });
    expect(stop.header.tunnelId).toBe(77);
  });

  it('is down when the peer refuses', () => {
    const { bench, peer } = initiate();
    peer.send({
      type: 'StopCCN',
      assignedTunnelId: 5,
      result: { resultCode: 2, errorCode: 4, message: 'full' },
    });
    expect(bench.takeEvents()).toMatchObject([
      {
        type: 'down',
        cause: 'peer',
        result: { resultCode: 2, errorCode: 4, message: 'full' },
        established: false,
      },
    ]);
    expect(peer.receive()).toMatchObject([{ message: undefined, header: { nr: 1 } }]);
  });

  it('gives up after 31 s without any answer', () => {
    const { bench, peer, tunnel } = initiate();
    bench.advance(30_999);
    expect(peer.receiveTypes()).toEqual(Array(5).fill('SCCRQ'));
    bench.advance(1);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'timeout' }, { type: 'released' }]);
    expect(tunnel.state).toBe('closed');
    expect(bench.endpoint.tunnelCount).toBe(0);
  });

  it('gives up on a peer that only acknowledges', () => {
    const { bench, peer } = initiate();
    peer.nr = 1;
    peer.ack();
    bench.advance(31_000);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'timeout' }, { type: 'released' }]);
    expect(peer.receive()).toEqual([]);
  });

  it('follows the responder to another port, but not to another address (RFC 2661 section 8.1)', () => {
    const { bench, peer, tunnel } = initiate();
    const stranger = new RawPeer(bench, pathFrom('203.0.113.9'));
    stranger.tunnelId = peer.tunnelId;
    stranger.nr = 1;
    stranger.send(sccrp);
    expect(tunnel.state).toBe('wait-ctl-reply');
    expect(bench.endpoint.counters.foreignSources).toBe(1);
    peer.path = pathFrom('192.0.2.1', 40_000);
    peer.send(sccrp);
    expect(bench.takeEvents()).toEqual([{ type: 'path-changed' }, { type: 'up' }]);
    expect(tunnel.path.remote.port).toBe(40_000);
    expect(peer.expect('SCCCN').header.tunnelId).toBe(77);
    // From here on it stays: the old port is a stranger's.
    peer.path = pathFrom();
    peer.send({ type: 'HELLO' });
    expect(bench.endpoint.counters.foreignSources).toBe(2);
  });

  it('acknowledges a refusal where it came from', () => {
    const { bench, peer } = initiate();
    peer.path = pathFrom('192.0.2.1', 40_000);
    peer.send({ type: 'StopCCN', assignedTunnelId: 5, result: { resultCode: 4 } });
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(bench.takeEvents()).toMatchObject([{ type: 'path-changed' }, { type: 'down', cause: 'peer' }]);
  });

  it('closed before an answer says nothing; a late SCCRP is told', () => {
    const { bench, peer, tunnel } = initiate();
    tunnel.close({ resultCode: 1 }, bench.now);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'local' }, { type: 'released' }]);
    expect(peer.receive()).toEqual([]);
    peer.send(sccrp);
    expect(peer.expect('StopCCN').header).toMatchObject({ tunnelId: 77, ns: 1 });
    expect(() => tunnel.placeIncomingCall({}, bench.now)).toThrow(PlacementError);
  });

  it('hides the AVPs of calls if it is told to, and the other end reads them; set-up messages stay in clear', () => {
    const bench = new Bench({ secret, hideAvps: true, vendorName: 'for all to read' });
    const other = new Bench({ secret, hideAvps: true });
    const path = pathFrom();
    const tunnel = bench.endpoint.connect(path, bench.profile, 0);
    tunnel.placeIncomingCall({ callingNumber: 'for the LNS alone' }, 0);
    const seen: Buffer[] = [];
    for (let rounds = 0; rounds < 4; rounds++) {
      for (const { bytes } of bench.take()) {
        seen.push(Buffer.from(bytes));
        other.endpoint.handleDatagram(bytes, path, 0);
      }
      for (const { bytes } of other.take()) bench.endpoint.handleDatagram(bytes, path, 0);
    }
    expect(bench.takeEvents()).toEqual([{ type: 'up' }]);
    expect(other.takeEvents()).toMatchObject([
      { type: 'up' },
      { type: 'call-request', request: { callingNumber: 'for the LNS alone' } },
    ]);
    expect(seen.some((bytes) => bytes.includes('for all to read'))).toBe(true);
    expect(seen.some((bytes) => bytes.includes('for the LNS alone'))).toBe(false);
  });
});

describe('established', () => {
  const up = (profile: Partial<TunnelProfile> = {}) => {
    const bench = new Bench(profile);
    const peer = new RawPeer(bench);
    const tunnel = peer.open();
    peer.receive();
    bench.advance(50);
    bench.takeEvents();
    peer.receive();
    return { bench, peer, tunnel };
  };

  it.each([
    ['SCCRQ', sccrq()],
    ['SCCRP', sccrp],
    ['SCCCN', { type: 'SCCCN' }],
  ] as const)('%s is out of sequence: StopCCN 7', (_, message) => {
    const { bench, peer } = up();
    peer.send(message);
    expect(peer.expect('StopCCN').result).toMatchObject({ resultCode: stopResult.fsmError });
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'fault' }]);
  });

  it('an unknown message type clears the tunnel if it is mandatory, and is acknowledged if not', () => {
    const { bench, peer, tunnel } = up();
    peer.sendBody(fromHex('0008 0000 0000 0063'));
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(tunnel.established).toBe(true);
    peer.sendBody(fromHex('8008 0000 0000 0063'));
    expect(peer.expect('StopCCN').result).toMatchObject({ resultCode: 2, errorCode: 8 });
    expect(bench.endpoint.counters.unknownTypes).toBe(2);
  });

  it('a message without a Message Type clears the tunnel', () => {
    const { peer } = up();
    peer.sendBody(fromHex('8008 0000 000e 0007'));
    expect(peer.expect('StopCCN').result).toMatchObject({
      resultCode: 2,
      errorCode: errorCode.valueOutOfRange,
    });
  });

  it('a HELLO at fault clears the tunnel: it belongs to no session', () => {
    const { peer } = up();
    peer.sendBody(fromHex('8008 0000 0000 0006 8006 0000 0063'));
    expect(peer.expect('StopCCN').result).toMatchObject({ resultCode: 2, errorCode: 8 });
  });

  it('answers HELLO with its acknowledgement', () => {
    const { bench, peer } = up();
    peer.send({ type: 'HELLO' });
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
  });

  it('sends HELLO after silence only; control messages and data count', () => {
    const { bench, peer, tunnel } = up();
    bench.advance(59_000);
    peer.send({ type: 'HELLO' });
    bench.advance(20);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    bench.advance(59_000);
    tunnel.noteActivity(bench.now);
    bench.advance(59_999);
    expect(peer.receive()).toEqual([]);
    bench.advance(1);
    expect(peer.receiveTypes()).toEqual(['HELLO']);
    peer.ack();
    bench.advance(59_999);
    expect(peer.receive()).toEqual([]);
    bench.advance(1);
    expect(peer.receiveTypes()).toEqual(['HELLO']);
  });

  it('notices a dead peer by its HELLO, and says so once', () => {
    const { bench, peer, tunnel } = up();
    const call = peer.call(5);
    bench.takeEvents();
    bench.advance(60_000 + 31_000 + 50);
    const events = bench.takeEvents();
    expect(events).toMatchObject([
      { type: 'call-ended', call, end: { by: 'tunnel' } },
      { type: 'down', cause: 'timeout', established: true },
      { type: 'released' },
    ]);
    expect(tunnel.state).toBe('closed');
    expect(bench.endpoint.counters.tunnelsLost).toBe(1);
    bench.advance(200_000);
    expect(bench.takeEvents()).toEqual([]);
  });

  it('sends no HELLO if the interval is 0, and then has no deadline', () => {
    const { bench, peer, tunnel } = up({ helloInterval: 0 });
    expect(tunnel.pollTimeout()).toBeUndefined();
    bench.advance(1_000_000);
    expect(peer.receive()).toEqual([]);
  });

  it('closed here: StopCCN, then silence for a full retransmission interval, then gone', () => {
    const { bench, peer, tunnel } = up();
    const call = peer.call(5);
    peer.ack();
    bench.takeEvents();
    tunnel.close({ resultCode: 1, message: 'enough' }, bench.now);
    tunnel.close({ resultCode: 1 }, bench.now);
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', call, end: { by: 'tunnel' } },
      { type: 'down', cause: 'local', result: { message: 'enough' } },
    ]);
    const stop = peer.expect('StopCCN');
    expect(stop).toMatchObject({ assignedTunnelId: tunnel.localTunnelId, result: { resultCode: 1 } });
    expect(tunnel.state).toBe('stopping');
    expect(bench.endpoint.drained).toBe(false);
    peer.ack();
    expect(tunnel.state).toBe('lingering');
    expect(bench.endpoint.drained).toBe(true);
    bench.advance(30_999);
    expect(bench.takeEvents()).toEqual([]);
    bench.advance(1);
    expect(bench.takeEvents()).toEqual([{ type: 'released' }]);
    expect(bench.endpoint.tunnelCount).toBe(0);
  });

  it('closed here: StopCCN goes before what was never sent', () => {
    const { bench, peer, tunnel } = up();
    for (let i = 0; i < 50; i++) tunnel.placeIncomingCall({}, bench.now);
    const sent = peer.receive().length;
    expect(sent).toBeLessThan(10);
    tunnel.close({ resultCode: 1 }, bench.now);
    peer.ack();
    expect(peer.receiveTypes()).toEqual(['StopCCN']);
  });

  it('closed here: gives up on a peer that does not answer, without lingering', () => {
    const { bench, tunnel } = up();
    tunnel.close({ resultCode: 1 }, bench.now);
    bench.advance(31_000);
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'local' }, { type: 'released' }]);
  });

  it('closed by the peer: acknowledged at once, and again while it lingers', () => {
    const { bench, peer, tunnel } = up();
    peer.call(5);
    bench.takeEvents();
    const stop = peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 6 } });
    expect(bench.takeEvents()).toMatchObject([
      { type: 'call-ended', end: { by: 'tunnel' } },
      { type: 'down', cause: 'peer', result: { resultCode: 6 }, established: true },
    ]);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(tunnel.state).toBe('lingering');
    bench.advance(30_000);
    expect(peer.receive()).toEqual([]);
    peer.give(stop);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
    expect(bench.takeEvents()).toEqual([]);
    bench.advance(1_000);
    expect(bench.takeEvents()).toEqual([{ type: 'released' }]);
    peer.give(stop);
    expect(peer.receive()).toEqual([]);
  });

  it('closed by the peer: what it sent before is processed, what comes after is only acknowledged', () => {
    const { bench, peer } = up();
    peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } });
    bench.takeEvents();
    peer.receive();
    peer.send({ type: 'ICRQ', assignedSessionId: 1, callSerialNumber: 1 });
    bench.advance(20);
    expect(peer.receive()).toMatchObject([{ message: undefined, header: { nr: 4 } }]);
    expect(bench.takeEvents()).toEqual([]);
  });

  it('closed by a StopCCN that cannot be read in full', () => {
    const { bench, peer } = up();
    peer.sendBody(fromHex('8008 0000 0000 0004 8006 0000 0063'));
    expect(bench.takeEvents()).toMatchObject([{ type: 'down', cause: 'peer' }]);
    expect(peer.receiveTypes()).toEqual(['ZLB']);
  });

  it('closed by both at once (crossed StopCCN): neither waits for the other', () => {
    const { bench, peer, tunnel } = up();
    tunnel.close({ resultCode: 1 }, bench.now);
    bench.takeEvents();
    // The peer's StopCCN acknowledges nothing of ours.
    peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 6 } });
    expect(tunnel.state).toBe('lingering');
    expect(bench.takeEvents()).toEqual([]);
    expect(peer.receiveTypes()).toEqual(['StopCCN', 'ZLB']);
    bench.advance(31_000);
    expect(peer.receive()).toEqual([]);
    expect(bench.takeEvents()).toEqual([{ type: 'released' }]);
  });

  it('ignores messages from another address or port', () => {
    const { bench, peer, tunnel } = up();
    const bytes = encodeMessage(
      { type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } },
      peer.tunnelId,
      0,
    );
    bytes.set([0, 2, 0, 1], 8);
    peer.give(bytes, pathFrom('192.0.2.1', 1702));
    peer.give(bytes, pathFrom('192.0.2.2', 1701));
    expect(tunnel.established).toBe(true);
    expect(bench.endpoint.counters.foreignSources).toBe(2);
  });

  it('puts messages into order, and drops those beyond the window', () => {
    const { bench, peer } = up({ receiveWindow: 4 });
    const icrq = (n: number): Uint8Array => {
      const bytes = encodeMessage(
        { type: 'ICRQ', assignedSessionId: n, callSerialNumber: n },
        peer.tunnelId,
        0,
      );
      bytes.set([0, peer.ns + n, 0, 1], 8);
      return bytes;
    };
    peer.give(icrq(3));
    peer.give(icrq(1));
    peer.give(icrq(4));
    peer.give(icrq(2));
    expect(bench.takeEvents()).toEqual([]);
    peer.give(encodeHello(peer, peer.ns));
    const order = bench
      .takeEvents()
      .map((event) => (event.type === 'call-request' ? event.call.peerSessionId : 0));
    expect(order).toEqual([1, 2, 3]);
    expect(bench.endpoint.counters).toMatchObject({ outOfOrder: 3, beyondWindow: 1 });
  });

  it('counts what passes', () => {
    const { bench, peer } = up();
    const hello = peer.send({ type: 'HELLO' });
    peer.give(hello);
    peer.receive();
    const { counters } = bench.endpoint;
    expect(counters.received).toMatchObject({ SCCRQ: 1, SCCCN: 1, HELLO: 1, ICRQ: 0 });
    expect(counters.sent).toMatchObject({ SCCRP: 1, StopCCN: 0 });
    expect(counters).toMatchObject({ duplicates: 1, zlbSent: 2, tunnelsEstablished: 1, malformedHeaders: 0 });
  });

  it('takes any octets as StopCCN-worthy or not, and never throws', () => {
    const { peer, tunnel } = up();
    peer.sendBody(fromHex('ff'));
    expect(tunnel.state).toBe('stopping');
    peer.sendBody(fromHex('00'));
    expect(peer.receiveTypes()).toContain('StopCCN');
  });

  it('does not let acknowledgements of what was never sent pass', () => {
    const { bench, peer, tunnel } = up();
    peer.nr = 9;
    peer.send({ type: 'StopCCN', assignedTunnelId: 77, result: { resultCode: 1 } });
    expect(tunnel.established).toBe(true);
    expect(bench.endpoint.counters.malformedHeaders).toBe(1);
  });
});

function encodeHello(peer: RawPeer, ns: number): Uint8Array {
  const bytes = encodeMessage({ type: 'HELLO' }, peer.tunnelId, 0);
  bytes.set([0, ns, 0, 1], 8);
  expect((decodeHeader(bytes) as ControlHeader).ns).toBe(ns);
  return bytes;
}
