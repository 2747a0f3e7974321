import { describe, expect, it } from 'vitest';
import { chapValuePacket, parseChapPacket } from '../../../lib/ppp/auth/chap-packet.js';
import { type AuthResult, AuthServer, parseMsChapFailure, verify } from '../../../lib/ppp/auth/index.js';
import { challengeResponse, msChapV1Value, ntPasswordHash } from '../../../lib/ppp/auth/mschap.js';
import { hex, text, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { CHAP, OPTIONS, drain, expectSilence, onlyCredentials, onlyPacket } from './script.js';

type Method = 'chap' | 'mschapv1' | 'mschapv2';

const PROOF = `S=${'A'.repeat(40)}`;

function challenged(method: Method, options = {}) {
  const server = new AuthServer({ method, ...OPTIONS, ...options }, seededRandom(3));
  server.start(0);
  return { server, challenge: parse(onlyPacket(server)) };
}

function parse(packet: Uint8Array) {
  const parsed = parseChapPacket(packet);
  if (!('value' in parsed)) throw new Error('no challenge');
  return parsed;
}

function message(packet: Uint8Array) {
  const parsed = parseChapPacket(packet);
  if (!('message' in parsed)) throw new Error('no message');
  return { code: parsed.code, identifier: parsed.identifier, text: text(parsed.message) };
}

const response = (identifier: number, length: number, user = 'alice', fill = 7) =>
  chapValuePacket(2, identifier, new Uint8Array(length).fill(fill), utf8(user));

const accepted = (method: Method): AuthResult =>
  method === 'mschapv2' ? { kind: 'accept', authenticatorResponse: PROOF } : { kind: 'accept' };

const LENGTH = { chap: 16, mschapv1: 49, mschapv2: 49 } as const;

describe.each(['chap', 'mschapv1', 'mschapv2'] as const)('%s server', (method) => {
  it('challenges with its name and a fresh value of the right length', () => {
    const { challenge } = challenged(method);
    expect(challenge.code).toBe(1);
    expect(challenge.value).toHaveLength(method === 'mschapv1' ? 8 : 16);
    expect(text(challenge.name)).toBe('lns');
  });

  it('changes identifier and value with each challenge, and gives up at last', () => {
    const { server, challenge } = challenged(method);
    const seen = [challenge];
    for (let now = 3000; now < 12_000; now += 3000) {
      expect(server.pollTimeout()).toBe(now);
      server.handleTimeout(now);
      seen.push(parse(onlyPacket(server)));
    }
    expect(new Set(seen.map((one) => one.identifier)).size).toBe(4);
    expect(new Set(seen.map((one) => hex(one.value))).size).toBe(4);
    server.handleTimeout(12_000);
    expect(drain(server)).toEqual({ packets: [], outcomes: [{ kind: 'failure', reason: 'timeout' }] });
    expect(server.pollTimeout()).toBeUndefined();
  });

  it('passes all that a verifier needs on', () => {
    const { server, challenge } = challenged(method);
    const packet = response(challenge.identifier, LENGTH[method]);
    server.handlePacket(CHAP, packet, 5);
    packet.fill(0);
    expect(onlyCredentials(server)).toEqual({
      method,
      user: 'alice',
      identifier: challenge.identifier,
      challenge: challenge.value,
      response: new Uint8Array(LENGTH[method]).fill(7),
    });
    expect(server.pollTimeout()).toBeUndefined();
  });

  it('asks once, and answers each repetition alike', () => {
    const { server, challenge } = challenged(method);
    const packet = response(challenge.identifier, LENGTH[method]);
    server.handlePacket(CHAP, packet, 5);
    onlyCredentials(server);
    server.handlePacket(CHAP, packet, 6);
    expectSilence(server);
    server.handleResult(accepted(method), 7);
    const first = onlyPacket(server);
    expect(first[0]).toBe(3);
    expect(first[1]).toBe(challenge.identifier);
    for (const repeated of [packet, response(challenge.identifier, 3, 'mallory')]) {
      server.handlePacket(CHAP, repeated, 60_000);
      expect(drain(server)).toEqual({ packets: [first], outcomes: [] });
    }
    server.handlePacket(CHAP, response((challenge.identifier + 1) & 0xff, LENGTH[method]), 61_000);
    expectSilence(server);
  });

  it('repeats its success to a peer that stays silent, as often as a challenge', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 100);
    onlyCredentials(server);
    server.handleResult(accepted(method), 200);
    const [success] = drain(server).packets;
    for (const now of [3200, 6200, 9200]) {
      expect(server.pollTimeout()).toBe(now);
      server.handleTimeout(now);
      expect(onlyPacket(server)).toEqual(success);
    }
    server.handleTimeout(12_200);
    expectSilence(server);
    expect(server.pollTimeout()).toBeUndefined();
  });

  it('stops repeating its success when the peer goes on', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 100);
    onlyCredentials(server);
    server.handleResult(accepted(method), 200);
    drain(server);
    server.handlePeerProgress();
    expect(server.pollTimeout()).toBeUndefined();
    server.handleTimeout(3200);
    expectSilence(server);
  });

  it('does not repeat a failure', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 100);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject' }, 200);
    drain(server);
    expect(server.pollTimeout()).toBeUndefined();
  });

  it('answers each repetition of a refused response alike', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject', message: 'no' }, 6);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => sent[0])).toEqual([4]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method], 'alice', 8), 7);
    expect(drain(server)).toEqual({ packets, outcomes: [] });
  });

  it('refuses a response of the wrong length without asking', () => {
    for (const length of [1, LENGTH[method] - 1, LENGTH[method] + 1, 255]) {
      const { server, challenge } = challenged(method);
      server.handlePacket(CHAP, response(challenge.identifier, length), 5);
      const { packets, outcomes } = drain(server);
      expect(packets.map((sent) => sent[0])).toEqual([4]);
      expect(outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
    }
  });

  it('refuses a name that cannot be one without asking', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method], 'ali\0ce'), 5);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => sent[0])).toEqual([4]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'bad-name' }]);
  });

  it('gives a slow peer time when its answer comes late, once per challenge', () => {
    const { server, challenge } = challenged(method);
    server.handleTimeout(3000);
    const second = parse(onlyPacket(server));
    const late = response(challenge.identifier, LENGTH[method]);
    server.handlePacket(CHAP, late, 3500);
    expectSilence(server);
    expect(server.pollTimeout()).toBe(9500);
    server.handlePacket(CHAP, late, 4500);
    expect(server.pollTimeout()).toBe(9500);
    server.handlePacket(CHAP, response(second.identifier, LENGTH[method]), 6500);
    expect(onlyCredentials(server)).toMatchObject({ challenge: second.value });
  });

  it('does not wait for identifiers that it never sent', () => {
    const { server, challenge } = challenged(method);
    for (let i = 1; i < 256; i++)
      server.handlePacket(CHAP, response((challenge.identifier + i) & 0xff, LENGTH[method]), 1);
    expectSilence(server);
    expect(server.pollTimeout()).toBe(3000);
  });

  it('drops and counts malformed packets', () => {
    const { server, challenge } = challenged(method);
    for (const bad of [
      [],
      [2],
      [2, challenge.identifier, 0, 5, 16],
      [2, challenge.identifier, 0, 5, 0],
      [99, 1, 0, 4],
    ])
      server.handlePacket(CHAP, Uint8Array.from(bad), 1);
    expect(server.malformed).toBe(5);
    expectSilence(server);
    expect(server.pollTimeout()).toBe(3000);
  });

  it('leaves challenges and verdicts to the client', () => {
    const { server, challenge } = challenged(method);
    for (const code of [1, 3, 4]) {
      server.handlePacket(CHAP, Uint8Array.of(code, challenge.identifier, 0, 6, 1, 1), 1);
      expectSilence(server);
    }
    expect(server.malformed).toBe(0);
  });

  it('asks again when it is told to', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 5);
    onlyCredentials(server);
    server.handleResult(accepted(method), 6);
    drain(server);
    server.start(100_000);
    const again = parse(onlyPacket(server));
    expect(again.identifier).not.toBe(challenge.identifier);
    expect(again.value).not.toEqual(challenge.value);
  });

  it('answers for a LAC that asked before it', () => {
    const server = new AuthServer({ method, ...OPTIONS }, seededRandom(3));
    const credentials = {
      method,
      user: 'alice',
      identifier: 200,
      challenge: new Uint8Array(16),
      response: new Uint8Array(LENGTH[method]),
    } as const;
    server.adopt(credentials, 200);
    expect(onlyCredentials(server)).toBe(credentials);
    server.handleResult(accepted(method), 1);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => [sent[0], sent[1]])).toEqual([[3, 200]]);
    expect(outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
    server.handlePacket(CHAP, response(200, LENGTH[method]), 2);
    expect(onlyPacket(server)[0]).toBe(3);
  });

  it('refuses when the verifier answers with an EAP challenge', () => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, LENGTH[method]), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'challenge', packet: new Uint8Array(5) }, 6);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => sent[0])).toEqual([4]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'verifier', user: 'alice' }]);
  });
});

