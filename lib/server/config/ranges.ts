import { isIPv4 } from 'node:net';

/** IPv4 addresses as numbers, both ends included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

export const addressNumber = (address: string): number =>
  address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);

export const formatAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');

/**
 * An address, a CIDR or a range `FIRST-LAST`.
 *
 * @returns advice where the text is nearly right, `undefined` where it is none of these
 */
export function parseRange(text: string): AddressRange | string | undefined {
  const [start = '', end, ...more] = text.split(/\s*-\s*/);
  if (more.length > 0) return undefined;
  if (end !== undefined) {
    if (!isIPv4(start) || !isIPv4(end)) return undefined;
    const range = { first: addressNumber(start), last: addressNumber(end) };
    return range.first <= range.last ? range : `its ends are the wrong way round; write ${end}-${start}`;
  }
  const [address = '', length = '32', ...rest] = start.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || rest.length > 0) return undefined;
  const bits = Number(length);
  if (bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const number = addressNumber(address);
  const first = number - (number % size);
  if (first !== number) return `the network is ${formatAddress(first)}/${bits}`;
  return { first, last: first + size - 1 };
}

/** What of `ranges` is in none of `excluded`. */
export function subtract(
  ranges: readonly AddressRange[],
  excluded: readonly (AddressRange | string)[],
): AddressRange[] {
  let left = [...ranges];
  for (const hole of excluded) {
    if (typeof hole === 'string') continue;
    left = left.flatMap((range) =>
      [
        { first: range.first, last: Math.min(range.last, hole.first - 1) },
        { first: Math.max(range.first, hole.last + 1), last: range.last },
      ].filter(({ first, last }) => first <= last),
    );
  }
  return left;
}

export const sizeOf = (ranges: readonly AddressRange[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);

export const contains = (range: AddressRange, address: number): boolean =>
  range.first <= address && address <= range.last;
