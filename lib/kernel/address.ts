import { isIP, isIPv6 } from 'node:net';

/** An address as the kernel takes it. */
export interface IpAddress {
  readonly family: 4 | 6;
  /** 4 or 16 octets. */
  readonly octets: Uint8Array;
}

/** A prefix: the bits beyond `length` are zero. */
export interface IpPrefix extends IpAddress {
  readonly length: number;
}

/**
 * Reads an IPv4 or IPv6 address in text form.
 *
 * @throws TypeError with `name` in its message
 */
export function parseAddress(text: string, name: string): IpAddress {
  const ipv4 = typeof text === 'string' ? readIpv4(text) : undefined;
  if (ipv4 !== undefined) return { family: 4, octets: ipv4 };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, octets: parseIpv6(text) };
  throw new TypeError(`${name} must be an IPv4 or IPv6 address, not ${show(text)}`);
}

/**
 * Reads a prefix such as `10.0.0.0/8`; an address without a length is itself alone.
 *
 * @throws TypeError or RangeError with `name` in its message
 */
export function parsePrefix(text: string, name: string): IpPrefix {
  const slash = typeof text === 'string' ? text.indexOf('/') : -1;
  const { family, octets } = parseAddress(slash < 0 ? text : text.slice(0, slash), name);
  const bits = octets.length * 8;
  const digits = slash < 0 ? `${bits}` : text.slice(slash + 1);
  const length = /^\d{1,3}$/.test(digits) ? Number(digits) : -1;
  if (length < 0 || length > bits)
    throw new RangeError(`${name}: the length of ${show(text)} must be 0 to ${bits}`);
  for (let i = 0; i < octets.length; i++) {
    const kept = Math.min(8, Math.max(0, length - i * 8));
    octets[i] = (octets[i] as number) & (0xff00 >> kept);
  }
  return { family, octets, length };
}

/** Whether text is an address of the family; text that is not a string is not. */
export const isAddress = (text: unknown, family?: 4 | 6): text is string =>
  typeof text === 'string' && (family === undefined ? isIP(text) !== 0 : isIP(text) === family);

/** How an error names a value of whatever type. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

/** The four octets of dotted text; `undefined` for anything else. By hand, since each session's addresses pass here. */
function readIpv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let place = 0;
  let value = 0;
  let digits = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : dot;
    if (code === dot) {
      if (digits === 0 || place > 3) return undefined;
      octets[place++] = value;
      value = 0;
      digits = 0;
    } else if (code >= zero && code <= zero + 9) {
      // No leading zeros: some readers take them for octal.
      if (digits > 0 && value === 0) return undefined;
      value = value * 10 + code - zero;
      digits++;
      if (value > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return place === 4 ? octets : undefined;
}

const zero = 0x30;
const dot = 0x2e;

function parseIpv6(text: string): Uint8Array {
  const octets = new Uint8Array(16);
  const gap = text.indexOf('::');
  const head = groups(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2));
  octets.set(head, 0);
  octets.set(tail, 16 - tail.length);
  return octets;
}

/** The octets of colon-separated groups, the last of which may be an IPv4 address. */
function groups(text: string): number[] {
  const octets: number[] = [];
  for (const group of text.split(':')) {
    if (group === '') continue;
    if (group.includes('.')) {
      octets.push(...(readIpv4(group) ?? []));
    } else {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    }
  }
  return octets;
}
