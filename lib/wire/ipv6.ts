import { parseIpv4 } from './ipv4.js';

const groupBits = 16n;

/** The unsigned 128-bit number of an IPv6 address, or undefined where the text is none, or has a zone. */
export function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const first = groupsOf(head, tail === undefined);
  const last = tail === undefined ? [] : groupsOf(tail, true);
  if (first === undefined || last === undefined) return undefined;
  // The gap stands for at least one group.
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => 0);
  return [...first, ...zeros, ...last].reduce((number, group) => (number << groupBits) | BigInt(group), 0n);
}

/** Groups of 16 bits of a part without `::`. At the address's end the last may be an IPv4 address. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const ipv4 = isEnd ? parseIpv4(parts.at(-1) ?? '') : undefined;
  if (ipv4 !== undefined) parts.pop();
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  return ipv4 === undefined ? groups : [...groups, ipv4 >>> 16, ipv4 & 0xffff];
}

/** The canonical text of an address (RFC 5952). */
export function formatIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - i * 16)) & 0xffffn));
  // The longest run of two or more zeros, the first of equal ones.
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
    at += length;
  }
  const texts = groups.map((group) => group.toString(16));
  if (best.length < 2) return texts.join(':');
  return `${texts.slice(0, best.at).join(':')}::${texts.slice(best.at + best.length).join(':')}`;
}

/** The 16 octets of an address. */
export function ipv6Octets(address: bigint): Uint8Array {
  const octets = new Uint8Array(16);
  for (let i = 0; i < 4; i++) {
    const word = Number((address >> BigInt(96 - i * 32)) & 0xffff_ffffn);
    octets[i * 4] = word >>> 24;
    octets[i * 4 + 1] = word >>> 16;
    octets[i * 4 + 2] = word >>> 8;
    octets[i * 4 + 3] = word;
  }
  return octets;
}

/** An IPv6 network: the bits beyond `length` are zero. */
export interface Ipv6Prefix {
  readonly address: bigint;
  /** 0 to 128. */
  readonly length: number;
}

/** Reads `2001:db8::/32`; undefined where the text is no IPv6 network. Bits beyond the length are cut off. */
export function parseIpv6Prefix(text: string): Ipv6Prefix | undefined {
  const [network = '', digits = '', ...more] = text.split('/');
  const address = parseIpv6(network);
  const length = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : 129;
  if (address === undefined || more.length > 0 || length > 128) return undefined;
  return { address: maskIpv6(address, length), length };
}

export const formatIpv6Prefix = ({ address, length }: Ipv6Prefix): string =>
  `${formatIpv6(address)}/${length}`;

/** The address without the bits beyond `length`. */
export const maskIpv6 = (address: bigint, length: number): bigint =>
  (address >> BigInt(128 - length)) << BigInt(128 - length);
