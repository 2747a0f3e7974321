import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHAP_CODE,
  chapMessagePacket,
  chapValuePacket,
  parseChapPacket,
} from '../../../lib/ppp/auth/chap-packet.js';
import {
  EAP_CODE,
  eapEndPacket,
  eapMd5Data,
  eapTypedPacket,
  parseEapMd5Data,
  parseEapPacket,
} from '../../../lib/ppp/auth/eap-packet.js';
import { methodOfOption, authOption, parseMsChapFailure } from '../../../lib/ppp/auth/index.js';
import {
  formatMsChapFailure,
  formatMsChapSuccess,
  parseMsChapSuccess,
} from '../../../lib/ppp/auth/mschap-message.js';
import { messageOctets } from '../../../lib/ppp/auth/packet.js';
import { PAP_CODE, papReply, papRequest, parsePapPacket } from '../../../lib/ppp/auth/pap-packet.js';
import { WireError, concat, fromHex, hex, text, utf8 } from '../../../lib/wire/index.js';
import { METHODS } from './pair.js';

const octet = fc.integer({ min: 0, max: 255 });
const octets = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
/** Texts of one- to four-octet characters, and of what the messages' fields are made of. */
const words = fc
  .array(fc.constantFrom('a', 'ü', '日', '𝕬', ' ', '=', 'E', 'R', 'M', '1', '\n', '\0'), { maxLength: 40 })
  .map((characters) => characters.join(''));
const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) };

/** A packet reads the same with padding behind it, and every shorter piece of it is refused or read as padding. */
function survives<T>(packet: Uint8Array, parse: (packet: Uint8Array) => T, expected: T): void {
  expect(packet[2]).toBe(packet.length >>> 8);
  expect(packet[3]).toBe(packet.length & 0xff);
  expect(parse(packet)).toEqual(expected);
  expect(parse(concat(packet, Uint8Array.of(0xde, 0xad)))).toEqual(expected);
  for (let length = 0; length < packet.length; length++) {
    expect(() => parse(packet.subarray(0, length))).toThrow(WireError);
  }
}

describe('PAP packets', () => {
  it('round trip', () => {
    fc.assert(
      fc.property(octet, octets(0, 255), octets(0, 255), (identifier, peerId, password) => {
        survives(papRequest(identifier, peerId, password), parsePapPacket, {
          code: PAP_CODE.request,
          identifier,
          peerId,
          password,
        });
      }),
      { numRuns: 20 },
    );
    survives(papReply(PAP_CODE.nak, 9, 'no'), parsePapPacket, {
      code: PAP_CODE.nak,
      identifier: 9,
      message: utf8('no'),
    });
  });

  it('match octets written by hand', () => {
    expect(hex(papRequest(1, utf8('bob'), utf8('pw')))).toBe('0101000b03626f62027077');
    expect(hex(papReply(PAP_CODE.ack, 2, 'ok'))).toBe('02020007026f6b');
    expect(hex(papReply(PAP_CODE.ack, 2))).toBe('0202000500');
  });

  it('take an Ack without Msg-Length, and one whose message is short', () => {
    expect(parsePapPacket(fromHex('02070004'))).toMatchObject({ code: 2, identifier: 7 });
    const short = parsePapPacket(fromHex('02070006ff41'));
    expect(short).toMatchObject({ message: utf8('A') });
  });

  it('refuse names and passwords over 255 octets', () => {
    expect(() => papRequest(1, new Uint8Array(256), new Uint8Array(0))).toThrow(RangeError);
    expect(() => papRequest(1, new Uint8Array(0), new Uint8Array(256))).toThrow(RangeError);
  });

  it.each([
    ['length below the header', '01010003'],
    ['length beyond the packet', '010100ff0141'],
    ['name beyond the length', '0101000605416100'],
    ['no password field', '010100060141'],
    ['unknown code', '04010004'],
    ['empty', ''],
  ])('refuse a request with %s', (_, packet) => {
    expect(() => parsePapPacket(fromHex(packet))).toThrow(WireError);
  });
});

describe('CHAP packets', () => {
  it('round trip', () => {
    const code = fc.constantFrom(CHAP_CODE.challenge, CHAP_CODE.response);
    fc.assert(
      fc.property(code, octet, octets(1, 255), octets(0, 300), (code, identifier, value, name) => {
        const packet = chapValuePacket(code, identifier, value, name);
        survives(packet, parseChapPacket, { code, identifier, value, name });
      }),
      { numRuns: 20 },
    );
    survives(chapMessagePacket(CHAP_CODE.failure, 3, 'E=691 R=0'), parseChapPacket, {
      code: CHAP_CODE.failure,
      identifier: 3,
      message: utf8('E=691 R=0'),
    });
  });

  it.each([
    ['an empty value', '0101000500'],
    ['no value', '01010004'],
    ['a value beyond the length', '0101000702ff'],
    ['an unknown code', '09010004'],
  ])('refuse a challenge with %s', (_, packet) => {
    expect(() => parseChapPacket(fromHex(packet))).toThrow(WireError);
  });
});

