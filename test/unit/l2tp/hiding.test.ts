import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  challengeResponse,
  hideValue,
  unhideValue,
  verifyChallengeResponse,
} from '../../../lib/l2tp/index.js';
import { fromHex, hex, utf8 } from '../../../lib/wire/index.js';

const secret = utf8('tunnel-secret');
const randomVector = fromHex('000102030405060708090a0b0c0d0e0f');
const none = new Uint8Array(0);

// Worked out with another implementation of MD5, step by step after RFC 2661 section 4.3. For the first one:
// MD5(0016 "tunnel-secret" 00..0f) = 945ca6bb04bc82cfcc9d3f941beeef9d, xor 0007 "5551234".
const vectors = [
  { name: 'one short block', type: 22, value: '5551234', padding: '', hidden: '945b938e318db0fcf8' },
  { name: 'padding', type: 22, value: '5551234', padding: 'a0a1a2', hidden: '945b938e318db0fcf83d9e36' },
  {
    name: 'one full block',
    type: 22,
    value: '12345678901234',
    padding: '',
    hidden: '945297893788b7f9fba506a42adcdca9',
  },
  {
    name: 'three blocks',
    type: 30,
    value: 'someone@a-long-realm.example.net',
    padding: '',
    hidden: '7c2efd10115d085ce2d9ad6290e174009247afa841714fea4863f3fef56a7e43bb96',
  },
];

describe('AVP hiding', () => {
  it.each(vectors)('hides and unhides: $name', ({ type, value, padding, hidden }) => {
    expect(hex(hideValue(type, utf8(value), secret, randomVector, fromHex(padding)))).toBe(hidden);
    expect(unhideValue(type, fromHex(hidden), secret, randomVector)).toEqual(utf8(value));
  });

  it('gives back any value under any padding', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.uint8Array({ maxLength: 30 }),
        fc.integer({ min: 0, max: 0xffff }),
        (value, padding, key, vector, type) => {
          const hidden = hideValue(type, value, key, vector, padding);
          expect(hidden.length).toBe(2 + value.length + padding.length);
          expect(hex(unhideValue(type, hidden, key, vector) ?? none)).toBe(hex(value));
        },
      ),
    );
  });

  it('does not touch its arguments', () => {
    const value = utf8('value');
    const padding = fromHex('0102');
    hideValue(1, value, secret, randomVector, padding);
    expect(value).toEqual(utf8('value'));
    expect(hex(padding)).toBe('0102');
  });

  it('refuses what no value fits in', () => {
    expect(unhideValue(22, none, secret, randomVector)).toBeUndefined();
    expect(unhideValue(22, fromHex('00'), secret, randomVector)).toBeUndefined();
    // Another secret gives a length that is too large.
    expect(unhideValue(22, fromHex('945b938e318db0fcf8'), utf8('other'), randomVector)).toBeUndefined();
  });
});

describe('tunnel authentication', () => {
  const challenge = fromHex('00112233445566778899aabbccddeeff');

  it('answers challenges as CHAP does, with the Message Type as identifier', () => {
    expect(hex(challengeResponse(2, secret, challenge))).toBe('2895653118c6c6e70afd0580f485b713');
    expect(hex(challengeResponse(3, secret, challenge))).toBe('eab90052b677d7724fe8eae1a565c1d2');
  });

  it('verifies responses', () => {
    const response = challengeResponse(3, secret, challenge);
    expect(verifyChallengeResponse(response, 3, secret, challenge)).toBe(true);
    expect(verifyChallengeResponse(response, 2, secret, challenge)).toBe(false);
    expect(verifyChallengeResponse(response, 3, utf8('other'), challenge)).toBe(false);
    expect(verifyChallengeResponse(response.subarray(1), 3, secret, challenge)).toBe(false);
  });
});
