import { formatIpv4, parseIpv4 } from '../wire/index.js';
import { PoolError } from './errors.js';

/** IPv4 addresses as unsigned 32-bit numbers, both ends included. */
export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** A range as it was written. */
export interface ParsedRange extends Ipv4Range {
  /** Prefix length of a CIDR; absent for addresses and `FIRST-LAST`. */
  readonly prefix?: number;
}

export const formatRange = ({ first, last }: Ipv4Range): string =>
  first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`;

/**
 * Reads `10.0.0.10-10.0.0.200`, `10.0.0.0/24` or `10.0.0.10`; blanks may stand around the hyphen.
 *
 * @returns all that the text covers, both ends of a CIDR included
 * @throws PoolError `syntax`, with what would be right where that can be told
 */
export function parseRange(text: string): ParsedRange {
  const [start = '', end, extra] = text.split(/ *- */);
  if (end !== undefined && extra === undefined) return parseEnds(text, start, end);
  const slash = start.indexOf('/');
  if (end === undefined && slash >= 0) return parseCidr(text, start.slice(0, slash), start.slice(slash + 1));
  const address = parseIpv4(start);
  if (end !== undefined || address === undefined) throw syntax(text, EXPECTED);
  return { first: address, last: address };
}

const EXPECTED = 'write a network (10.65.0.0/18), a range (10.65.0.10-10.65.0.99) or an address';

const syntax = (text: string, advice: string): PoolError =>
  new PoolError('syntax', `${JSON.stringify(text)} is not right; ${advice}`);

function parseEnds(text: string, start: string, end: string): ParsedRange {
  const first = parseIpv4(start);
  const last = parseIpv4(end);
  if (first === undefined || last === undefined) throw syntax(text, EXPECTED);
  if (first > last) throw syntax(text, `its ends are the wrong way round; write ${end}-${start}`);
  return { first, last };
}

function parseCidr(text: string, network: string, length: string): ParsedRange {
  const address = parseIpv4(network);
  const prefix = Number(length);
  if (address === undefined || !/^(0|[1-9][0-9]?)$/.test(length) || prefix > 32) throw syntax(text, EXPECTED);
  const size = 2 ** (32 - prefix);
  const first = address - (address % size);
  if (first !== address) throw syntax(text, `the network is ${formatIpv4(first)}/${prefix}`);
  return { first, last: first + size - 1, prefix };
}

/** What a host cannot have: "this network", loopback, multicast, and the broadcast address (RFC 6890). */
const NOT_UNICAST: readonly Ipv4Range[] = [
  { first: 0x00000000, last: 0x00ffffff },
  { first: 0x7f000000, last: 0x7fffffff },
  { first: 0xe0000000, last: 0xefffffff },
  { first: 0xffffffff, last: 0xffffffff },
];

/** The addresses of `range` that no host can have, or undefined where it has none. */
export function notUnicast(range: Ipv4Range): Ipv4Range | undefined {
  const bad = NOT_UNICAST.find(({ first, last }) => range.first <= last && range.last >= first);
  return bad && { first: Math.max(bad.first, range.first), last: Math.min(bad.last, range.last) };
}

/** Whether a host may have the address. */
export const isUnicast = (address: number): boolean =>
  notUnicast({ first: address, last: address }) === undefined;
