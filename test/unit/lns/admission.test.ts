import { describe, expect, it } from 'vitest';
import { CallRateLimiter, SessionQuota } from '../../../lib/lns/admission.js';

describe('CallRateLimiter', () => {
  it('lets a burst through, then the rate', () => {
    const limiter = new CallRateLimiter({ perSecond: 10, burst: 3 }, 0);
    expect([0, 0, 0, 0].map((now) => limiter.take(now))).toEqual([true, true, true, false]);
    expect(limiter.take(99)).toBe(false);
    expect(limiter.take(101)).toBe(true);
    expect(limiter.take(102)).toBe(false);
  });

  it('never saves more than the burst', () => {
    const limiter = new CallRateLimiter({ perSecond: 10, burst: 2 }, 0);
    const later = Array.from({ length: 4 }, () => limiter.take(1_000_000));
    expect(later).toEqual([true, true, false, false]);
  });
});

describe('SessionQuota', () => {
  it('names the limit that refuses', () => {
    const quota = new SessionQuota('profile isp', 1, new CallRateLimiter({ perSecond: 1 }, 0));
    expect(quota.refusal(0)).toBeUndefined();
    quota.enter();
    expect(quota.refusal(0)).toEqual({
      text: 'profile isp: limit of 1 sessions reached',
      limit: 'maxSessions',
    });
    quota.leave();
    expect(quota.refusal(0)).toEqual({ text: 'profile isp: call rate exceeded', limit: 'callRate' });
    expect(quota.refusal(1000)).toBeUndefined();
  });
});
