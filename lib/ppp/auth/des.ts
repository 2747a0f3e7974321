import { createCipheriv } from 'node:crypto';

/**
 * Spreads a 56-bit key over 8 octets with odd parity in the lowest bit of each (RFC 2759 section 9.3).
 *
 * @param key 7 octets
 */
export function desKey(key: Uint8Array): Uint8Array {
  const spread = new Uint8Array(8);
  for (let i = 0; i < 8; i++) {
    const above = i === 0 ? 0 : (key[i - 1] as number);
    const below = i === 7 ? 0 : (key[i] as number);
    const bits = ((above << (8 - i)) | (below >>> i)) & 0xfe;
    let parity = bits;
    parity ^= parity >>> 4;
    parity ^= parity >>> 2;
    parity ^= parity >>> 1;
    spread[i] = bits | (~parity & 1);
  }
  return spread;
}

/**
 * DesEncrypt of RFC 2759 section 8.6: one block of single DES, ECB. OpenSSL 3 has single DES in its legacy provider
 * only, but triple DES with three equal keys is the same function.
 *
 * @param clear 8 octets
 * @param key 7 octets
 */
export function desEncrypt(clear: Uint8Array, key: Uint8Array): Uint8Array {
  const single = desKey(key);
  const triple = new Uint8Array(24);
  triple.set(single, 0);
  triple.set(single, 8);
  triple.set(single, 16);
  const cipher = createCipheriv('des-ede3', triple, null).setAutoPadding(false);
  return new Uint8Array(cipher.update(clear));
}
