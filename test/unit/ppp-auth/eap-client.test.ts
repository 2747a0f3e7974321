import { describe, expect, it } from 'vitest';
import {
  eapEndPacket,
  eapMd5Data,
  eapTypedPacket,
  parseEapMd5Data,
  parseEapPacket,
} from '../../../lib/ppp/auth/eap-packet.js';
import { AuthClient, chapMd5 } from '../../../lib/ppp/auth/index.js';
import { text, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { EAP, drain, expectSilence, onlyPacket } from './script.js';

const IDENTITY = 1;
const NAK = 3;
const MD5 = 4;
const TLS = 13;

function typed(packet: Uint8Array) {
  const parsed = parseEapPacket(packet);
  if (!('type' in parsed)) throw new Error('no type');
  return parsed;
}

describe('EAP client', () => {
  function started() {
    const client = new AuthClient({ method: 'eap', user: 'alice', password: 'wonder' }, seededRandom(6));
    client.start(0);
    expectSilence(client);
    return client;
  }

  const md5Request = (identifier: number) =>
    eapTypedPacket(1, identifier, MD5, eapMd5Data(new Uint8Array(16).fill(3), utf8('lns')));

  const md5Done = () => {
    const client = started();
    client.handlePacket(EAP, md5Request(20), 1);
    drain(client);
    return client;
  };

  it('tells who it is', () => {
    const client = started();
    client.handlePacket(EAP, eapTypedPacket(1, 7, IDENTITY, utf8('who?')), 1);
    expect(onlyPacket(client)).toEqual(eapTypedPacket(2, 7, IDENTITY, utf8('alice')));
  });

  it('answers MD5-Challenge, and repeats the answer when asked again', () => {
    const client = started();
    client.handlePacket(EAP, md5Request(8), 1);
    const response = onlyPacket(client);
    const { value, name } = parseEapMd5Data(typed(response).data);
    expect(value).toEqual(chapMd5(8, utf8('wonder'), new Uint8Array(16).fill(3)));
    expect(text(name)).toBe('alice');
    client.handlePacket(EAP, md5Request(8), 2);
    expect(onlyPacket(client)).toEqual(response);
  });

  it('never repeats on a timer, and gives up when nothing follows', () => {
    const client = md5Done();
    expect(client.pollTimeout()).toBe(30_001);
    client.handleTimeout(30_001);
    expect(drain(client)).toEqual({
      packets: [],
      outcomes: [{ kind: 'failure', reason: 'timeout', user: 'alice' }],
    });
  });

  it('acknowledges notifications', () => {
    const client = started();
    client.handlePacket(EAP, eapTypedPacket(1, 7, 2, utf8('maintenance tonight')), 1);
    expect(onlyPacket(client)).toEqual(eapTypedPacket(2, 7, 2));
  });

  it.each([[TLS], [5], [26], [254], [255]])('asks for MD5 instead of type %i', (type) => {
    const client = started();
    client.handlePacket(EAP, eapTypedPacket(1, 7, type, new Uint8Array(20)), 1);
    expect(onlyPacket(client)).toEqual(eapTypedPacket(2, 7, NAK, Uint8Array.of(MD5)));
    client.handlePacket(EAP, md5Request(8), 2);
    expect(typed(onlyPacket(client)).type).toBe(MD5);
  });

  it('says why when there is no common method', () => {
    const client = started();
    client.handlePacket(EAP, eapTypedPacket(1, 7, TLS), 1);
    drain(client);
    client.handlePacket(EAP, eapEndPacket(4, 7), 2);
    expect(drain(client).outcomes).toEqual([{ kind: 'failure', reason: 'no-method', user: 'alice' }]);
  });

  it('sends no Nak and runs no other method once MD5 was answered', () => {
    const client = md5Done();
    for (const type of [TLS, MD5, IDENTITY, 0, NAK]) {
      client.handlePacket(EAP, eapTypedPacket(1, 21, type, Uint8Array.of(1, 1)), 2);
      expectSilence(client);
    }
  });

  it('drops requests of types that cannot be requested', () => {
    const client = started();
    for (const type of [0, NAK]) client.handlePacket(EAP, eapTypedPacket(1, 7, type), 1);
    expectSilence(client);
  });

  it('takes no success before the method, nor one that answers nothing', () => {
    const client = started();
    client.handlePacket(EAP, eapEndPacket(3, 0), 1);
    client.handleLowerLayerSuccess();
    client.handlePacket(EAP, eapTypedPacket(1, 7, IDENTITY), 1);
    drain(client);
    client.handlePacket(EAP, eapEndPacket(3, 7), 2);
    client.handleLowerLayerSuccess();
    expectSilence(client);
    client.handlePacket(EAP, md5Request(8), 3);
    drain(client);
    client.handlePacket(EAP, eapEndPacket(3, 50), 4);
    client.handlePacket(EAP, eapEndPacket(4, 50), 4);
    expectSilence(client);
    client.handlePacket(EAP, eapEndPacket(3, 8), 5);
    expect(drain(client).outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
    expect(client.pollTimeout()).toBeUndefined();
  });

  it.each([[20], [21]])('takes the end under identifier %i, its own or the next', (identifier) => {
    for (const [code, kind] of [
      [3, 'success'],
      [4, 'failure'],
    ] as const) {
      const client = md5Done();
      client.handlePacket(EAP, eapEndPacket(code, identifier), 2);
      expect(drain(client).outcomes.map((outcome) => outcome.kind)).toEqual([kind]);
    }
  });

  it('makes up for a lost success, once', () => {
    const client = md5Done();
    client.handleLowerLayerSuccess();
    client.handleLowerLayerSuccess();
    client.handlePacket(EAP, eapEndPacket(3, 20), 2);
    expect(drain(client).outcomes).toEqual([{ kind: 'success', user: 'alice' }]);
  });

  it('answers when it is asked again later', () => {
    const client = md5Done();
    client.handlePacket(EAP, eapEndPacket(3, 20), 2);
    drain(client);
    client.handlePacket(EAP, eapTypedPacket(1, 60, IDENTITY), 100_000);
    client.handlePacket(EAP, md5Request(61), 100_001);
    expect(drain(client).packets.map((packet) => typed(packet).type)).toEqual([IDENTITY, MD5]);
    expect(client.pollTimeout()).toBeUndefined();
    client.handlePacket(EAP, eapEndPacket(3, 61), 100_002);
    expectSilence(client);
    client.handlePacket(EAP, eapTypedPacket(1, 62, IDENTITY), 200_000);
    drain(client);
    client.handlePacket(EAP, eapEndPacket(4, 62), 200_001);
    expect(drain(client).outcomes).toEqual([{ kind: 'failure', reason: 'rejected', user: 'alice' }]);
  });

  it('drops and counts a malformed challenge, and takes the right one then', () => {
    const client = started();
    client.handlePacket(EAP, eapTypedPacket(1, 8, MD5, Uint8Array.of(200, 1)), 1);
    client.handlePacket(EAP, eapTypedPacket(1, 8, MD5), 1);
    expect(client.malformed).toBe(2);
    expectSilence(client);
    client.handlePacket(EAP, md5Request(8), 2);
    expect(typed(onlyPacket(client)).type).toBe(MD5);
  });
});
