import type { Ipv4Range } from './ipv4.js';

/** The same addresses as sorted ranges that neither overlap nor touch. */
export function mergeRanges(ranges: readonly Ipv4Range[]): Ipv4Range[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** What of `ranges` is not in `holes`. Both as `mergeRanges` gives them; so is the result. */
export function subtractRanges(ranges: readonly Ipv4Range[], holes: readonly Ipv4Range[]): Ipv4Range[] {
  const left: Ipv4Range[] = [];
  let next = 0;
  for (const { first, last } of ranges) {
    let from = first;
    // A hole may reach into the next range: it is stepped over only when it ends before this one does.
    for (; next < holes.length; next++) {
      const hole = holes[next] as Ipv4Range;
      if (hole.first > last) break;
      if (hole.first > from) left.push({ first: from, last: hole.first - 1 });
      from = Math.max(from, hole.last + 1);
      if (hole.last > last) break;
    }
    if (from <= last) left.push({ first: from, last });
  }
  return left;
}

export const sizeOf = (ranges: readonly Ipv4Range[]): number =>
  ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
