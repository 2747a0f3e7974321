import { equalConstantTime, utf8 } from '../../wire/index.js';
import { chapMd5 } from './digest.js';
import { mppeKeysV1, mppeKeysV2 } from './mppe-keys.js';
import {
  MSCHAP_RESPONSE_LENGTH,
  authenticatorResponse,
  challengeResponse,
  ntPasswordHash,
  ntResponse,
  splitMsChapV1,
  splitMsChapV2,
} from './mschap.js';
import type { AuthResult, PasswordCredentials } from './types.js';

const REJECT: AuthResult = { kind: 'reject' };

/**
 * Checks credentials against the user's password, for every method but EAP (see `EapMd5Verifier`). The time taken does
 * not tell how much of a response was right. Passwords are octets of UTF-8 for PAP and CHAP, and UTF-16 for MS-CHAP.
 *
 * Refused whatever the password: CHAP with an empty password (RFC 1994 section 2.3 wants a secret of at least one
 * octet), and MS-CHAPv1 responses that have a LAN Manager part only (deprecated by RFC 2433 section 6, and trivial to
 * break).
 */
export function verify(credentials: PasswordCredentials, password: string): AuthResult {
  switch (credentials.method) {
    case 'pap':
      return equalConstantTime(credentials.password, utf8(password)) ? { kind: 'accept' } : REJECT;
    case 'chap':
      return chapMatches(credentials.identifier, credentials.challenge, credentials.response, password)
        ? { kind: 'accept' }
        : REJECT;
    case 'mschapv1':
      return verifyMsChapV1(credentials.challenge, credentials.response, password);
    case 'mschapv2':
      return verifyMsChapV2(credentials.user, credentials.challenge, credentials.response, password);
  }
}

/** The check that CHAP and EAP MD5-Challenge share. */
export function chapMatches(
  identifier: number,
  challenge: Uint8Array,
  response: Uint8Array,
  password: string,
): boolean {
  const expected = chapMd5(identifier, utf8(password), challenge);
  return equalConstantTime(response, expected) && password.length > 0;
}

function verifyMsChapV1(challenge: Uint8Array, value: Uint8Array, password: string): AuthResult {
  if (value.length !== MSCHAP_RESPONSE_LENGTH || challenge.length !== 8) return REJECT;
  const response = splitMsChapV1(value);
  const expected = challengeResponse(challenge, ntPasswordHash(password));
  if (!equalConstantTime(response.ntResponse, expected) || !response.useNt) return REJECT;
  return { kind: 'accept', mppe: mppeKeysV1(password, challenge) };
}

function verifyMsChapV2(
  user: string,
  challenge: Uint8Array,
  value: Uint8Array,
  password: string,
): AuthResult {
  if (value.length !== MSCHAP_RESPONSE_LENGTH || challenge.length !== 16) return REJECT;
  const response = splitMsChapV2(value);
  const hash = ntPasswordHash(password);
  const expected = ntResponse(challenge, response.peerChallenge, user, hash);
  if (!equalConstantTime(response.ntResponse, expected)) return REJECT;
  return {
    kind: 'accept',
    authenticatorResponse: authenticatorResponse(
      hash,
      response.ntResponse,
      response.peerChallenge,
      challenge,
      user,
    ),
    mppe: mppeKeysV2(hash, response.ntResponse, 'server'),
  };
}
