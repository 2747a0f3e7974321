import { describe, expect, it } from 'vitest';
import { oncePerTurn } from '../../../lib/io/clock.js';

describe('a clock that is read once per turn', () => {
  it('stands still within a callback, and goes on in the next', async () => {
    let time = 0;
    const now = oncePerTurn(() => ++time);
    expect([now(), now(), now()]).toEqual([1, 1, 1]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([now(), now()]).toEqual([2, 2]);
    await Promise.resolve();
    expect(now()).toBe(3);
  });
});
