import { describe, expect, it } from 'vitest';
import { chapMd5, verify } from '../../../lib/ppp/auth/index.js';
import { challengeResponse, msChapV1Value, ntPasswordHash } from '../../../lib/ppp/auth/mschap.js';
import { utf8 } from '../../../lib/wire/index.js';

describe('the local check', () => {
  const challenge = new Uint8Array(16).fill(9);

  it('of CHAP takes the right response only', () => {
    const good = chapMd5(5, utf8('wonder'), challenge);
    const credentials = { method: 'chap', user: 'alice', identifier: 5, challenge } as const;
    expect(verify({ ...credentials, response: good }, 'wonder')).toEqual({ kind: 'accept' });
    expect(verify({ ...credentials, response: good }, 'Wonder').kind).toBe('reject');
    expect(verify({ ...credentials, response: good, identifier: 6 }, 'wonder').kind).toBe('reject');
    expect(verify({ ...credentials, response: good.subarray(0, 15) }, 'wonder').kind).toBe('reject');
    for (let bit = 0; bit < 128; bit++) {
      const wrong = good.slice();
      wrong[bit >> 3] = (wrong[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(verify({ ...credentials, response: wrong }, 'wonder').kind).toBe('reject');
    }
  });

  it('of CHAP refuses an empty password', () => {
    const response = chapMd5(5, utf8(''), challenge);
    expect(verify({ method: 'chap', user: 'alice', identifier: 5, challenge, response }, '').kind).toBe(
      'reject',
    );
  });

  it('of PAP compares octets', () => {
    const credentials = { method: 'pap', user: 'alice', password: utf8('grün') } as const;
    expect(verify(credentials, 'grün').kind).toBe('accept');
    expect(verify(credentials, 'grun').kind).toBe('reject');
    expect(verify(credentials, 'grün ').kind).toBe('reject');
    expect(verify(credentials, '').kind).toBe('reject');
    expect(verify({ ...credentials, password: new Uint8Array(0) }, '').kind).toBe('accept');
  });

  it('of MS-CHAPv1 does not take the LAN Manager response alone', () => {
    const challenge = new Uint8Array(8).fill(9);
    const value = msChapV1Value(challengeResponse(challenge, ntPasswordHash('wonder')));
    const credentials = { method: 'mschapv1', user: 'alice', identifier: 5, challenge } as const;
    expect(verify({ ...credentials, response: value }, 'wonder').kind).toBe('accept');
    expect(verify({ ...credentials, response: value }, 'wander').kind).toBe('reject');
    value[48] = 0;
    expect(verify({ ...credentials, response: value }, 'wonder').kind).toBe('reject');
  });

  it.each(['mschapv1', 'mschapv2'] as const)('of %s survives lengths that cannot be', (method) => {
    for (const length of [0, 1, 24, 48, 50]) {
      for (const challenge of [0, 1, 8, 16, 17]) {
        const credentials = {
          method,
          user: 'alice',
          identifier: 5,
          challenge: new Uint8Array(challenge),
          response: new Uint8Array(length),
        };
        expect(verify(credentials, 'wonder').kind).toBe('reject');
      }
    }
  });

  it('does not leave the password in its answer', () => {
    const challenge = new Uint8Array(8).fill(9);
    const response = msChapV1Value(challengeResponse(challenge, ntPasswordHash('wonder')));
    const result = verify(
      { method: 'mschapv1', user: 'alice', identifier: 5, challenge, response },
      'wonder',
    );
    expect(JSON.stringify(result)).not.toContain('wonder');
  });
});
