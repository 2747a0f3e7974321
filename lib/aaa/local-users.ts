import { type AuthResult, type Credentials, EapMd5Verifier, verify } from '../ppp/index.js';
import { hex, type Random } from '../wire/index.js';
import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  SubscriberPolicy,
} from './types.js';

/** A user with a password of ours, and what differs for this user. */
export interface LocalUser extends SubscriberPolicy {
  readonly password: string;
}

/** Stands in a map of users for every user without an entry. */
export const ANY_USER = '*';

export interface LocalUsersOptions {
  /** By user name, compared octet for octet; {@link ANY_USER} is any user without an entry. */
  readonly users: Readonly<Record<string, LocalUser>>;
  /** Makes EAP challenges. */
  readonly random: Random;
  /** Our name in EAP challenges. */
  readonly localName: string;
}

interface Entry {
  readonly password: string;
  /** Shared by all sessions of the user. */
  readonly policy: SubscriberPolicy;
}

/**
 * Users from the configuration. Answers at once; EAP is served by MD5-Challenge. A user without an entry costs the
 * same computation as a wrong password, so that the time does not tell which names exist.
 */
export class LocalUsers implements Authenticator {
  readonly #entries = new Map<string, Entry>();
  readonly #any: Entry | undefined;
  /** What a name without an entry is checked against: nobody knows it. */
  readonly #nobody: string;
  readonly #eap: EapMd5Verifier;

  constructor(options: LocalUsersOptions) {
    for (const [name, { password, ...policy }] of Object.entries(options.users)) {
      this.#entries.set(name, { password, policy });
    }
    this.#any = this.#entries.get(ANY_USER);
    this.#nobody = hex(options.random.bytes(16));
    this.#eap = new EapMd5Verifier(
      { password: (user) => this.#passwordOf(user), localName: options.localName },
      options.random,
    );
  }

  /** Number of entries, {@link ANY_USER} included. */
  get size(): number {
    return this.#entries.size;
  }

  knows(user: string): boolean {
    return this.#entry(user) !== undefined;
  }

  /** What the user would get; for records and tests. */
  policyOf(user: string): SubscriberPolicy | undefined {
    return this.#entry(user)?.policy;
  }

  authenticate({ user, credentials }: AuthenticationRequest): AuthenticationAnswer {
    const result = this.#check(user, credentials);
    if (result.kind === 'challenge') return { result };
    const entry = this.#entry(user);
    if (result.kind === 'reject') {
      return { result, reason: entry === undefined ? 'unknown user' : 'wrong password' };
    }
    // The check against #nobody accepts no one, whatever it says.
    if (entry === undefined) return { result: { kind: 'reject' }, reason: 'unknown user' };
    return { result, policy: entry.policy };
  }

  #check(user: string, credentials: Credentials): AuthResult {
    if (credentials.method === 'eap') return this.#eap.verify({ ...credentials, user });
    return verify(credentials, this.#passwordOf(user));
  }

  #entry(user: string): Entry | undefined {
    return this.#entries.get(user) ?? this.#any;
  }

  #passwordOf(user: string): string {
    return this.#entry(user)?.password ?? this.#nobody;
  }
}