describe('CHAP messages', () => {
  it('are the texts of the verifier with MD5', () => {
    for (const [result, code] of [
      [{ kind: 'accept', message: 'hello' }, 3],
      [{ kind: 'reject', message: 'hello' }, 4],
    ] as const) {
      const { server, challenge } = challenged('chap');
      server.handlePacket(CHAP, response(challenge.identifier, 16), 5);
      onlyCredentials(server);
      server.handleResult(result, 6);
      expect(message(onlyPacket(server))).toEqual({ code, identifier: challenge.identifier, text: 'hello' });
    }
  });

  it('bear the authenticator response with MS-CHAPv2', () => {
    const { server, challenge } = challenged('mschapv2');
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'accept', authenticatorResponse: PROOF, message: 'hello' }, 6);
    expect(message(onlyPacket(server)).text).toBe(`${PROOF} M=hello`);
  });

  it.each([undefined, '', 'S=12', 'S=xyz'])('do not let an accept pass with the proof %j', (proof) => {
    const { server, challenge } = challenged('mschapv2');
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'accept', ...(proof !== undefined && { authenticatorResponse: proof }) }, 6);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => sent[0])).toEqual([4]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'verifier', user: 'alice' }]);
  });

  it.each([
    ['mschapv1', 16, 2, undefined],
    ['mschapv2', 32, 3, 'Access denied'],
  ] as const)('allow no retry in %s by default', (method, digits, version, wanted) => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject' }, 6);
    const failure = message(onlyPacket(server)).text;
    expect(failure).toMatch(new RegExp(`^E=691 R=0 C=[0-9A-F]{${digits}} V=${version}( M=|$)`));
    expect(parseMsChapFailure(failure)?.message).toBe(wanted);
  });

  it('bear the error code that the verifier names', () => {
    const { server, challenge } = challenged('mschapv2', { maxAttempts: 3 });
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject', error: 647, message: 'Account disabled' }, 6);
    // Nothing that the peer could do better: no retry in spite of maxAttempts.
    expect(message(onlyPacket(server)).text).toMatch(/^E=647 R=0 C=[0-9A-F]{32} V=3 M=Account disabled$/);
  });
});

