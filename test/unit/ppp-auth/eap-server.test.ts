import { describe, expect, it } from 'vitest';
import {
  eapEndPacket,
  eapMd5Data,
  eapTypedPacket,
  parseEapMd5Data,
  parseEapPacket,
} from '../../../lib/ppp/auth/eap-packet.js';
import { AuthServer, EapMd5Verifier, type EapMd5State, chapMd5 } from '../../../lib/ppp/auth/index.js';
import { concat, text, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { EAP, OPTIONS, drain, expectSilence, onlyCredentials, onlyPacket } from './script.js';

const IDENTITY = 1;
const NAK = 3;
const MD5 = 4;
const TLS = 13;

function typed(packet: Uint8Array) {
  const parsed = parseEapPacket(packet);
  if (!('type' in parsed)) throw new Error('no type');
  return parsed;
}

describe('EAP server', () => {
  function started(options = {}) {
    const server = new AuthServer({ method: 'eap', ...OPTIONS, ...options }, seededRandom(4));
    server.start(0);
    const request = onlyPacket(server);
    return { server, request, identifier: request[1] as number };
  }

  /** With an identity given and a TLS request out, whose answer is to be `context`'s. */
  function asked(context?: unknown) {
    const { server, identifier } = started();
    server.handlePacket(EAP, eapTypedPacket(2, identifier, IDENTITY, utf8('alice')), 1);
    onlyCredentials(server);
    const request = eapTypedPacket(1, 99, TLS, Uint8Array.of(0x20));
    server.handleResult({ kind: 'challenge', packet: request, state: context }, 2);
    return { server, request, sent: onlyPacket(server) };
  }

  it('asks for the identity, the same way each time', () => {
    const { server, request, identifier } = started();
    expect(request).toEqual(eapTypedPacket(1, identifier, IDENTITY));
    for (let now = 3000; now < 12_000; now += 3000) {
      server.handleTimeout(now);
      expect(onlyPacket(server)).toEqual(request);
    }
    server.handleTimeout(12_000);
    // No Failure for want of an answer (RFC 3748 section 2).
    expect(drain(server)).toEqual({ packets: [], outcomes: [{ kind: 'failure', reason: 'timeout' }] });
  });

  it('passes packets on whole, without padding, and the context back', () => {
    const { server, identifier } = started();
    const response = eapTypedPacket(2, identifier, IDENTITY, utf8('alice'));
    const received = concat(response, Uint8Array.of(0, 0, 0));
    server.handlePacket(EAP, received, 1);
    received.fill(0xee);
    expect(onlyCredentials(server)).toEqual({ method: 'eap', user: 'alice', packet: response });

    const context = { radius: 'State' };
    const { server: second } = asked(context);
    const answer = eapTypedPacket(2, 99, TLS, utf8('hello'));
    second.handlePacket(EAP, answer, 3);
    const credentials = onlyCredentials(second);
    expect(credentials).toEqual({ method: 'eap', user: 'alice', packet: answer, state: context });
    expect(credentials.method === 'eap' && credentials.state).toBe(context);
  });

  it('sends the verifier’s request, repeats it unchanged, and gives up', () => {
    const { server, request, sent } = asked();
    expect(sent).toEqual(request);
    expect(server.pollTimeout()).toBe(3002);
    for (let now = 3002; now < 12_000; now += 3000) {
      server.handleTimeout(now);
      expect(onlyPacket(server)).toEqual(request);
    }
    server.handleTimeout(12_002);
    expect(drain(server)).toEqual({
      packets: [],
      outcomes: [{ kind: 'failure', reason: 'timeout', user: 'alice' }],
    });
  });

  it('drops responses that are not to the request that is out', () => {
    const { server } = asked();
    const strays = [
      eapTypedPacket(2, 98, TLS), // another identifier
      eapTypedPacket(2, 99, MD5), // another type
      eapTypedPacket(2, 99, IDENTITY, utf8('bob')),
      eapTypedPacket(1, 99, TLS), // for the peer's machine
      eapEndPacket(3, 99),
      eapEndPacket(4, 99),
    ];
    for (const stray of strays) {
      server.handlePacket(EAP, stray, 3);
      expectSilence(server);
    }
    expect(server.malformed).toBe(0);
  });

  it('passes a Nak to a method on, but takes none to the identity request', () => {
    const { server } = asked();
    const nak = eapTypedPacket(2, 99, NAK, Uint8Array.of(MD5));
    server.handlePacket(EAP, nak, 3);
    expect(onlyCredentials(server)).toMatchObject({ packet: nak });
    const { server: fresh, identifier } = started();
    fresh.handlePacket(EAP, eapTypedPacket(2, identifier, NAK, Uint8Array.of(MD5)), 3);
    expectSilence(fresh);
  });

  it('asks the verifier once for a response that comes twice', () => {
    const { server } = asked();
    const answer = eapTypedPacket(2, 99, TLS, utf8('hello'));
    server.handlePacket(EAP, answer, 3);
    onlyCredentials(server);
    server.handlePacket(EAP, answer, 4);
    expectSilence(server);
    server.handleResult({ kind: 'accept' }, 5);
    const { packets, outcomes } = drain(server);
    expect(packets).toEqual([eapEndPacket(3, 99)]);
    expect(outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
    server.handlePacket(EAP, answer, 6);
    expect(drain(server)).toEqual({ packets: [eapEndPacket(3, 99)], outcomes: [] });
    server.handlePacket(EAP, eapTypedPacket(2, 98, TLS, utf8('hello')), 6);
    expectSilence(server);
  });

  it('goes by the result, not by the packet with it', () => {
    const { server } = asked();
    server.handlePacket(EAP, eapTypedPacket(2, 99, TLS), 3);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject', packet: eapEndPacket(3, 99) }, 4);
    const { packets, outcomes } = drain(server);
    expect(packets).toEqual([eapEndPacket(4, 99)]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
  });

  it('hands keys on', () => {
    const { server } = asked();
    server.handlePacket(EAP, eapTypedPacket(2, 99, TLS), 3);
    onlyCredentials(server);
    const mppe = { send: new Uint8Array(16).fill(1), receive: new Uint8Array(16).fill(2) };
    server.handleResult({ kind: 'accept', mppe }, 4);
    expect(drain(server).outcomes).toEqual([{ kind: 'success', user: 'alice', mppe }]);
  });

  it.each([
    ['empty', new Uint8Array(0)],
    ['a response', eapTypedPacket(2, 5, MD5)],
    ['a success', eapEndPacket(3, 5)],
    ['cut off', eapTypedPacket(1, 5, MD5, utf8('hello')).subarray(0, 7)],
  ])('refuses when the verifier’s challenge is %s', (_, packet) => {
    const { server } = asked();
    server.handlePacket(EAP, eapTypedPacket(2, 99, TLS), 3);
    onlyCredentials(server);
    server.handleResult({ kind: 'challenge', packet }, 4);
    const { packets, outcomes } = drain(server);
    expect(packets).toEqual([eapEndPacket(4, 99)]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'verifier', user: 'alice' }]);
  });

  it('ends an exchange that does not end', () => {
    const { server, identifier } = started();
    let now = 1;
    let answer = eapTypedPacket(2, identifier, IDENTITY, utf8('alice'));
    for (let round = 0; ; round++) {
      server.handlePacket(EAP, answer, now++);
      onlyCredentials(server);
      server.handleResult({ kind: 'challenge', packet: eapTypedPacket(1, round & 0xff, TLS) }, now++);
      const { packets, outcomes } = drain(server);
      if (outcomes.length > 0) {
        expect(outcomes).toEqual([{ kind: 'failure', reason: 'verifier', user: 'alice' }]);
        expect(packets[0]?.[0]).toBe(4);
        expect(round).toBe(100);
        return;
      }
      answer = eapTypedPacket(2, round & 0xff, TLS);
    }
  });

  it.each([
    ['with a NUL', utf8('alice\0options')],
    ['that is not UTF-8', Uint8Array.of(0xff)],
    ['of 254 octets', utf8('a'.repeat(254))],
  ])('refuses an identity %s', (_, identity) => {
    const { server, identifier } = started();
    server.handlePacket(EAP, eapTypedPacket(2, identifier, IDENTITY, identity), 1);
    const { packets, outcomes } = drain(server);
    expect(packets).toEqual([eapEndPacket(4, identifier)]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'bad-name' }]);
  });

  it('passes an empty identity on: a RADIUS server may know the caller by its number', () => {
    const { server, identifier } = started();
    server.handlePacket(EAP, eapTypedPacket(2, identifier, IDENTITY), 1);
    expect(onlyCredentials(server).user).toBe('');
  });

  it('drops and counts malformed packets', () => {
    const { server } = started();
    for (const bad of [[], [2, 1], [2, 1, 0, 4], [2, 1, 0, 6, 1], [9, 1, 0, 4], [3, 1, 0, 5, 1]])
      server.handlePacket(EAP, Uint8Array.from(bad), 1);
    expect(server.malformed).toBe(6);
    expectSilence(server);
  });
});

