import { describe, expect, it } from 'vitest';
import { chapMessagePacket, chapValuePacket, parseChapPacket } from '../../../lib/ppp/auth/chap-packet.js';
import { AuthClient, type AuthClientOptions, type AuthMethod, verify } from '../../../lib/ppp/auth/index.js';
import { papReply, parsePapPacket } from '../../../lib/ppp/auth/pap-packet.js';
import { fromHex, hex, text, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { CHAP, PAP, drain, expectSilence, onlyPacket } from './script.js';

function started(method: AuthMethod, options: Partial<AuthClientOptions> = {}) {
  const client = new AuthClient(
    { method, user: 'alice', password: 'wonder', retransmit: { interval: 3000, tries: 3 }, ...options },
    seededRandom(8),
  );
  client.start(0);
  return client;
}

describe('PAP client', () => {
  it('asks with a new identifier each time, and gives up', () => {
    const client = started('pap');
    const seen = [onlyPacket(client)];
    for (const now of [3000, 6000]) {
      expect(client.pollTimeout()).toBe(now);
      client.handleTimeout(now);
      seen.push(onlyPacket(client));
    }
    const requests = seen.map((packet) => parsePapPacket(packet));
    expect(new Set(requests.map((request) => request.identifier)).size).toBe(3);
    for (const request of requests)
      expect(request).toMatchObject({ code: 1, peerId: utf8('alice'), password: utf8('wonder') });
    client.handleTimeout(9000);
    expect(drain(client)).toEqual({
      packets: [],
      outcomes: [{ kind: 'failure', reason: 'timeout', user: 'alice' }],
    });
    expect(client.pollTimeout()).toBeUndefined();
  });

  it('takes the answer to any request of its own, once', () => {
    for (const [code, outcome] of [
      [2, { kind: 'success', user: 'alice' }],
      [3, { kind: 'failure', reason: 'rejected', user: 'alice' }],
    ] as const) {
      const client = started('pap');
      const first = onlyPacket(client)[1] as number;
      client.handleTimeout(3000);
      drain(client);
      client.handlePacket(PAP, papReply(code, (first + 2) & 0xff), 3001);
      client.handlePacket(PAP, papReply(code, (first - 1) & 0xff), 3001);
      expectSilence(client);
      client.handlePacket(PAP, papReply(code, first, 'text'), 3002);
      expect(drain(client).outcomes).toEqual([outcome]);
      client.handlePacket(PAP, papReply(3, first), 3003);
      expectSilence(client);
    }
  });

  it('counts malformed answers', () => {
    const client = started('pap');
    drain(client);
    client.handlePacket(PAP, Uint8Array.of(2, 1, 0, 9), 1);
    expect(client.malformed).toBe(1);
  });
});

describe('what a client cannot send', () => {
  it('is refused at once', () => {
    const make = (options: AuthClientOptions) => () => new AuthClient(options, seededRandom(1));
    expect(make({ method: 'pap', user: 'a'.repeat(256), password: '' })).toThrow(RangeError);
    expect(make({ method: 'pap', user: 'a', password: 'ü'.repeat(128) })).toThrow(RangeError);
    expect(make({ method: 'chap', user: 'ü'.repeat(128), password: '' })).toThrow(RangeError);
    expect(make({ method: 'chap', user: 'a', password: 'x'.repeat(1000) })).not.toThrow();
    expect(make({ method: 'pap', user: '', password: '' })).not.toThrow();
  });
});

const VALUE = { chap: 16, mschapv1: 8, mschapv2: 16 } as const;

function parseResponse(packet: Uint8Array) {
  const parsed = parseChapPacket(packet);
  if (parsed.code !== 2) throw new Error('no response');
  return parsed;
}

describe.each(['chap', 'mschapv1', 'mschapv2'] as const)('%s client', (method) => {
  const challenge = (identifier: number, fill = 1, name = 'lns') =>
    chapValuePacket(1, identifier, new Uint8Array(VALUE[method]).fill(fill), utf8(name));

  /** What an honest server says to a response. */
  function success(response: Uint8Array, fill = 1): Uint8Array {
    const { identifier, value, name } = parseResponse(response);
    const result = verify(
      {
        method,
        user: text(name),
        identifier,
        challenge: new Uint8Array(VALUE[method]).fill(fill),
        response: value,
      },
      'wonder',
    );
    expect(result.kind).toBe('accept');
    return chapMessagePacket(3, identifier, (result.kind === 'accept' && result.authenticatorResponse) || '');
  }

  it('waits for a challenge, and gives up', () => {
    const client = started(method);
    expectSilence(client);
    expect(client.pollTimeout()).toBe(9000);
    client.handleTimeout(9000);
    expect(drain(client).outcomes).toEqual([{ kind: 'failure', reason: 'timeout', user: 'alice' }]);
    client.handlePacket(CHAP, challenge(1), 9001);
    expectSilence(client);
  });

  it('says nothing before its start', () => {
    const client = new AuthClient({ method, user: 'alice', password: 'wonder' }, seededRandom(1));
    client.handlePacket(CHAP, challenge(1), 0);
    expectSilence(client);
  });

  it('answers rightly, repeats the answer, and takes the success', () => {
    const client = started(method);
    client.handlePacket(CHAP, challenge(5), 10);
    const response = onlyPacket(client);
    expect(text(parseResponse(response).name)).toBe('alice');
    for (const now of [3010, 6010]) {
      client.handleTimeout(now);
      expect(onlyPacket(client)).toEqual(response);
    }
    client.handlePacket(CHAP, challenge(5), 6011);
    expect(onlyPacket(client)).toEqual(response);
    client.handlePacket(CHAP, success(response), 6020);
    expect(drain(client).outcomes).toMatchObject([{ kind: 'success', user: 'alice' }]);
    expect(client.pollTimeout()).toBeUndefined();
    client.handlePacket(CHAP, success(response), 6021);
    expectSilence(client);
  });

  it('gives up when no verdict comes', () => {
    const client = started(method);
    client.handlePacket(CHAP, challenge(5), 0);
    for (const now of [3000, 6000, 9000]) client.handleTimeout(now);
    const { packets, outcomes } = drain(client);
    expect(packets).toHaveLength(3);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'timeout', user: 'alice' }]);
  });

  it('takes the verdict on an earlier answer, whatever order challenges come in', () => {
    for (const judged of [0, 1]) {
      const client = started(method);
      client.handlePacket(CHAP, challenge(6, 6), 1);
      client.handlePacket(CHAP, challenge(5, 5), 2);
      const { packets } = drain(client);
      client.handlePacket(CHAP, success(packets[judged] as Uint8Array, judged === 0 ? 6 : 5), 3);
      expect(drain(client).outcomes).toMatchObject([{ kind: 'success' }]);
    }
  });

  it('takes a verdict for the latest of two challenges under one identifier', () => {
    const client = started(method);
    client.handlePacket(CHAP, challenge(6, 1), 1);
    client.handlePacket(CHAP, challenge(6, 2), 2);
    const { packets } = drain(client);
    client.handlePacket(CHAP, success(packets[1] as Uint8Array, 2), 3);
    const [outcome] = drain(client).outcomes;
    expect(outcome).toMatchObject({ kind: 'success' });
    const { value } = parseResponse(packets[1] as Uint8Array);
    const result = verify(
      {
        method,
        user: 'alice',
        identifier: 6,
        challenge: new Uint8Array(VALUE[method]).fill(2),
        response: value,
      },
      'wonder',
    );
    if (result.kind !== 'accept' || outcome?.kind !== 'success') throw new Error('no success');
    expect(outcome.mppe?.send).toEqual(result.mppe?.receive);
  });

  it('holds a bounded number of answers', () => {
    const client = started(method);
    for (let i = 0; i < 200; i++) client.handlePacket(CHAP, challenge(i, i), i);
    const { packets } = drain(client);
    expect(packets).toHaveLength(200);
    client.handlePacket(CHAP, success(packets[150] as Uint8Array, 150), 300);
    expectSilence(client);
    client.handlePacket(CHAP, success(packets[199] as Uint8Array, 199), 301);
    expect(drain(client).outcomes).toMatchObject([{ kind: 'success' }]);
  });

  it('takes no verdict on an answer that it did not give', () => {
    const client = started(method);
    client.handlePacket(CHAP, chapMessagePacket(3, 5, ''), 1);
    client.handlePacket(CHAP, challenge(5), 10);
    drain(client);
    client.handlePacket(CHAP, chapMessagePacket(3, 6, ''), 11);
    client.handlePacket(CHAP, chapMessagePacket(4, 6, ''), 11);
    expectSilence(client);
  });

  it('ends on a failure, even where it might try again', () => {
    const client = started(method);
    client.handlePacket(CHAP, challenge(5), 10);
    drain(client);
    client.handlePacket(CHAP, chapMessagePacket(4, 5, 'E=691 R=1 C=0011223344556677 V=2'), 11);
    expect(drain(client)).toEqual({
      packets: [],
      outcomes: [{ kind: 'failure', reason: 'rejected', user: 'alice' }],
    });
    client.handlePacket(CHAP, challenge(6), 12);
    expectSilence(client);
  });

  it('answers later challenges too, and notices when the server is not content', () => {
    const client = started(method);
    client.handlePacket(CHAP, challenge(5), 10);
    client.handlePacket(CHAP, success(onlyPacket(client)), 11);
    drain(client);
    client.handlePacket(CHAP, challenge(9, 9), 60_000);
    const response = onlyPacket(client);
    expect(client.pollTimeout()).toBeUndefined();
    client.handlePacket(CHAP, success(response, 9), 60_001);
    expectSilence(client);
    client.handlePacket(CHAP, chapMessagePacket(4, 9, ''), 60_002);
    expect(drain(client).outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
  });

  it('answers a server by the expected name, or by none, only', () => {
    for (const [name, answered] of [
      ['lns', true],
      ['', true],
      ['rogue', false],
    ] as const) {
      const client = started(method, { serverName: 'lns' });
      client.handlePacket(CHAP, challenge(5, 1, name), 10);
      const { packets, outcomes } = drain(client);
      expect(packets).toHaveLength(answered ? 1 : 0);
      expect(outcomes).toEqual(
        answered ? [] : [{ kind: 'failure', reason: 'server-not-proven', user: 'alice' }],
      );
    }
  });

  it('drops and counts malformed packets', () => {
    const client = started(method);
    const bad = [
      fromHex(''),
      fromHex('01'),
      fromHex('0105000501'),
      fromHex('0105000500'),
      fromHex('6301000401'),
    ];
    for (const packet of bad) client.handlePacket(CHAP, packet, 1);
    expect(client.malformed).toBe(bad.length);
    expectSilence(client);
  });
});

