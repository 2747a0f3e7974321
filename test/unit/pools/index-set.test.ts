import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexSet } from '../../../lib/pools/index-set.js';

/** Sizes at which some level of the tree begins or ends. */
const SIZES = [1, 2, 31, 32, 33, 63, 64, 1023, 1024, 1025, 32_767, 32_768, 32_769, 65_536, 1_048_577];

function nextAbsent(size: number, taken: ReadonlySet<number>, from: number): number {
  for (let i = from; i < size; i++) if (!taken.has(i)) return i;
  return -1;
}

describe('IndexSet', () => {
  it('does what a plain set does', () => {
    const size = fc.constantFrom(...SIZES.filter((one) => one <= 2000));
    const step = fc.tuple(fc.constantFrom('add', 'addRun', 'delete', 'next'), fc.nat(4000), fc.nat(200));
    fc.assert(
      fc.property(size, fc.array(step, { maxLength: 60 }), (size, steps) => {
        const set = new IndexSet(size);
        const model = new Set<number>();
        for (const [what, where, length] of steps) {
          const index = where % size;
          switch (what) {
            case 'add':
              expect(set.add(index)).toBe(!model.has(index));
              model.add(index);
              break;
            case 'addRun':
              for (let i = index; i < Math.min(size, index + length); i++) {
                set.add(i);
                model.add(i);
              }
              break;
            case 'delete':
              expect(set.delete(index)).toBe(model.delete(index));
              break;
            case 'next':
              expect(set.nextAbsent(index)).toBe(nextAbsent(size, model, index));
              break;
          }
          expect(set.has(index)).toBe(model.has(index));
          expect(set.count).toBe(model.size);
        }
        expect([...set.values()]).toEqual([...model].sort((a, b) => a - b));
        expect(set.nextAbsent(0)).toBe(nextAbsent(size, model, 0));
      }),
      { numRuns: 300 },
    );
  });

  it.each(SIZES)('fills up and empties at size %i', (size) => {
    const set = new IndexSet(size);
    for (let i = 0; i < size; i++) {
      if (set.nextAbsent(0) !== i) throw new Error(`${set.nextAbsent(0)} instead of ${i}`);
      set.add(i);
    }
    expect(set.nextAbsent(0)).toBe(-1);
    expect(set.nextAbsent(size - 1)).toBe(-1);
    expect(set.nextAbsent(size)).toBe(-1);
    expect(set.count).toBe(size);
    for (const hole of [0, size >>> 1, size - 1]) {
      expect(set.delete(hole)).toBe(true);
      expect(set.nextAbsent(0)).toBe(hole);
      expect(set.nextAbsent(hole)).toBe(hole);
      expect(set.nextAbsent(hole + 1)).toBe(-1);
      expect(set.add(hole)).toBe(true);
    }
    for (let i = 0; i < size; i++) set.delete(i);
    expect(set.count).toBe(0);
    expect(set.nextAbsent(0)).toBe(0);
    expect([...set.values()]).toEqual([]);
  });

  it('never leaves its size', () => {
    for (const size of SIZES) {
      const set = new IndexSet(size);
      set.add(size - 1);
      expect(set.nextAbsent(size - 1)).toBe(-1);
      expect(set.nextAbsent(size + 5)).toBe(-1);
      expect([...set.values()]).toEqual([size - 1]);
    }
  });

  it('spans the whole address space', () => {
    const set = new IndexSet(2 ** 32);
    expect(set.nextAbsent(2 ** 32 - 1)).toBe(2 ** 32 - 1);
    set.add(2 ** 32 - 1);
    set.add(2 ** 31);
    expect(set.nextAbsent(2 ** 31)).toBe(2 ** 31 + 1);
    expect(set.nextAbsent(2 ** 32 - 1)).toBe(-1);
    expect([...set.values()]).toEqual([2 ** 31, 2 ** 32 - 1]);
  });
});
