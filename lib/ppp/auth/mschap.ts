import { concat, hex, utf8 } from '../../wire/index.js';
import { desEncrypt } from './des.js';
import { digest } from './digest.js';
import { md4 } from './md4.js';
import { withoutDomain } from './name.js';

/** Octets of the Value in Response packets of both versions. */
export const MSCHAP_RESPONSE_LENGTH = 49;

/** NtPasswordHash: MD4 over the password in UTF-16LE (RFC 2759 section 8.3). */
export const ntPasswordHash = (password: string): Uint8Array => md4(Buffer.from(password, 'utf16le'));

/** HashNtPasswordHash (RFC 2759 section 8.4). */
export const hashNtPasswordHash = (passwordHash: Uint8Array): Uint8Array => md4(passwordHash);

/**
 * LmPasswordHash (RFC 2433 appendix A.2), undefined for passwords that have none: over 14 characters, or with
 * characters outside ASCII, whose octets would depend on a code page.
 */
export function lmPasswordHash(password: string): Uint8Array | undefined {
  if (!/^[\x20-\x7e]{0,14}$/.test(password)) return undefined;
  const padded = new Uint8Array(14);
  padded.set(utf8(password.toUpperCase()));
  const text = utf8('KGS!@#$%');
  return concat(desEncrypt(text, padded.subarray(0, 7)), desEncrypt(text, padded.subarray(7, 14)));
}

/**
 * ChallengeResponse (RFC 2759 section 8.5), 24 octets.
 *
 * @param challenge 8 octets
 */
export function challengeResponse(challenge: Uint8Array, passwordHash: Uint8Array): Uint8Array {
  const padded = new Uint8Array(21);
  padded.set(passwordHash);
  return concat(
    desEncrypt(challenge, padded.subarray(0, 7)),
    desEncrypt(challenge, padded.subarray(7, 14)),
    desEncrypt(challenge, padded.subarray(14, 21)),
  );
}

/**
 * ChallengeHash (RFC 2759 section 8.2), 8 octets. A domain before the name is left out of it, as section 4 says.
 */
export const challengeHash = (
  peerChallenge: Uint8Array,
  authenticatorChallenge: Uint8Array,
  user: string,
): Uint8Array =>
  digest('sha1', peerChallenge, authenticatorChallenge, utf8(withoutDomain(user))).subarray(0, 8);

/** GenerateNTResponse (RFC 2759 section 8.1), from the password's hash. */
export const ntResponse = (
  authenticatorChallenge: Uint8Array,
  peerChallenge: Uint8Array,
  user: string,
  passwordHash: Uint8Array,
): Uint8Array => challengeResponse(challengeHash(peerChallenge, authenticatorChallenge, user), passwordHash);

const MAGIC_1 = utf8('Magic server to client signing constant');
const MAGIC_2 = utf8('Pad to make it do more than one iteration');

/** GenerateAuthenticatorResponse (RFC 2759 section 8.7), from the password's hash: `S=` and 40 digits. */
export function authenticatorResponse(
  passwordHash: Uint8Array,
  response: Uint8Array,
  peerChallenge: Uint8Array,
  authenticatorChallenge: Uint8Array,
  user: string,
): string {
  const inner = digest('sha1', hashNtPasswordHash(passwordHash), response, MAGIC_1);
  const challenge = challengeHash(peerChallenge, authenticatorChallenge, user);
  return `S=${hex(digest('sha1', inner, challenge, MAGIC_2)).toUpperCase()}`;
}

/** The parts of an MS-CHAPv1 Response Value (RFC 2433 section 6). */
export interface MsChapV1Response {
  readonly lmResponse: Uint8Array;
  readonly ntResponse: Uint8Array;
  /** Whether the NT response is the one that counts. */
  readonly useNt: boolean;
}

/** @param value 49 octets; views of it are returned */
export const splitMsChapV1 = (value: Uint8Array): MsChapV1Response => ({
  lmResponse: value.subarray(0, 24),
  ntResponse: value.subarray(24, 48),
  useNt: value[48] === 1,
});

/** The parts of an MS-CHAPv2 Response Value (RFC 2759 section 4). Reserved octets and flags carry nothing. */
export interface MsChapV2Response {
  readonly peerChallenge: Uint8Array;
  readonly ntResponse: Uint8Array;
}

/** @param value 49 octets; views of it are returned */
export const splitMsChapV2 = (value: Uint8Array): MsChapV2Response => ({
  peerChallenge: value.subarray(0, 16),
  ntResponse: value.subarray(24, 48),
});

/** The Response Value for an NT response: LM part empty and unused, as RFC 2433 section 6 advises. */
export function msChapV1Value(response: Uint8Array): Uint8Array {
  const value = new Uint8Array(MSCHAP_RESPONSE_LENGTH);
  value.set(response, 24);
  value[48] = 1;
  return value;
}

export function msChapV2Value(peerChallenge: Uint8Array, response: Uint8Array): Uint8Array {
  const value = new Uint8Array(MSCHAP_RESPONSE_LENGTH);
  value.set(peerChallenge, 0);
  value.set(response, 24);
  return value;
}
