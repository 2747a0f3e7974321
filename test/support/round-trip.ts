import { expect } from 'vitest';
import { hex } from '../../lib/wire/index.js';

/** Both directions of a codec. */
export interface RoundTripCodec<T> {
  readonly encode: (value: T) => Uint8Array;
  /** Decodes octets that may lie anywhere within a larger buffer; a typed error is thrown or returned. */
  readonly decode: (bytes: Uint8Array) => T;
}

/**
 * Encodes, decodes and encodes again; both encodings and both values have to agree, whatever lies around the octets in
 * memory.
 * @param length what the encoding has to be long in octets, where that is known
 * @returns the encoding, for further checks
 */
export function expectRoundTrip<T>(codec: RoundTripCodec<T>, value: T, length?: number): Uint8Array {
  const encoded = codec.encode(value);
  if (length !== undefined) expect(encoded.length, 'encoded length').toBe(length);
  const decoded = codec.decode(surround(encoded));
  expect(withoutUndefined(decoded), 'decoded value').toEqual(withoutUndefined(value));
  const again = codec.encode(decoded);
  expect(hex(again), 'second encoding').toBe(hex(encoded));
  return encoded;
}

/**
 * Checks a codec against octets known from elsewhere: they decode to `value`, and `value` encodes to them.
 * @param octets hexadecimal, white space is ignored
 */
export function expectGolden<T>(codec: RoundTripCodec<T>, octets: string, value: T): void {
  const wanted = octets.replace(/\s+/g, '').toLowerCase();
  expect(hex(codec.encode(value)), 'encoding').toBe(wanted);
  const bytes = new Uint8Array(Buffer.from(wanted, 'hex'));
  expect(withoutUndefined(codec.decode(surround(bytes))), 'decoded value').toEqual(withoutUndefined(value));
}

/** A view into a larger buffer of ones, which shows reads beside it. */
function surround(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 32).fill(0xff);
  around.set(bytes, 16);
  return around.subarray(16, 16 + bytes.length);
}

/** An absent field and one that is `undefined` are the same. Buffers compare as the octets that they are. */
function withoutUndefined(value: unknown): unknown {
  if (value instanceof Uint8Array) return `octets ${hex(value)}`;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, withoutUndefined(field)]),
  );
}
