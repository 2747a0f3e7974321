/**
 * Authentication in PPP, both ends: PAP, CHAP with MD5, MS-CHAPv1, MS-CHAPv2 and EAP, the local check of passwords,
 * and the MPPE keys that come from it.
 */
export { AuthClient } from './client.js';
export { describeAuthPacket } from './describe.js';
export { chapMd5 } from './digest.js';
export { type EapMd5Options, type EapMd5State, EapMd5Verifier } from './eap-md5.js';
export { maskAuthPacket } from './mask.js';
export { md4 } from './md4.js';
export {
  type MppeBits,
  mppeKeysV1,
  mppeKeysV2,
  mppeSessionKey,
  mppeStartKey,
  startKeyV1,
} from './mppe-keys.js';
export {
  MSCHAP_ERROR,
  type MsChapFailure,
  formatMsChapFailure,
  parseMsChapFailure,
} from './mschap-message.js';
export {
  authenticatorResponse,
  challengeHash,
  challengeResponse,
  hashNtPasswordHash,
  lmPasswordHash,
  ntPasswordHash,
  ntResponse,
} from './mschap.js';
export { decodeName, MAX_NAME_OCTETS, withoutDomain } from './name.js';
export { AuthPacketError } from './packet.js';
export { AUTH_PROTOCOL, type AuthOption, authOption, CHAP_ALGORITHM, methodOfOption } from './protocol.js';
export { AuthServer } from './server.js';
export {
  type AuthClientOptions,
  type AuthFailureReason,
  type AuthMethod,
  type AuthOutcome,
  type AuthResult,
  type AuthServerOptions,
  type AuthTransmit,
  type Credentials,
  DEFAULT_RETRANSMIT,
  type EapCredentials,
  type MppeKeys,
  type PasswordCredentials,
  type Retransmit,
} from './types.js';
export { verify } from './verify.js';