describe('EAP packets', () => {
  it('round trip', () => {
    const code = fc.constantFrom(EAP_CODE.request, EAP_CODE.response);
    fc.assert(
      fc.property(code, octet, octet, octets(0, 300), (code, identifier, type, data) => {
        const packet = eapTypedPacket(code, identifier, type, data);
        survives(packet, parseEapPacket, { code, identifier, type, data });
      }),
      { numRuns: 20 },
    );
    survives(eapEndPacket(EAP_CODE.success, 200), parseEapPacket, { code: 3, identifier: 200 });
    fc.assert(
      fc.property(octets(1, 255), octets(0, 100), (value, name) => {
        expect(parseEapMd5Data(eapMd5Data(value, name))).toEqual({ value, name });
      }),
      runs,
    );
  });

  it.each([
    ['no type', '01010004'],
    ['an unknown code', '0501000401'],
    ['data in a Success', '0301000500'],
    ['length beyond the packet', '0101000601'],
  ])('refuse %s', (_, packet) => {
    expect(() => parseEapPacket(fromHex(packet))).toThrow(WireError);
  });

  it('refuse an MD5 value that is empty or cut off', () => {
    expect(() => parseEapMd5Data(fromHex(''))).toThrow(WireError);
    expect(() => parseEapMd5Data(fromHex('00'))).toThrow(WireError);
    expect(() => parseEapMd5Data(fromHex('024f'))).toThrow(WireError);
  });
});

describe('MS-CHAP messages', () => {
  const challenge = fromHex('00112233445566778899AABBCCDDEEFF');

  it('write a failure as RFC 2759 section 6 has it', () => {
    expect(formatMsChapFailure({ error: 691, retry: true, challenge, version: 3, message: 'Bad luck' })).toBe(
      'E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=Bad luck',
    );
  });

  it('read what they write', () => {
    const failure = fc.record({
      error: fc.integer({ min: 0, max: 99_999 }),
      retry: fc.boolean(),
      challenge: fc.oneof(octets(8, 8), octets(16, 16)),
      version: fc.integer({ min: 1, max: 9 }),
      message: words,
    });
    fc.assert(
      fc.property(failure, (failure) => {
        expect(parseMsChapFailure(formatMsChapFailure(failure))).toEqual(failure);
      }),
      runs,
    );
  });

  it('read failures of other servers', () => {
    expect(parseMsChapFailure('E=691 R=0')).toEqual({ error: 691, retry: false });
    expect(parseMsChapFailure('E=648 R=0 X=what V=2')).toEqual({ error: 648, retry: false, version: 2 });
    // The text may look like fields and is none.
    expect(parseMsChapFailure('E=691 R=0 M=E=1 R=1 V=9')).toEqual({
      error: 691,
      retry: false,
      message: 'E=1 R=1 V=9',
    });
    expect(parseMsChapFailure('Access denied')).toBeUndefined();
    expect(parseMsChapFailure('')).toBeUndefined();
    expect(parseMsChapFailure('M=E=691')).toBeUndefined();
  });

  it('write and read a success', () => {
    const proof = `S=${'0123456789ABCDEF'.repeat(2)}01234567`;
    expect(formatMsChapSuccess(proof, 'hi')).toBe(`${proof} M=hi`);
    expect(formatMsChapSuccess(`${proof} M=theirs`, 'ours')).toBe(`${proof} M=theirs`);
    expect(formatMsChapSuccess('S=123')).toBeUndefined();
    expect(formatMsChapSuccess(`${proof}0`)).toBeUndefined();
    expect(formatMsChapSuccess('')).toBeUndefined();
    expect(parseMsChapSuccess(`${proof} M=hi`)).toBe(proof);
    expect(parseMsChapSuccess(`${proof.toLowerCase().replace('s', 'S')}`)).toBe(proof);
    expect(parseMsChapSuccess('M=hi')).toBeUndefined();
  });
});

describe('texts for the peer', () => {
  it('are cut between characters', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 60 }), (message, limit) => {
        const cut = messageOctets(message, limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(message.startsWith(text(cut))).toBe(true);
        if (utf8(message).length > limit) expect(cut.length).toBeGreaterThan(limit - 4);
      }),
      runs,
    );
  });
});

describe('LCP option', () => {
  it('names each method both ways', () => {
    for (const method of METHODS) {
      const { protocol, algorithm } = authOption(method);
      expect(methodOfOption(protocol, algorithm)).toBe(method);
    }
  });

  it('knows nothing else', () => {
    expect(methodOfOption(0xc223)).toBeUndefined();
    expect(methodOfOption(0xc223, 6)).toBeUndefined();
    expect(methodOfOption(0xc023, 5)).toBeUndefined();
    expect(methodOfOption(0xc027)).toBeUndefined();
  });
});
