import { createHash } from 'node:crypto';

/** The hash of the parts as if they were one string of octets. */
export function digest(algorithm: 'md5' | 'sha1', ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The Response Value of CHAP with MD5 and of EAP MD5-Challenge (RFC 1994 section 4.1), 16 octets. */
export const chapMd5 = (identifier: number, secret: Uint8Array, challenge: Uint8Array): Uint8Array =>
  digest('md5', Uint8Array.of(identifier), secret, challenge);
