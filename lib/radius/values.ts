import {
  formatIpv4,
  formatIpv6,
  formatIpv6Prefix,
  ipv6Octets,
  type Ipv6Prefix,
  maskIpv6,
  parseIpv4,
  parseIpv6,
  parseIpv6Prefix,
  text,
  utf8,
} from '../wire/index.js';
import type { AttributeFormat } from './attribute-definition.js';
import { RadiusError } from './errors.js';

/** Text, addresses and prefixes are strings; `integer` and `date` (seconds since the epoch) are unsigned 32-bit. */
export type AttributeValue = string | number | Uint8Array;

export const isUnsigned32 = (value: AttributeValue): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

/** @throws RadiusError for octets that are no value of `format` */
export function decodeValue(format: AttributeFormat, octets: Uint8Array): AttributeValue {
  switch (format) {
    case 'text':
      return text(octets);
    case 'octets':
      return octets.slice();
    case 'integer':
    case 'date':
      return u32(exactly(octets, 4));
    case 'ipv4':
      return formatIpv4(u32(exactly(octets, 4)));
    case 'ipv6':
      return formatIpv6(ipv6Of(exactly(octets, 16)));
    case 'interface-id':
      return groups(exactly(octets, 8)).join(':');
    case 'ipv6-prefix':
      return decodePrefix(octets);
  }
}

/** @throws RadiusError for a value that is none of `format` */
export function encodeValue(format: AttributeFormat, value: AttributeValue): Uint8Array {
  switch (format) {
    case 'text':
      if (typeof value === 'string') return utf8(value);
      break;
    case 'octets':
      if (typeof value === 'string') return utf8(value);
      if (typeof value !== 'number') return value;
      break;
    case 'integer':
    case 'date':
      if (isUnsigned32(value)) return fromU32(value);
      break;
    case 'ipv4': {
      const address = typeof value === 'string' ? parseIpv4(value) : undefined;
      if (address !== undefined) return fromU32(address);
      break;
    }
    case 'ipv6': {
      const address = typeof value === 'string' ? parseIpv6(value) : undefined;
      if (address !== undefined) return ipv6Octets(address);
      break;
    }
    case 'interface-id': {
      const address = typeof value === 'string' ? parseIpv6(`::${value}`) : undefined;
      if (address !== undefined) return ipv6Octets(address).slice(8);
      break;
    }
    case 'ipv6-prefix': {
      const prefix = typeof value === 'string' ? parseIpv6Prefix(value) : undefined;
      if (prefix !== undefined) return encodePrefix(prefix);
      break;
    }
  }
  throw new RadiusError(`this is no value of the format ${format}`);
}

function exactly(octets: Uint8Array, length: number): Uint8Array {
  if (octets.length !== length)
    throw new RadiusError(`a value has ${octets.length} octets instead of ${length}`);
  return octets;
}

const u32 = (octets: Uint8Array): number =>
  (((octets[0] as number) << 24) |
    ((octets[1] as number) << 16) |
    ((octets[2] as number) << 8) |
    (octets[3] as number)) >>>
  0;

const fromU32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

const groups = (octets: Uint8Array): string[] =>
  Array.from({ length: octets.length / 2 }, (_, i) =>
    (((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number)).toString(16),
  );

/** RFC 3162 section 2.3: a reserved octet, the length in bits, and as many octets of the prefix as are needed. */
function decodePrefix(octets: Uint8Array): string {
  const length = octets[1];
  if (length === undefined || length > 128 || octets.length > 18 || (octets.length - 2) * 8 < length) {
    throw new RadiusError('a prefix does not fit its attribute');
  }
  const padded = new Uint8Array(16);
  padded.set(octets.subarray(2));
  const address = ipv6Of(padded);
  if (address !== maskIpv6(address, length)) throw new RadiusError('a prefix has bits beyond its length');
  return formatIpv6Prefix({ address, length });
}

function encodePrefix({ address, length }: Ipv6Prefix): Uint8Array {
  return Uint8Array.of(0, length, ...ipv6Octets(address).subarray(0, Math.ceil(length / 8)));
}

const ipv6Of = (octets: Uint8Array): bigint => octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
