import { describe, expect, it } from 'vitest';
import { IdPool } from '../../../lib/l2tp/ids.js';
import { seededRandom } from '../../support/random.js';

describe('ids', () => {
  it('are non-zero, unique and all of 65,535, then none', () => {
    const pool = new IdPool(seededRandom(1));
    const seen = new Set<number>();
    for (let i = 0; i < 65_535; i++) seen.add(pool.take() ?? 0);
    expect(seen.size).toBe(65_535);
    expect(seen.has(0)).toBe(false);
    expect(pool.used).toBe(65_535);
    expect(pool.take()).toBeUndefined();
    expect(pool.peek()).not.toBe(0);
    pool.free(4711);
    expect(pool.take()).toBe(4711);
  });

  it('are not sequential', () => {
    const pool = new IdPool(seededRandom(2));
    const ids = Array.from({ length: 100 }, () => pool.take() ?? 0);
    const steps = ids.slice(1).map((id, i) => id - (ids[i] ?? 0));
    expect(new Set(steps).size).toBeGreaterThan(90);
  });

  it('rest before they come again', () => {
    // A source that always draws the same would give a freed id back at once.
    const stuck = { bytes: (length: number) => new Uint8Array(length), below: () => 100 };
    const pool = new IdPool(stuck, 3);
    expect(pool.take()).toBe(100);
    pool.free(100);
    expect(pool.recent(100)).toBe(true);
    for (const id of [101, 102, 103]) {
      expect(pool.take()).toBe(id);
      pool.free(id);
    }
    expect(pool.recent(100)).toBe(false);
    expect(pool.take()).toBe(100);
  });

  it('that rest are used when there are no others', () => {
    const pool = new IdPool(seededRandom(3), 10);
    const ids = Array.from({ length: 65_535 }, () => pool.take() ?? 0);
    for (const id of ids.slice(0, 5)) pool.free(id);
    expect(Array.from({ length: 5 }, () => pool.take())).toEqual(ids.slice(0, 5));
    expect(pool.take()).toBeUndefined();
  });
});