describe('MS-CHAP client', () => {
  it.each([
    ['mschapv1', 16],
    ['mschapv1', 7],
    ['mschapv2', 8],
    ['mschapv2', 17],
  ] as const)('drops an %s challenge of %i octets', (method, length) => {
    const client = started(method);
    client.handlePacket(CHAP, chapValuePacket(1, 5, new Uint8Array(length), utf8('lns')), 1);
    expect(client.malformed).toBe(1);
    expectSilence(client);
  });

  it('answers as RFC 2433 appendix B.2', () => {
    const client = started('mschapv1', { password: 'MyPw' });
    client.handlePacket(CHAP, chapValuePacket(1, 5, fromHex('102DB5DF085D3041'), utf8('')), 1);
    expect(hex(parseResponse(onlyPacket(client)).value)).toBe(
      `${'00'.repeat(24)}4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d6101`,
    );
  });

  describe('version 2', () => {
    const challenge = (fill = 1) => chapValuePacket(1, 5, new Uint8Array(16).fill(fill), utf8('lns'));

    it('fills what is reserved with zeros', () => {
      const client = started('mschapv2');
      client.handlePacket(CHAP, challenge(), 1);
      const { value } = parseResponse(onlyPacket(client));
      expect(hex(value.subarray(16, 24))).toBe('00'.repeat(8));
      expect(value[48]).toBe(0);
    });

    it('does not say the same twice', () => {
      const client = started('mschapv2');
      client.handlePacket(CHAP, challenge(1), 1);
      client.handlePacket(CHAP, challenge(2), 1);
      const [a, b] = drain(client).packets.map((packet) => hex(parseResponse(packet).value.subarray(0, 16)));
      expect(a).not.toBe(b);
    });

    it.each([
      ['no proof', ''],
      ['a text alone', 'M=Welcome'],
      ['a wrong proof', `S=${'0'.repeat(40)} M=Welcome`],
      ['a cut proof', `S=${'0'.repeat(39)}`],
    ])('believes no server with %s', (_, message) => {
      const client = started('mschapv2');
      client.handlePacket(CHAP, challenge(), 1);
      drain(client);
      client.handlePacket(CHAP, chapMessagePacket(3, 5, message), 2);
      expect(drain(client)).toEqual({
        packets: [],
        outcomes: [{ kind: 'failure', reason: 'server-not-proven', user: 'alice' }],
      });
      expect(client.pollTimeout()).toBeUndefined();
    });

    it('believes no server that proves less at a later challenge', () => {
      const client = started('mschapv2');
      client.handlePacket(CHAP, challenge(), 1);
      const { identifier, value } = parseResponse(onlyPacket(client));
      const credentials = {
        method: 'mschapv2',
        user: 'alice',
        identifier,
        challenge: new Uint8Array(16).fill(1),
        response: value,
      } as const;
      const result = verify(credentials, 'wonder');
      const proof = (result.kind === 'accept' && result.authenticatorResponse) || '';
      client.handlePacket(CHAP, chapMessagePacket(3, 5, proof.toLowerCase().replace('s', 'S')), 2);
      expect(drain(client).outcomes).toMatchObject([{ kind: 'success' }]);
      client.handlePacket(CHAP, chapValuePacket(1, 6, new Uint8Array(16).fill(6), utf8('lns')), 3);
      drain(client);
      client.handlePacket(CHAP, chapMessagePacket(3, 6, proof), 4);
      expect(drain(client).outcomes).toMatchObject([{ kind: 'failure', reason: 'server-not-proven' }]);
    });
  });
});
