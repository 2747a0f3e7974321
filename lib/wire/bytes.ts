const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false });

/** Most texts are short and plain: writing those here takes a fraction of a call of the encoder. */
const shortText = 64;

export function utf8(text: string): Uint8Array {
  const { length } = text;
  if (length > shortText) return encoder.encode(text);
  const octets = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return encoder.encode(text);
    octets[at] = unit;
  }
  return octets;
}

/** Whether each character of a text is one octet, and few they are. */
export function isShortAscii(text: string): boolean {
  if (text.length > shortText) return false;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Decodes text for people to read: octets that are not UTF-8 become U+FFFD. */
export const text = (bytes: Uint8Array): string => decoder.decode(bytes);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const fromHex = (digits: string): Uint8Array =>
  new Uint8Array(Buffer.from(digits.replace(/\s+/g, ''), 'hex'));

/** Compares in a time that depends on the lengths alone, for authenticators. */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
