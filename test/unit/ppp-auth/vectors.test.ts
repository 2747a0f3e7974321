import { createDecipheriv, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { desEncrypt, desKey } from '../../../lib/ppp/auth/des.js';
import { chapMd5 } from '../../../lib/ppp/auth/digest.js';
import { md4 } from '../../../lib/ppp/auth/md4.js';
import {
  masterKey,
  mppeKeysV1,
  mppeKeysV2,
  mppeSessionKey,
  mppeStartKey,
  startKeyV1,
} from '../../../lib/ppp/auth/mppe-keys.js';
import {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  hashNtPasswordHash,
  lmPasswordHash,
  ntPasswordHash,
  ntResponse,
} from '../../../lib/ppp/auth/mschap.js';
import { concat, fromHex, hex, utf8 } from '../../../lib/wire/index.js';

const authenticatorChallenge = fromHex('5B5D7C7D7B3F2F3E3C2C602132262628');
const peerChallenge = fromHex('21402324255E262A28295F2B3A337C7E');
const response = fromHex('82309ECD8D708B5EA08FAA3981CD83544233114A3D85D6DF');
// RFC 3079 section 2.5.3 prints this key twice, with acca and with acc1; the session key follows from the latter.
const V1_START = 'a8947850cfc0acc1d1789fb62ddcddb0';
const clientPass = ntPasswordHash('clientPass');

describe('MD4, RFC 1320 appendix A.5', () => {
  it.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    [
      '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
      'e33b4ddc9c38f2199c3e7b164fcc0536',
    ],
  ])('%j', (message, digest) => {
    expect(hex(md4(utf8(message)))).toBe(digest);
  });

  it('pads right at every length around a block', () => {
    // From OpenSSL's legacy provider: printf a...a | openssl dgst -provider legacy -md4
    const known = [
      [55, 'c889c81dd86c4d2e025778944ea02881'],
      [56, 'd5f9a9e9257077a5f08b0b92f348b0ad'],
      [57, '872097e6f78e3b53f890459d03bc6fb7'],
      [63, '7ea3da77432d44c323671097d1348fc8'],
      [64, '52f5076fabd22680234a3fa9f9dc5732'],
      [65, '330e377bf231f3cacfecc2c182fe7e5b'],
      [119, 'e65dd227ccef97fa1d34d70189120f76'],
      [120, 'b03ddbd470b47c013e0c7ab2ddd763db'],
      [128, 'cb4a20a561558e29460190c91dced59f'],
    ] as const;
    for (const [length, digest] of known) {
      expect(hex(md4(utf8('a'.repeat(length)))), String(length)).toBe(digest);
    }
  });

  it('does not look at what lies around a view', () => {
    const buffer = utf8('xxabcxx');
    expect(hex(md4(buffer.subarray(2, 5)))).toBe('a448017aaf21d8525fc10ae87aa6729d');
  });
});

describe('DES, RFC 2433 appendix B.3', () => {
  it('spreads keys with odd parity', () => {
    expect(hex(desKey(fromHex('FC156AF7EDCD6C')))).toBe('fd0b5b5e7f6e34d9');
    expect(hex(desKey(fromHex('0EDDE3337D427F')))).toBe('0e6e796737ea08fe');
  });

  it('encrypts one block that single DES decrypts', () => {
    const key = fromHex('0EDDE3337D427F');
    const cipher = desEncrypt(utf8('KGS!@#$%'), key);
    const decipher = createDecipheriv(
      'des-ede3',
      concat(desKey(key), desKey(key), desKey(key)),
      null,
    ).setAutoPadding(false);
    expect(decipher.update(cipher).toString('latin1')).toBe('KGS!@#$%');
  });
});

describe('MS-CHAPv1, RFC 2433 appendix B.2', () => {
  const challenge = fromHex('102DB5DF085D3041');

  it('hashes the password', () => {
    expect(hex(ntPasswordHash('MyPw'))).toBe('fc156af7edcd6c0edde3337d427f4eac');
  });

  it('answers the challenge', () => {
    expect(hex(challengeResponse(challenge, ntPasswordHash('MyPw')))).toBe(
      '4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61',
    );
  });

  it('makes the LAN Manager hash (RFC 3079 section 2.5.1)', () => {
    const known = '76a152936096d7830e2390227404afd2';
    expect(hex(lmPasswordHash('clientPass') ?? new Uint8Array())).toBe(known);
    expect(hex(lmPasswordHash('CLIENTPASS') ?? new Uint8Array())).toBe(known);
    expect(hex(lmPasswordHash('') ?? new Uint8Array())).toBe('aad3b435b51404eeaad3b435b51404ee');
  });

  it('has no LAN Manager hash for long or non-ASCII passwords', () => {
    expect(lmPasswordHash('fourteen chars')).toBeDefined();
    expect(lmPasswordHash('fifteen charact')).toBeUndefined();
    expect(lmPasswordHash('grün')).toBeUndefined();
    expect(lmPasswordHash('straße')).toBeUndefined();
    expect(lmPasswordHash('ſ')).toBeUndefined();
  });
});

