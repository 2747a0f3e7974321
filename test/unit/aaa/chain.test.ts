import { describe, expect, it } from 'vitest';
import {
  type AuthenticationAnswer,
  type AuthenticationRequest,
  type Authenticator,
  chain,
  hookAuthenticator,
  LocalUsers,
} from '../../../lib/aaa/index.js';
import { seededRandom } from '../../support/random.js';
import { logIn } from './log-in.js';

const local = new LocalUsers({
  users: { alice: { password: 'wonder' } },
  random: seededRandom(1),
  localName: 'lns',
});
const hook = (password: string) =>
  hookAuthenticator({
    hook: (request) => ({ accept: request.verify(password), pool: 'remote' }),
    random: seededRandom(2),
    localName: 'lns',
  });

describe('chain', () => {
  it('lets local users decide about their own, and the next about all others', async () => {
    const both = chain(local, hook('remote'));
    const as = (user: string, password: string) => logIn(both, { method: 'mschapv2', user, password });
    expect((await as('alice', 'wonder')).answers.at(-1)).not.toMatchObject({ policy: { pool: 'remote' } });
    expect((await as('alice', 'wonder')).server).toMatchObject({ kind: 'success' });
    // A refusal is final: the hook would have accepted this password.
    expect((await as('alice', 'remote')).server).toMatchObject({ kind: 'failure' });
    expect((await as('bob', 'remote')).answers.at(-1)).toMatchObject({ policy: { pool: 'remote' } });
    expect((await as('bob', 'wonder')).server).toMatchObject({ kind: 'failure' });
  });

  it('serves EAP, whose rounds all go to the same authenticator', async () => {
    const both = chain(local, hook('remote'));
    for (const [user, password] of [
      ['alice', 'wonder'],
      ['bob', 'remote'],
    ] as const) {
      expect((await logIn(both, { method: 'eap', user, password })).client).toMatchObject({
        kind: 'success',
      });
    }
  });

  it('leaves a user whom nobody knows to the last', () => {
    const asked: string[] = [];
    const one = (name: string, users: readonly string[]): Authenticator => ({
      knows: (user) => users.includes(user),
      authenticate: (): AuthenticationAnswer => {
        asked.push(name);
        return { result: { kind: 'reject' } };
      },
    });
    const three = chain(one('a', ['x']), one('b', ['y']), one('c', ['z']));
    const request = (user: string) => ({ user }) as AuthenticationRequest;
    for (const user of ['z', 'x', 'nobody', 'y']) void three.authenticate(request(user));
    expect(asked).toEqual(['c', 'a', 'c', 'b']);
    expect(three.knows?.('y')).toBe(true);
    expect(three.knows?.('nobody')).toBe(false);
    expect(chain(chain(local, one('b', ['y'])), one('c', ['z'])).knows?.('y')).toBe(true);
  });

  it('is the authenticator itself when there is one, and nothing without any', () => {
    expect(chain(local)).toBe(local);
    expect(() => chain()).toThrow(RangeError);
  });
});
