import { createHash } from 'node:crypto';
import { concat } from '../wire/index.js';

const block = 16;

/**
 * Hides the value of an AVP (RFC 2661 section 4.3).
 * @param attribute the AVP's Attribute Type
 * @param secret the tunnel's shared secret
 * @param randomVector value of the Random Vector AVP that precedes it in the message
 * @param padding random octets that conceal the length; may be empty
 * @returns the value field of the hidden AVP: 2 octets longer than `value` and `padding`
 */
export function hideValue(
  attribute: number,
  value: Uint8Array,
  secret: Uint8Array,
  randomVector: Uint8Array,
  padding: Uint8Array,
): Uint8Array {
  const hidden = concat(Uint8Array.of(value.length >>> 8, value.length), value, padding);
  let key = firstKey(attribute, secret, randomVector);
  for (let at = 0; at < hidden.length; at += block) {
    const chunk = hidden.subarray(at, at + block);
    for (let i = 0; i < chunk.length; i++) chunk[i] = (chunk[i] as number) ^ (key[i] as number);
    if (at + block < hidden.length) key = nextKey(secret, chunk);
  }
  return hidden;
}

/**
 * Reverses {@link hideValue}.
 * @returns the original value; `undefined` when it does not fit, as it happens with another secret
 */
export function unhideValue(
  attribute: number,
  hidden: Uint8Array,
  secret: Uint8Array,
  randomVector: Uint8Array,
): Uint8Array | undefined {
  if (hidden.length < 2) return undefined;
  const plain = new Uint8Array(hidden.length);
  let key = firstKey(attribute, secret, randomVector);
  for (let at = 0; at < hidden.length; at += block) {
    const end = Math.min(at + block, hidden.length);
    for (let i = at; i < end; i++) plain[i] = (hidden[i] as number) ^ (key[i - at] as number);
    if (end < hidden.length) key = nextKey(secret, hidden.subarray(at, end));
  }
  const length = ((plain[0] as number) << 8) | (plain[1] as number);
  return length > plain.length - 2 ? undefined : plain.subarray(2, 2 + length);
}

const firstKey = (attribute: number, secret: Uint8Array, randomVector: Uint8Array): Uint8Array =>
  createHash('md5')
    .update(Uint8Array.of(attribute >>> 8, attribute))
    .update(secret)
    .update(randomVector)
    .digest();

const nextKey = (secret: Uint8Array, previous: Uint8Array): Uint8Array =>
  createHash('md5').update(secret).update(previous).digest();
