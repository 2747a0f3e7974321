import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ipv4Range } from '../../../lib/pools/index.js';
import { mergeRanges, sizeOf, subtractRanges } from '../../../lib/pools/ranges.js';
import { Segments } from '../../../lib/pools/segments.js';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 15 }))
  .map(([first, more]) => ({ first, last: first + more }));
const ranges = fc.array(range, { maxLength: 12 });

const members = (some: readonly Ipv4Range[]): Set<number> =>
  new Set(some.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));

function expectTidy(some: readonly Ipv4Range[]): void {
  for (const { first, last } of some) expect(first).toBeLessThanOrEqual(last);
  for (let i = 1; i < some.length; i++)
    expect((some[i] as Ipv4Range).first).toBeGreaterThan((some[i - 1] as Ipv4Range).last);
}

describe('ranges', () => {
  it('merge to the same addresses, tidily', () => {
    fc.assert(
      fc.property(ranges, (some) => {
        const merged = mergeRanges(some);
        expectTidy(merged);
        for (let i = 1; i < merged.length; i++)
          expect((merged[i] as Ipv4Range).first).toBeGreaterThan((merged[i - 1] as Ipv4Range).last + 1);
        expect(members(merged)).toEqual(members(some));
        expect(sizeOf(merged)).toBe(members(some).size);
      }),
      { numRuns: 300 },
    );
  });

  it('do not share objects with what they came from', () => {
    const some = [
      { first: 1, last: 2 },
      { first: 2, last: 9 },
    ];
    mergeRanges(some);
    expect(some).toEqual([
      { first: 1, last: 2 },
      { first: 2, last: 9 },
    ]);
  });

  it('subtract as sets do', () => {
    fc.assert(
      fc.property(ranges, ranges, (some, holes) => {
        const left = subtractRanges(mergeRanges(some), mergeRanges(holes));
        expectTidy(left);
        const excluded = members(holes);
        expect(members(left)).toEqual(new Set([...members(some)].filter((one) => !excluded.has(one))));
      }),
      { numRuns: 600 },
    );
  });

  it('subtract 100,000 holes at once', () => {
    const holes = Array.from({ length: 100_000 }, (_, i) => ({ first: 2 * i, last: 2 * i }));
    expect(sizeOf(subtractRanges([{ first: 0, last: 300_000 }], holes))).toBe(200_001);
  });
});

describe('segments', () => {
  it('number addresses without gaps, both ways', () => {
    fc.assert(
      fc.property(ranges, (some) => {
        const tidy = mergeRanges(some);
        const segments = new Segments(tidy);
        const all = [...members(tidy)].sort((a, b) => a - b);
        expect(segments.size).toBe(all.length);
        all.forEach((address, index) => {
          expect(segments.find(address)?.index).toBe(index);
          expect(segments.addressAt(index)).toBe(address);
        });
        for (let address = 0; address < 80; address++)
          expect(segments.find(address) !== undefined).toBe(all.includes(address));
      }),
      { numRuns: 60 },
    );
  });

  it('reach to the end of the address space', () => {
    const segments = new Segments([
      { first: 0, last: 0 },
      { first: 0xfffffffe, last: 0xffffffff },
    ]);
    expect(segments.find(0xffffffff)).toEqual({ segment: 1, index: 2 });
    expect(segments.addressAt(2)).toBe(0xffffffff);
    expect(segments.find(1)).toBeUndefined();
    expect(segments.toString()).toBe('0.0.0.0, 255.255.255.254-255.255.255.255');
  });
});
