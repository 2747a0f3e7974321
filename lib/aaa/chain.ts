import type { AuthenticationAnswer, AuthenticationRequest, Authenticator } from './types.js';

/**
 * Asks the first of several authenticators that knows the user, and only that one: a refusal is final. A user whom
 * nobody knows is left to the last, so that the refusal costs the time of a wrong password.
 *
 * @throws RangeError without any authenticator
 */
export function chain(...authenticators: readonly Authenticator[]): Authenticator {
  const last = authenticators.at(-1);
  if (last === undefined) throw new RangeError('chain() needs an authenticator');
  if (authenticators.length === 1) return last;
  return new Chain(authenticators, last);
}

const knows = (authenticator: Authenticator, user: string): boolean => authenticator.knows?.(user) ?? true;

class Chain implements Authenticator {
  readonly #authenticators: readonly Authenticator[];
  readonly #last: Authenticator;

  constructor(authenticators: readonly Authenticator[], last: Authenticator) {
    this.#authenticators = authenticators;
    this.#last = last;
  }

  knows(user: string): boolean {
    return this.#authenticators.some((one) => knows(one, user));
  }

  authenticate(request: AuthenticationRequest): AuthenticationAnswer | Promise<AuthenticationAnswer> {
    const decides = this.#authenticators.find((one) => knows(one, request.user)) ?? this.#last;
    return decides.authenticate(request);
  }
}
