import { utf8 } from '../../wire/index.js';
import { digest } from './digest.js';
import { hashNtPasswordHash, lmPasswordHash, ntPasswordHash } from './mschap.js';
import type { MppeKeys } from './types.js';

/** Strength of MPPE in bits (RFC 3078 section 2.1). Linux's ppp_mppe knows 40 and 128. */
export type MppeBits = 40 | 56 | 128;

const PAD_1 = new Uint8Array(40);
const PAD_2 = new Uint8Array(40).fill(0xf2);
const MAGIC_MASTER = utf8('This is the MPPE Master Key');
const MAGIC_CLIENT_SENDS = utf8(
  'On the client side, this is the send key; on the server side, it is the receive key.',
);
const MAGIC_SERVER_SENDS = utf8(
  'On the client side, this is the receive key; on the server side, it is the send key.',
);

/** GetMasterKey (RFC 3079 section 3.4), 16 octets. */
export const masterKey = (passwordHashHash: Uint8Array, ntResponse: Uint8Array): Uint8Array =>
  digest('sha1', passwordHashHash, ntResponse, MAGIC_MASTER).slice(0, 16);

const asymmetricStartKey = (master: Uint8Array, magic: Uint8Array): Uint8Array =>
  digest('sha1', master, PAD_1, magic, PAD_2).slice(0, 16);

/**
 * Start keys after MS-CHAPv2 (RFC 3079 section 3), the same for every strength but for their length.
 *
 * @param ntResponse the 24-octet NT-Response of the peer's Response packet
 */
export function mppeKeysV2(
  passwordHash: Uint8Array,
  ntResponse: Uint8Array,
  end: 'server' | 'client',
): MppeKeys {
  const master = masterKey(hashNtPasswordHash(passwordHash), ntResponse);
  const serverSends = asymmetricStartKey(master, MAGIC_SERVER_SENDS);
  const clientSends = asymmetricStartKey(master, MAGIC_CLIENT_SENDS);
  return end === 'server'
    ? { send: serverSends, receive: clientSends }
    : { send: clientSends, receive: serverSends };
}

/** Get_Start_Key (RFC 3079 section 2.4): the 128-bit start key after MS-CHAPv1, 16 octets. */
export const startKeyV1 = (passwordHashHash: Uint8Array, challenge: Uint8Array): Uint8Array =>
  digest('sha1', passwordHashHash, passwordHashHash, challenge).slice(0, 16);

/**
 * Start keys after MS-CHAPv1 (RFC 3079 section 2): one for both directions.
 *
 * @param challenge the 8 octets of the Challenge packet
 */
export function mppeKeysV1(password: string, challenge: Uint8Array): MppeKeys {
  const key = startKeyV1(hashNtPasswordHash(ntPasswordHash(password)), challenge);
  const lm = lmPasswordHash(password)?.slice(0, 8) ?? new Uint8Array(0);
  return { send: key, receive: key, lm };
}

/**
 * The 16-octet start key that PPPIOCSCOMPRESS takes after the six octets of the MPPE option, for one direction;
 * undefined where there is none of that strength (see {@link MppeKeys.lm}). ppp_mppe uses the first 8 octets for 40
 * bits and all for 128, and makes the first session key from it (`mppe_rekey` with `initial_key`).
 */
export function mppeStartKey(
  keys: MppeKeys,
  direction: 'send' | 'receive',
  bits: MppeBits,
): Uint8Array | undefined {
  if (bits === 128 || keys.lm === undefined) return keys[direction];
  if (keys.lm.length === 0) return undefined;
  const padded = new Uint8Array(16);
  padded.set(keys.lm);
  return padded;
}

/**
 * Get_Key and GetNewKeyFromSHA of RFC 3079 sections 2.4 and 3.4 with the reduction of strength: the session key that
 * MPPE uses. The kernel does this for itself; it is here so that both ends of a link can be checked.
 *
 * @param startKey at least 8 octets for 40 and 56 bits, 16 for 128
 * @param current the session key so far; the start key at first
 */
export function mppeSessionKey(
  startKey: Uint8Array,
  bits: MppeBits,
  current: Uint8Array = startKey,
): Uint8Array {
  const length = bits === 128 ? 16 : 8;
  const key = digest('sha1', startKey.subarray(0, length), PAD_1, current.subarray(0, length), PAD_2).slice(
    0,
    length,
  );
  if (bits === 40) key.set([0xd1, 0x26, 0x9e]);
  if (bits === 56) key.set([0xd1]);
  return key;
}
