import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LnsHealth } from '../../../lib/lac/lns-health.js';
import { type Candidate, selectLns } from '../../../lib/lac/selection.js';

const retry = { first: 1000, cap: 8000 };

interface Lns extends Candidate {
  name: string;
  sessions: number;
  hasRoom: boolean;
}

const lns = (name: string, { weight = 1, priority = 0, room = true } = {}): Lns => ({
  name,
  weight,
  priority,
  sessions: 0,
  hasRoom: room,
  health: new LnsHealth(retry),
});

const nobody: ReadonlySet<Lns> = new Set();

describe('the health of an LNS', () => {
  it('sets it aside for a time that doubles, up to a cap, until it answers', () => {
    const health = new LnsHealth(retry);
    let now = 0;
    for (const expected of [1000, 2000, 4000, 8000, 8000]) {
      expect(health.isAvailable(now)).toBe(true);
      health.beginCall();
      health.setAside('silent', now);
      expect(health.isAvailable(now + expected - 1)).toBe(false);
      now += expected;
    }
    health.beginCall();
    health.recover();
    expect(health.aside).toBeUndefined();
    health.setAside('silent', now);
    expect(health.aside).toEqual({ until: now + 1000, reason: 'silent' });
  });

  it('counts what many callers see at once as one failure', () => {
    const health = new LnsHealth(retry);
    for (let i = 0; i < 50; i++) health.setAside('silent', i);
    expect(health.aside?.until).toBe(1000);
  });

  it('lets one call try, and the others wait for it', () => {
    const health = new LnsHealth(retry);
    health.setAside('silent', 0);
    expect(health.isAvailable(1000)).toBe(true);
    health.beginCall();
    expect(health.isAvailable(1000)).toBe(false);
    health.withdrawCall();
    expect(health.isAvailable(1000)).toBe(true);
    health.beginCall();
    health.recover();
    expect(health.isAvailable(1000)).toBe(true);
  });
});

describe('the choice of an LNS', () => {
  it('spreads sessions by weight', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const all = weights.map((weight, index) => lns(`l${index}`, { weight }));
        const sum = weights.reduce((a, b) => a + b, 0);
        for (let i = 0; i < sum * 10; i++) {
          const chosen = selectLns(all, nobody, 0);
          if (chosen !== undefined) chosen.sessions++;
        }
        expect(all.map(({ sessions }) => sessions)).toEqual(weights.map((weight) => weight * 10));
      }),
    );
  });

  it('never gives one that the call has been to, that is full, or set aside while another is there', () => {
    const candidate = fc.record({
      priority: fc.integer({ min: 0, max: 3 }),
      room: fc.boolean(),
      aside: fc.boolean(),
      tried: fc.boolean(),
      sessions: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 8 }), (rows) => {
        const all = rows.map(({ sessions, ...row }, index) => ({ ...lns(`l${index}`, row), sessions }));
        const tried = new Set(all.filter((_, index) => rows[index]?.tried));
        for (const [index, one] of all.entries()) if (rows[index]?.aside) one.health.setAside('x', index);
        const chosen = selectLns(all, tried, 10);
        const open = all.filter((one) => one.hasRoom && !tried.has(one));
        const healthy = open.filter(({ health }) => health.isAvailable(10));
        if (open.length === 0) expect(chosen).toBeUndefined();
        else if (healthy.length === 0) expect(chosen).toBe(open[0]);
        else {
          expect(healthy).toContain(chosen);
          expect(chosen?.priority).toBe(Math.min(...healthy.map(({ priority }) => priority)));
        }
      }),
    );
  });
});
