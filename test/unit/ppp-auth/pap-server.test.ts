import { describe, expect, it } from 'vitest';
import { AuthServer } from '../../../lib/ppp/auth/index.js';
import { papRequest, parsePapPacket } from '../../../lib/ppp/auth/pap-packet.js';
import { text, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { OPTIONS, PAP, drain, expectSilence, onlyCredentials, onlyPacket } from './script.js';

const request = (identifier: number, user: string | Uint8Array, password: string) =>
  papRequest(identifier, typeof user === 'string' ? utf8(user) : user, utf8(password));

function started(options = {}): AuthServer {
  const server = new AuthServer({ method: 'pap', ...OPTIONS, ...options }, seededRandom(1));
  server.start(0);
  expectSilence(server);
  return server;
}

describe('PAP server', () => {
  it('passes the name and the password on, and answers', () => {
    const server = started();
    const packet = request(5, 'alice', 'wonder');
    server.handlePacket(PAP, packet, 10);
    packet.fill(0xee); // the receive buffer is used again
    expect(onlyCredentials(server)).toEqual({ method: 'pap', user: 'alice', password: utf8('wonder') });
    expect(server.pollTimeout()).toBeUndefined();
    server.handleResult({ kind: 'accept', message: 'hello' }, 20);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => parsePapPacket(sent))).toEqual([
      { code: 2, identifier: 5, message: utf8('hello') },
    ]);
    expect(outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
  });

  it('answers under the latest identifier of a request that was repeated meanwhile', () => {
    const server = started();
    server.handlePacket(PAP, request(5, 'alice', 'wonder'), 10);
    onlyCredentials(server);
    server.handlePacket(PAP, request(6, 'alice', 'wonder'), 3010);
    server.handlePacket(PAP, request(7, 'mallory', 'wonder'), 3020);
    expectSilence(server);
    server.handleResult({ kind: 'accept' }, 4000);
    expect(onlyPacket(server)[1]).toBe(6);
  });

  it('gives the same answer again, to any request', () => {
    const server = started();
    server.handlePacket(PAP, request(5, 'alice', 'wonder'), 10);
    onlyCredentials(server);
    server.handleResult({ kind: 'accept' }, 20);
    drain(server);
    for (const packet of [request(5, 'alice', 'wonder'), request(9, 'bob', 'guess')]) {
      server.handlePacket(PAP, packet, 60_000);
      const { packets, outcomes } = drain(server);
      expect(packets.map((sent) => [sent[0], sent[1]])).toEqual([[2, packet[1]]]);
      expect(outcomes).toEqual([]);
    }
  });

  it('refuses for good after one try', () => {
    const server = started();
    server.handlePacket(PAP, request(5, 'alice', 'guess'), 10);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject', message: 'sorry' }, 20);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => parsePapPacket(sent))).toEqual([
      { code: 3, identifier: 5, message: utf8('sorry') },
    ]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
    server.handlePacket(PAP, request(6, 'alice', 'wonder'), 30);
    expect(onlyPacket(server)[0]).toBe(3);
    // A late second answer changes nothing.
    server.handleResult({ kind: 'accept' }, 40);
    expectSilence(server);
  });

  it('lets the peer try again where that is configured', () => {
    const server = started({ maxAttempts: 2 });
    server.handlePacket(PAP, request(1, 'alice', 'guess'), 10);
    onlyCredentials(server);
    server.handleResult({ kind: 'reject' }, 20);
    expect(onlyPacket(server)[0]).toBe(3);
    // A copy of the refused request is not the second try.
    server.handlePacket(PAP, request(2, 'alice', 'guess'), 30);
    expect(onlyPacket(server)[0]).toBe(3);
    server.handlePacket(PAP, request(3, 'alice', 'wonder'), 40);
    onlyCredentials(server);
    server.handleResult({ kind: 'accept' }, 50);
    expect(drain(server).outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
  });

  it('ends at the last of the tries', () => {
    const server = started({ maxAttempts: 3 });
    for (const [attempt, kinds] of [
      [1, []],
      [2, []],
      [3, ['failure']],
    ] as const) {
      server.handlePacket(PAP, request(attempt, 'alice', `guess ${attempt}`), attempt);
      onlyCredentials(server);
      server.handleResult({ kind: 'reject' }, attempt);
      expect(drain(server).outcomes.map((outcome) => outcome.kind)).toEqual(kinds);
    }
  });

  it('gives up on a silent peer', () => {
    const server = started();
    expect(server.pollTimeout()).toBe(12_000);
    server.handleTimeout(11_999);
    expectSilence(server);
    server.handleTimeout(12_000);
    expect(drain(server)).toEqual({ packets: [], outcomes: [{ kind: 'failure', reason: 'timeout' }] });
    server.handlePacket(PAP, request(1, 'alice', 'wonder'), 12_001);
    expectSilence(server);
  });

  it('says nothing before its start', () => {
    const server = new AuthServer({ method: 'pap', ...OPTIONS }, seededRandom(1));
    server.handlePacket(PAP, request(1, 'alice', 'wonder'), 0);
    expectSilence(server);
  });

  it('begins anew', () => {
    const server = started();
    server.handlePacket(PAP, request(1, 'alice', 'wonder'), 0);
    server.start(100);
    expectSilence(server);
    server.handlePacket(PAP, request(2, 'bob', 'pw'), 200);
    expect(onlyCredentials(server).user).toBe('bob');
  });

  it('answers for a LAC that asked before it', () => {
    const server = new AuthServer({ method: 'pap', ...OPTIONS }, seededRandom(1));
    const credentials = { method: 'pap', user: 'alice', password: utf8('wonder') } as const;
    server.adopt(credentials, 77);
    expect(onlyCredentials(server)).toEqual(credentials);
    server.handleResult({ kind: 'accept' }, 0);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => [sent[0], sent[1]])).toEqual([[2, 77]]);
    expect(outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
  });

  it('passes an empty name and an empty password on', () => {
    const server = started();
    server.handlePacket(PAP, request(1, '', ''), 0);
    expect(onlyCredentials(server)).toEqual({ method: 'pap', user: '', password: new Uint8Array(0) });
  });

  it.each([
    ['a NUL', utf8('ali\0ce')],
    ['a NUL at its end', utf8('alice\0')],
    ['a line feed', utf8('alice\nbob')],
    ['a DEL', utf8('alice\x7f')],
    ['an escape', utf8('\x1b[2Jalice')],
    ['Latin-1', Uint8Array.of(0x6a, 0xfc, 0x72)],
    ['half a character', utf8('jü').subarray(0, 2)],
    ['a surrogate', Uint8Array.of(0xed, 0xa0, 0x80)],
    ['an overlong form', Uint8Array.of(0xc0, 0x80)],
    ['254 octets', utf8('a'.repeat(254))],
  ])('refuses a name with %s without asking', (_, name) => {
    const server = started();
    server.handlePacket(PAP, request(1, name, 'wonder'), 0);
    const { packets, outcomes } = drain(server);
    expect(packets.map((sent) => sent[0])).toEqual([3]);
    expect(outcomes).toEqual([{ kind: 'failure', reason: 'bad-name' }]);
  });

  it.each([['a'.repeat(253)], ['\ufeffalice'], ['jürgen'], ['日本語'], ['a b'], ['BIGCO\\alice']])(
    'takes the name %j octet for octet',
    (name) => {
      const server = started();
      server.handlePacket(PAP, request(1, name, 'wonder'), 0);
      expect(onlyCredentials(server).user).toBe(name);
    },
  );

  it('drops and counts what is no PAP', () => {
    const server = started();
    server.handlePacket(PAP, Uint8Array.of(1, 2, 3), 0);
    server.handlePacket(PAP, request(1, 'alice', 'wonder').subarray(0, 9), 0);
    expect(server.malformed).toBe(2);
    // Another protocol, and a packet for the peer's own machine, are no concern of it.
    server.handlePacket(0xc223, Uint8Array.of(1), 0);
    server.handlePacket(PAP, Uint8Array.of(2, 1, 0, 5, 0), 0);
    expect(server.malformed).toBe(2);
    expectSilence(server);
  });

  it('cuts a text that is too long for the packet', () => {
    const server = started();
    server.handlePacket(PAP, request(1, 'alice', 'wonder'), 0);
    onlyCredentials(server);
    server.handleResult({ kind: 'accept', message: 'ü'.repeat(300) }, 0);
    const ack = parsePapPacket(onlyPacket(server));
    expect('message' in ack && text(ack.message)).toBe('ü'.repeat(127));
  });
});