describe('MS-CHAP retry', () => {
  it('takes a response to the challenge in the failure, under the next identifier', () => {
    const { server, challenge } = challenged('mschapv1', { maxAttempts: 2 });
    const first = response(challenge.identifier, 49);
    server.handlePacket(CHAP, first, 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject' }, 6);
    const { packets, outcomes } = drain(server);
    expect(outcomes).toEqual([]);
    const failure = message(packets[0] as Uint8Array);
    const offered = parseMsChapFailure(failure.text);
    expect(offered).toMatchObject({ error: 691, retry: true });
    // Time for a person to type.
    expect(server.pollTimeout()).toBe(12_006);

    // The failure was lost: the old response gets it again, and is no second try.
    server.handlePacket(CHAP, first, 3000);
    expect(drain(server)).toEqual({ packets, outcomes: [] });

    const next = (challenge.identifier + 1) & 0xff;
    const value = msChapV1Value(
      challengeResponse(offered?.challenge ?? new Uint8Array(8), ntPasswordHash('wonder')),
    );
    server.handlePacket(CHAP, chapValuePacket(2, next, value, utf8('alice')), 9000);
    const credentials = onlyCredentials(server);
    if (credentials.method !== 'mschapv1') throw new Error('wrong method');
    expect(credentials.challenge).toEqual(offered?.challenge);
    server.handleResult(verify(credentials, 'wonder'), 9001);
    const end = drain(server);
    expect(end.packets.map((sent) => [sent[0], sent[1]])).toEqual([[3, next]]);
    expect(end.outcomes).toMatchObject([{ kind: 'success', user: 'alice' }]);
  });

  it('ends with the last try, and with a peer that does not use it', () => {
    const { server, challenge } = challenged('mschapv2', { maxAttempts: 2 });
    for (let attempt = 0; attempt < 2; attempt++) {
      server.handlePacket(CHAP, response((challenge.identifier + attempt) & 0xff, 49), attempt);
      onlyCredentials(server);
      server.handleResult({ kind: 'reject' }, attempt);
      const { packets, outcomes } = drain(server);
      expect(message(packets[0] as Uint8Array).text).toContain(attempt === 0 ? 'R=1' : 'R=0');
      expect(outcomes).toHaveLength(attempt);
    }
    const idle = challenged('mschapv2', { maxAttempts: 2 });
    idle.server.handlePacket(CHAP, response(idle.challenge.identifier, 49), 0);
    onlyCredentials(idle.server);
    idle.server.handleResult({ kind: 'reject' }, 0);
    drain(idle.server);
    idle.server.handleTimeout(12_000);
    expect(drain(idle.server)).toEqual({
      packets: [],
      outcomes: [{ kind: 'failure', reason: 'timeout' }],
    });
  });

  it('does not exist in CHAP with MD5', () => {
    const { server, challenge } = challenged('chap', { maxAttempts: 5 });
    server.handlePacket(CHAP, response(challenge.identifier, 16), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject' }, 6);
    expect(drain(server).outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
  });
});

describe('Change Password packets', () => {
  const change = (code: number, identifier: number, length: number) => {
    const packet = new Uint8Array(length).fill(0x55);
    packet.set([code, identifier, length >>> 8, length & 0xff]);
    return packet;
  };
  const kinds = [
    ['mschapv1', 5, 72],
    ['mschapv1', 6, 1118],
    ['mschapv2', 7, 586],
  ] as const;

  it.each(kinds)('are refused in %s with code %i after an expired password', (method, code, length) => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject', error: 648 }, 6);
    drain(server);
    const next = (challenge.identifier + 1) & 0xff;
    server.handlePacket(CHAP, change(code, next, length), 7);
    const { packets, outcomes } = drain(server);
    expect(outcomes).toEqual([]);
    expect(message(packets[0] as Uint8Array)).toMatchObject({ code: 4, identifier: next });
    expect(message(packets[0] as Uint8Array).text).toMatch(/^E=709 R=0 C=/);
  });

  it.each(kinds)('are no proof in %s with code %i', (method, code, length) => {
    const { server, challenge } = challenged(method);
    server.handlePacket(CHAP, change(code, challenge.identifier, length), 7);
    const { packets, outcomes } = drain(server);
    expect(message(packets[0] as Uint8Array).text).toMatch(/^E=709 R=0 C=/);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'rejected' }]);
  });

  it('mean nothing to CHAP with MD5, nor after a success', () => {
    const md5 = challenged('chap');
    md5.server.handlePacket(CHAP, change(7, md5.challenge.identifier, 586), 1);
    expectSilence(md5.server);
    const { server, challenge } = challenged('mschapv2');
    server.handlePacket(CHAP, response(challenge.identifier, 49), 5);
    onlyCredentials(server);
    server.handleResult(accepted('mschapv2'), 6);
    drain(server);
    server.handlePacket(CHAP, change(7, (challenge.identifier + 1) & 0xff, 586), 7);
    expectSilence(server);
  });
});