describe('EapMd5Verifier', () => {
  const passwords: Readonly<Record<string, string>> = { alice: 'wonder' };
  const verifier = () =>
    new EapMd5Verifier({ password: (user) => passwords[user], localName: 'lns' }, seededRandom(5));

  function challenge(one: EapMd5Verifier, user: string) {
    const result = one.verify({
      method: 'eap',
      user,
      packet: eapTypedPacket(2, 255, IDENTITY, utf8(user)),
    });
    if (result.kind !== 'challenge') throw new Error('no challenge');
    const { identifier, type, data } = typed(result.packet);
    return { identifier, type, md5: parseEapMd5Data(data), state: result.state };
  }

  const respond = (identifier: number, password: string, value: Uint8Array) =>
    eapTypedPacket(2, identifier, MD5, eapMd5Data(chapMd5(identifier, utf8(password), value), utf8('alice')));

  it('challenges, and takes the right response', () => {
    const one = verifier();
    const { identifier, type, md5, state } = challenge(one, 'alice');
    expect([identifier, type, text(md5.name), md5.value.length]).toEqual([0, MD5, 'lns', 16]);
    const packet = respond(identifier, 'wonder', md5.value);
    expect(one.verify({ method: 'eap', user: 'alice', packet, state })).toEqual({
      kind: 'accept',
      packet: eapEndPacket(3, identifier),
    });
  });

  it('keeps nothing: another verifier may go on', () => {
    const { identifier, md5, state } = challenge(verifier(), 'alice');
    const packet = respond(identifier, 'wonder', md5.value);
    const copied: unknown = structuredClone(state);
    expect(verifier().verify({ method: 'eap', user: 'alice', packet, state: copied }).kind).toBe('accept');
  });

  it('challenges an unknown user like any other, and refuses it then', () => {
    const one = verifier();
    const { identifier, md5, state } = challenge(one, 'nobody');
    for (const password of ['', 'wonder', 'undefined']) {
      const packet = respond(identifier, password, md5.value);
      expect(one.verify({ method: 'eap', user: 'nobody', packet, state })).toEqual({
        kind: 'reject',
        packet: eapEndPacket(4, identifier),
      });
    }
  });

  it('refuses all else', () => {
    const one = verifier();
    const { identifier, md5, state } = challenge(one, 'alice');
    const other: EapMd5State = { identifier, challenge: new Uint8Array(16) };
    const refused: [Uint8Array, unknown][] = [
      [respond(identifier, 'wander', md5.value), state],
      [respond(identifier, 'wonder', md5.value), other],
      [respond(identifier, 'wonder', md5.value), undefined],
      [respond(identifier, 'wonder', md5.value), { unrelated: true }],
      [respond((identifier + 1) & 0xff, 'wonder', md5.value), state],
      [eapTypedPacket(2, identifier, NAK, Uint8Array.of(TLS)), state],
      [eapTypedPacket(2, identifier, NAK, Uint8Array.of(0)), state],
      [eapTypedPacket(2, identifier, MD5), state],
      [eapTypedPacket(2, identifier, MD5, Uint8Array.of(200, 1)), state],
      [eapTypedPacket(2, identifier, MD5, eapMd5Data(new Uint8Array(15), utf8('alice'))), state],
      [eapTypedPacket(2, identifier, IDENTITY, utf8('alice')), state],
      [eapTypedPacket(1, identifier, MD5), state],
      [Uint8Array.of(2), state],
      [new Uint8Array(0), state],
    ];
    for (const [packet, given] of refused) {
      expect(one.verify({ method: 'eap', user: 'alice', packet, state: given }).kind).toBe('reject');
    }
  });
});
