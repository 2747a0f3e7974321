import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel } from '../../../lib/io/timer-wheel.js';

interface Item {
  readonly name: number;
}

const item = (name: number): Item => ({ name });

/** Runs a wheel as its owner does: expire whenever it asks to, up to `until`. Gives what fired and when. */
function run(wheel: TimerWheel<Item>, until: number): { name: number; at: number }[] {
  const fired: { name: number; at: number }[] = [];
  for (;;) {
    const at = wheel.nextExpiry();
    if (at === undefined || at > until) return fired;
    wheel.expire(at, ({ name }) => fired.push({ name, at }));
  }
}

describe('TimerWheel', () => {
  it('hands out items in the order of their deadlines, each at its millisecond', () => {
    const wheel = new TimerWheel<Item>(1000);
    const deadlines = [1001, 1031, 1032, 1033, 1999, 2024, 5000, 34_000, 61_000, 1_000_000, 90_000_000];
    deadlines.toReversed().forEach((deadline) => wheel.schedule(item(deadline), deadline));
    expect(wheel.size).toBe(deadlines.length);
    expect(run(wheel, 1e9)).toEqual(deadlines.map((name) => ({ name, at: name })));
    expect(wheel.size).toBe(0);
    expect(wheel.nextExpiry()).toBeUndefined();
  });

  it('never fires early and at most a millisecond late for deadlines between milliseconds', () => {
    const wheel = new TimerWheel<Item>(0.7);
    wheel.schedule(item(1), 10.25);
    wheel.schedule(item(2), 11);
    expect(run(wheel, 100)).toEqual([
      { name: 1, at: 11 },
      { name: 2, at: 11 },
    ]);
  });

  it('keeps one deadline an item: moving and clearing replace it', () => {
    const wheel = new TimerWheel<Item>(0);
    const [a, b, c] = [item(1), item(2), item(3)];
    wheel.schedule(a, 50);
    wheel.schedule(b, 60);
    wheel.schedule(c, 70);
    wheel.schedule(a, 5000);
    wheel.schedule(b, 10);
    wheel.cancel(c);
    wheel.cancel(c);
    expect(wheel.deadlineOf(a)).toBe(5000);
    expect(wheel.deadlineOf(c)).toBeUndefined();
    wheel.schedule(c, 20);
    wheel.schedule(c, Infinity);
    expect(wheel.size).toBe(2);
    expect(run(wheel, 1e6)).toEqual([
      { name: 2, at: 10 },
      { name: 1, at: 5000 },
    ]);
  });

  it('knows an item that was handed out only if it has a new deadline', () => {
    const wheel = new TimerWheel<Item>(0);
    const [once, again] = [item(1), item(2)];
    for (const each of [once, again]) wheel.schedule(each, 10);
    wheel.expire(10, (each) => {
      expect(wheel.deadlineOf(each)).toBeUndefined();
      if (each === again) wheel.schedule(each, 20);
    });
    expect([once, again].map((each) => wheel.deadlineOf(each))).toEqual([undefined, 20]);
    expect(wheel.size).toBe(1);
    wheel.schedule(once, 15);
    wheel.cancel(again);
    expect(run(wheel, 100)).toEqual([{ name: 1, at: 15 }]);
    expect(wheel.size).toBe(0);
  });

  it('refuses a deadline that is not a number', () => {
    const wheel = new TimerWheel<Item>(0);
    expect(() => wheel.schedule(item(1), NaN)).toThrow(RangeError);
    expect(wheel.size).toBe(0);
  });

  it('hands out at the next call what a handler schedules for the past', () => {
    const wheel = new TimerWheel<Item>(0);
    const again = item(1);
    let times = 0;
    const fire = (fired: Item): void => {
      if (++times < 4) wheel.schedule(fired, 3);
    };
    wheel.schedule(again, 5);
    wheel.expire(10, fire);
    expect(times).toBe(1);
    expect(wheel.nextExpiry()).toBe(10);
    wheel.expire(10, fire);
    wheel.expire(10, fire);
    wheel.expire(10, fire);
    wheel.expire(10, fire);
    expect(times).toBe(4);
  });

  it('lets a handler clear and move items that are due in the same call', () => {
    const wheel = new TimerWheel<Item>(0);
    const [a, b, c, d] = [item(1), item(2), item(3), item(4)];
    [a, b, c, d].forEach((each) => wheel.schedule(each, 7));
    const fired: number[] = [];
    wheel.expire(7, ({ name }) => {
      fired.push(name);
      if (name === 1) {
        wheel.cancel(b);
        wheel.schedule(c, 9);
      }
    });
    expect(fired).toEqual([1, 4]);
    expect(run(wheel, 100)).toEqual([{ name: 3, at: 9 }]);
  });

  it('goes on for years, with deadlines further away than its levels reach', () => {
    const year = 365.25 * 86_400_000;
    const wheel = new TimerWheel<Item>(0);
    [0.02, 0.5, 1, 3, 70].forEach((years, index) => wheel.schedule(item(index), Math.round(years * year)));
    expect(run(wheel, 100 * year)).toEqual(
      [0.02, 0.5, 1, 3, 70].map((years, name) => ({ name, at: Math.round(years * year) })),
    );
    wheel.schedule(item(9), 100 * year + 1);
    const fired: number[] = [];
    wheel.expire(200 * year, ({ name }) => fired.push(name));
    expect(fired).toEqual([9]);
  });

  it('asks for few extra calls on the way to a deadline', () => {
    const wheel = new TimerWheel<Item>(123);
    wheel.schedule(item(1), 123 + 3_600_000);
    let calls = 0;
    while (wheel.size > 0) {
      wheel.expire(wheel.nextExpiry() as number, () => undefined);
      calls++;
    }
    expect(calls).toBeLessThanOrEqual(5);
  });

  it('agrees with a sorted list, whatever is done to it', () => {
    const command = fc.oneof(
      fc.record({ type: fc.constant('schedule' as const), name: fc.nat(20), delay: delay() }),
      fc.record({ type: fc.constant('cancel' as const), name: fc.nat(20) }),
      fc.record({ type: fc.constant('advance' as const), by: delay() }),
    );
    fc.assert(
      fc.property(fc.nat(1e9), fc.array(command, { maxLength: 60 }), (start, commands) => {
        const items = Array.from({ length: 21 }, (_, name) => item(name));
        const model = new Map<number, number>();
        const wheel = new TimerWheel<Item>(start);
        let now = start;
        for (const each of commands) {
          switch (each.type) {
            case 'schedule':
              wheel.schedule(items[each.name] as Item, now + each.delay);
              model.set(each.name, now + each.delay);
              break;
            case 'cancel':
              wheel.cancel(items[each.name] as Item);
              model.delete(each.name);
              break;
            case 'advance': {
              now += Math.max(0, each.by);
              const fired: { name: number; deadline: number }[] = [];
              wheel.expire(now, ({ name }) => fired.push({ name, deadline: model.get(name) as number }));
              const due = [...model].filter(([, deadline]) => deadline <= now);
              expect(fired.map(({ name }) => name).sort()).toEqual(due.map(([name]) => name).sort());
              for (const [name] of due) model.delete(name);
              // What was overdue when it was set comes first, the rest in order.
              const ordered = fired.map(({ deadline }) => Math.max(deadline, 0));
              const late = ordered.filter((deadline) => deadline <= now - Math.max(0, each.by));
              const rest = ordered.slice(late.length);
              expect(rest).toEqual([...rest].sort((a, b) => a - b));
              break;
            }
          }
          expect(wheel.size).toBe(model.size);
          const next = wheel.nextExpiry();
          if (model.size === 0) expect(next).toBeUndefined();
          else expect(next).toBeLessThanOrEqual(Math.max(now, Math.min(...model.values())));
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** Of every magnitude that has its own level, some in the past. */
function delay(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: -50, max: 40 }),
    fc.integer({ min: 0, max: 2000 }),
    fc.integer({ min: 0, max: 5_000_000 }),
    fc.integer({ min: 0, max: 2 ** 33 }),
  );
}
