import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DialFailure } from '../../../lib/dial/failure.js';
import { RedialPolicy } from '../../../lib/dial/redial-policy.js';
import { seededRandom } from '../../support/random.js';

const call: DialFailure = { stage: 'call', text: '' };
const denied: DialFailure = { stage: 'authentication', text: '' };
const options = { persist: true, first: 1000, cap: 60_000, maxTries: 0 };

describe('waits between tries', () => {
  it('are between half and whole of a time that doubles up to the longest', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 50 }),
        (seed, first, times) => {
          const cap = first * times;
          const policy = new RedialPolicy({ ...options, first, cap }, seededRandom(seed));
          for (let n = 0; n < 40; n++) {
            const whole = Math.min(cap, first * 2 ** n);
            const wait = policy.next(call, undefined) ?? -1;
            expect(wait).toBeGreaterThanOrEqual(whole / 2);
            expect(wait).toBeLessThanOrEqual(whole);
          }
        },
      ),
    );
  });

  it('begin anew after a link that held, not after one that falls at once', () => {
    const policy = new RedialPolicy(options, seededRandom(1));
    for (let n = 0; n < 10; n++) policy.next(call, undefined);
    expect(policy.next(call, 29_999)).toBeGreaterThan(1000);
    expect(policy.next(call, 30_000)).toBeLessThanOrEqual(1000);
  });

  it.each([{ first: 0 }, { first: 10, cap: 9 }, { maxTries: -1 }, { maxTries: 0.5 }])(
    'refuse %j',
    (wrong) => {
      expect(() => new RedialPolicy({ ...options, ...wrong }, seededRandom(1))).toThrow(RangeError);
    },
  );
});

describe('the last try', () => {
  it('is the first without persist', () => {
    expect(new RedialPolicy({ ...options, persist: false }, seededRandom(1)).next(call, 1e6)).toBeUndefined();
  });

  it('is the one after so many in a row, and success counts from the start', () => {
    const policy = new RedialPolicy({ ...options, maxTries: 3 }, seededRandom(1));
    expect(policy.next(call, undefined)).toBeDefined();
    expect(policy.next(call, undefined)).toBeDefined();
    expect(policy.next(call, 10)).toBeDefined();
    expect(policy.next(call, undefined)).toBeDefined();
    expect(policy.next(call, undefined)).toBeDefined();
    expect(policy.next(call, undefined)).toBeUndefined();
  });

  it('is a refused log-in, unless one has succeeded before', () => {
    const policy = new RedialPolicy(options, seededRandom(1));
    expect(policy.next(denied, undefined)).toBeUndefined();
    policy.next(call, 10);
    expect(policy.next(denied, undefined)).toBeDefined();
  });
});
