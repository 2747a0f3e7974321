import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../lib/io/index.js';

describe('systemRandom', () => {
  it('gives octets that the caller owns and that never come again', () => {
    const seen = new Set<string>();
    for (const length of [16, 16, 16, 4096, 5000, 16]) {
      const bytes = systemRandom.bytes(length);
      expect(bytes).toHaveLength(length);
      seen.add(Buffer.from(bytes.slice(0, 16)).toString('hex'));
      bytes.fill(0);
    }
    for (let i = 0; i < 2000; i++) seen.add(Buffer.from(systemRandom.bytes(16)).toString('hex'));
    expect(seen.size).toBe(2006);
    expect(seen.has('00'.repeat(16))).toBe(false);
    expect(systemRandom.bytes(0)).toHaveLength(0);
  });

  it.each([1, 2, 3, 10, 65_536, 0x1_0000_0000])('gives integers below %d', (limit) => {
    for (let i = 0; i < 200; i++) {
      const value = systemRandom.below(limit);
      expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
    }
  });

  it('favours none', () => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 12_000; i++) {
      const value = systemRandom.below(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // 2,000 each; ten standard deviations are 430.
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(600);
  });

  it('refuses a limit that it cannot serve', () => {
    for (const limit of [0, -1, 1.5, NaN, 0x1_0000_0001]) {
      expect(() => systemRandom.below(limit)).toThrow(RangeError);
    }
  });
});