describe('MS-CHAPv2, RFC 2759 section 9.2', () => {
  it('hashes challenges and name', () => {
    expect(hex(challengeHash(peerChallenge, authenticatorChallenge, 'User'))).toBe('d02e4386bce91226');
  });

  it('leaves a domain out of the hash', () => {
    for (const user of ['BIGCO\\User', 'A\\B\\User', '\\User'])
      expect(hex(challengeHash(peerChallenge, authenticatorChallenge, user))).toBe('d02e4386bce91226');
  });

  it('hashes the password, and the hash', () => {
    expect(hex(clientPass)).toBe('44ebba8d5312b8d611474411f56989ae');
    expect(hex(hashNtPasswordHash(clientPass))).toBe('41c00c584bd2d91c4017a2a12fa59f3f');
  });

  it('makes the NT-Response', () => {
    expect(hex(ntResponse(authenticatorChallenge, peerChallenge, 'User', clientPass))).toBe(hex(response));
  });

  it('makes the authenticator response', () => {
    expect(authenticatorResponse(clientPass, response, peerChallenge, authenticatorChallenge, 'User')).toBe(
      'S=407A5589115FD0D6209F510FE9C04566932CDA56',
    );
  });
});

describe('CHAP, RFC 1994 section 4.1', () => {
  it('is MD5 over identifier, secret and challenge', () => {
    const stream = concat(Uint8Array.of(7), utf8('secret'), authenticatorChallenge);
    expect(hex(chapMd5(7, utf8('secret'), authenticatorChallenge))).toBe(
      createHash('md5').update(stream).digest('hex'),
    );
    // RFC 1321's "message digest", cut into the three parts.
    expect(hex(chapMd5('m'.charCodeAt(0), utf8('essage'), utf8(' digest')))).toBe(
      'f96b697d7cb7938d525a2f31aaf161d0',
    );
  });
});

describe('MPPE keys after MS-CHAPv1, RFC 3079 section 2.5', () => {
  const challenge = fromHex('102db5df085d3041');
  const keys = mppeKeysV1('clientPass', challenge);

  it('makes 40-bit keys from the LAN Manager hash', () => {
    const start = mppeStartKey(keys, 'send', 40);
    expect(hex(start ?? new Uint8Array())).toBe('76a152936096d7830000000000000000');
    expect(hex(mppeSessionKey(start ?? new Uint8Array(16), 40))).toBe('d1269e538cec4a08');
  });

  it('makes 56-bit keys', () => {
    const start = mppeStartKey(keys, 'receive', 56) ?? new Uint8Array(16);
    expect(hex(mppeSessionKey(start, 56))).toBe('d10801538cec4a08');
  });

  it('makes 128-bit keys, alike in both directions', () => {
    expect(hex(startKeyV1(hashNtPasswordHash(clientPass), challenge))).toBe(V1_START);
    expect(hex(keys.send)).toBe(V1_START);
    expect(hex(keys.receive)).toBe(V1_START);
    expect(hex(mppeSessionKey(keys.send, 128))).toBe('59d159bc09f76f1da2a86a28ffec0b1e');
  });

  it('has no short keys where the password has no LAN Manager hash', () => {
    const long = mppeKeysV1('far too long for LAN Manager', challenge);
    expect(mppeStartKey(long, 'send', 40)).toBeUndefined();
    expect(mppeStartKey(long, 'send', 56)).toBeUndefined();
    expect(mppeStartKey(long, 'send', 128)).toHaveLength(16);
  });
});

describe('MPPE keys after MS-CHAPv2, RFC 3079 section 3.5', () => {
  const server = mppeKeysV2(clientPass, response, 'server');
  const client = mppeKeysV2(clientPass, response, 'client');

  it('makes the master key', () => {
    expect(hex(masterKey(hashNtPasswordHash(clientPass), response))).toBe('fdece3717a8c838cb388e527ae3cdd31');
  });

  it('makes the send start key', () => {
    expect(hex(server.send)).toBe('8b7cdc149b993a1ba118cb153f56dccb');
  });

  it.each([
    [40, 'd1269ec49fa62e3e'],
    [56, 'd15c00c49fa62e3e'],
    [128, '405cb2247a7956e6e211007ae27b22d4'],
  ] as const)('makes the %i-bit session key', (bits, key) => {
    const start = mppeStartKey(server, 'send', bits) ?? new Uint8Array(16);
    expect(start).toHaveLength(16);
    expect(hex(mppeSessionKey(start, bits))).toBe(key);
  });

  it('gives the client the same keys the other way round', () => {
    expect(client.send).toEqual(server.receive);
    expect(client.receive).toEqual(server.send);
    expect(client.send).not.toEqual(client.receive);
  });
});
