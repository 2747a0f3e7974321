import { createHash } from 'node:crypto';
import { RadiusError } from './errors.js';

const block = 16;

const md5 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** XORs blocks with MD5(secret + what came before), each block's key from the ciphertext before it. */
function chainCipher(text: Uint8Array, secret: Uint8Array, first: Uint8Array, reveal: boolean): Uint8Array {
  const result = new Uint8Array(text.length);
  let before = first;
  for (let at = 0; at < text.length; at += block) {
    const key = md5(secret, before);
    for (let i = at; i < at + block; i++) result[i] = (text[i] as number) ^ (key[i - at] as number);
    before = (reveal ? text : result).subarray(at, at + block);
  }
  return result;
}

const padded = (octets: Uint8Array): Uint8Array => {
  const result = new Uint8Array(Math.max(block, Math.ceil(octets.length / block) * block));
  result.set(octets);
  return result;
};

/** Octets that fit into a User-Password (RFC 2865 section 5.2). */
export const maxPassword = 128;

/** User-Password as it is sent (RFC 2865 section 5.2). @throws RadiusError for more than 128 octets */
export function hidePassword(
  password: Uint8Array,
  secret: Uint8Array,
  authenticator: Uint8Array,
): Uint8Array {
  if (password.length > maxPassword) throw new RadiusError('a password of over 128 octets cannot be sent');
  return chainCipher(padded(password), secret, authenticator, false);
}

/** The same backwards; octets that pad are left in place. @throws RadiusError */
export function revealPassword(
  hidden: Uint8Array,
  secret: Uint8Array,
  authenticator: Uint8Array,
): Uint8Array {
  if (hidden.length === 0 || hidden.length % block !== 0)
    throw new RadiusError('a hidden value has odd length');
  return chainCipher(hidden, secret, authenticator, true);
}

/**
 * A salted value as it is sent (RFC 2868 section 3.5, RFC 2548 section 2.4.2): salt, then length and value hidden.
 * @param salt two octets, the highest bit of the first set
 */
export function hideSalted(
  value: Uint8Array,
  secret: Uint8Array,
  authenticator: Uint8Array,
  salt: Uint8Array,
): Uint8Array {
  const plain = new Uint8Array(1 + value.length);
  plain[0] = value.length;
  plain.set(value, 1);
  const first = Buffer.concat([authenticator, salt]);
  return Buffer.concat([salt, chainCipher(padded(plain), secret, first, false)]);
}

/** The same backwards. @throws RadiusError for a value that cannot have been hidden so, or with another secret */
export function revealSalted(hidden: Uint8Array, secret: Uint8Array, authenticator: Uint8Array): Uint8Array {
  if (hidden.length < 2 + block || (hidden.length - 2) % block !== 0) {
    throw new RadiusError('a salted value has odd length');
  }
  const first = Buffer.concat([authenticator, hidden.subarray(0, 2)]);
  const plain = chainCipher(hidden.subarray(2), secret, first, true);
  const length = plain[0] as number;
  if (length > plain.length - 1) throw new RadiusError('a salted value is longer than its attribute');
  return plain.subarray(1, 1 + length);
}
