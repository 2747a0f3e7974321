import { expect, test } from 'vitest';
import { placeTime, StartingCalls } from '../../../lib/lns/starting-calls.js';

function world(limit: number) {
  const calls = new StartingCalls<{ readonly name: string }>(limit);
  const begun: string[] = [];
  const enter = (name: string, now = 0): { readonly name: string } => {
    const call = { name };
    calls.enter(call, () => begun.push(name), now);
    return call;
  };
  return { calls, begun, enter };
}

test('so many start at once, and the others in turn as places come free', () => {
  const { calls, begun, enter } = world(2);
  const [a, b, c] = [enter('a'), enter('b'), enter('c'), enter('d')];
  expect(begun).toEqual(['a', 'b']);
  calls.leave(b, 1);
  expect(begun).toEqual(['a', 'b', 'c']);
  calls.leave(c, 2);
  calls.leave(a, 3);
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  expect(calls.waiting).toBe(0);
});

test('who gives up while waiting is passed over, and frees no place', () => {
  const { calls, begun, enter } = world(1);
  const a = enter('a');
  const b = enter('b');
  enter('c');
  calls.leave(b, 1);
  expect(begun).toEqual(['a']);
  calls.leave(a, 2);
  expect(begun).toEqual(['a', 'c']);
});

test('who goes on again counts again, beyond the limit', () => {
  const { calls, begun, enter } = world(1);
  const a = enter('a');
  const b = enter('b');
  calls.leave(a, 1);
  expect(begun).toEqual(['a', 'b']);
  calls.resume(a, 2);
  enter('c', 3);
  calls.leave(b, 4);
  expect(begun).toEqual(['a', 'b']);
  calls.leave(a, 5);
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('who does not go on loses its place after a while', () => {
  const { calls, begun, enter } = world(2);
  enter('silent');
  enter('later', 10);
  expect(calls.pollTimeout()).toBeUndefined();
  const c = enter('c', 20);
  expect(calls.pollTimeout()).toBe(placeTime);
  calls.handleTimeout(placeTime - 1);
  expect(begun).toEqual(['silent', 'later']);
  calls.handleTimeout(placeTime);
  expect(begun).toEqual(['silent', 'later', 'c']);
  expect(calls.pollTimeout()).toBeUndefined();
  enter('d', placeTime);
  expect(calls.pollTimeout()).toBe(10 + placeTime);
  calls.leave(c, placeTime + 1);
  expect(begun).toEqual(['silent', 'later', 'c', 'd']);
});
