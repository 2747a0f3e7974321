import { describe, expect, it } from 'vitest';
import { LocalUsers } from '../../../lib/aaa/index.js';
import { seededRandom } from '../../support/random.js';
import { CALL, logIn, METHODS } from './log-in.js';

const users = {
  alice: { password: 'wonder', address: '10.65.1.1', ppp: { mppe: 'require' as const, echoInterval: 5 } },
  'jürgen@例え': { password: 'grüße' },
  mute: { password: '' },
};
const local = (more: Record<string, { password: string; pool?: string }> = {}) =>
  new LocalUsers({ users: { ...users, ...more }, random: seededRandom(1), localName: 'lns' });

describe.each(METHODS)('%s', (method) => {
  it('accepts the right password, at once, with the policy of the user', async () => {
    const result = await logIn(local(), { method, user: 'alice', password: 'wonder' });
    expect(result.server).toMatchObject({ kind: 'success', user: 'alice' });
    expect(result.client).toMatchObject({ kind: 'success' });
    expect(result.synchronous).toBe(true);
    expect(result.answers.at(-1)?.policy).toEqual({
      address: '10.65.1.1',
      ppp: { mppe: 'require', echoInterval: 5 },
    });
  });

  it('refuses a wrong password', async () => {
    const result = await logIn(local(), { method, user: 'alice', password: 'guess' });
    expect(result.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
    expect(result.answers.at(-1)).toMatchObject({ reason: 'wrong password' });
    expect(result.answers.at(-1)).not.toHaveProperty('policy');
  });

  it('refuses an unknown user, whatever the password', async () => {
    for (const password of ['wonder', 'x']) {
      const result = await logIn(local(), { method, user: 'mallory', password });
      expect(result.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
      expect(result.answers.at(-1)).toMatchObject({ reason: 'unknown user' });
    }
  });

  it('takes "*" for users without an entry, and for no others', async () => {
    const open = local({ '*': { password: 'pass', pool: 'guests' } });
    const bob = await logIn(open, { method, user: 'bob', password: 'pass' });
    expect(bob.server).toMatchObject({ kind: 'success', user: 'bob' });
    expect(bob.answers.at(-1)?.policy).toEqual({ pool: 'guests' });
    expect((await logIn(open, { method, user: 'alice', password: 'pass' })).server).toMatchObject({
      kind: 'failure',
    });
  });

  it('knows names and passwords beyond ASCII', async () => {
    const result = await logIn(local(), { method, user: 'jürgen@例え', password: 'grüße' });
    expect(result.server).toMatchObject({ kind: 'success' });
  });

  it('takes no property of objects for a user', async () => {
    for (const user of ['constructor', '__proto__', 'toString', 'Alice', 'alice ']) {
      const result = await logIn(local(), { method, user, password: 'wonder' });
      expect(result.server, user).toMatchObject({ kind: 'failure' });
    }
  });
});

describe('LocalUsers', () => {
  it('says whom it knows', () => {
    expect(local().knows('alice')).toBe(true);
    expect(local().knows('bob')).toBe(false);
    expect(local({ '*': { password: 'p' } }).knows('bob')).toBe(true);
    expect(local().size).toBe(3);
  });

  it('gives all sessions of a user one policy object, without the password', () => {
    const one = local();
    const request = {
      user: 'alice',
      method: 'pap' as const,
      credentials: { method: 'pap' as const, user: 'alice', password: new TextEncoder().encode('wonder') },
      call: CALL,
      signal: new AbortController().signal,
    };
    const first = one.authenticate(request);
    expect(first.policy).toBe(one.authenticate(request).policy);
    expect(JSON.stringify(first)).not.toContain('wonder');
  });

  it('spends as long on an unknown user as on a wrong password', () => {
    const one = local();
    const request = (user: string) => ({
      user,
      method: 'mschapv2' as const,
      credentials: {
        method: 'mschapv2' as const,
        user,
        identifier: 1,
        challenge: new Uint8Array(16),
        response: new Uint8Array(49),
      },
      call: CALL,
      signal: new AbortController().signal,
    });
    const time = (user: string): number => {
      const start = performance.now();
      one.authenticate(request(user));
      return performance.now() - start;
    };
    const pairs = Array.from({ length: 301 }, () => [time('alice'), time('mallory')] as const);
    const median = (which: 0 | 1): number => pairs.map((pair) => pair[which]).sort((a, b) => a - b)[150] ?? 0;
    const [known, unknown] = [median(0), median(1)];
    // Skipping the check would be some hundred times faster; the machine's noise is not.
    expect(unknown).toBeGreaterThan(known / 3);
    expect(unknown).toBeLessThan(known * 3);
  });
});
