import { type AuthMethod, type AuthResult, type Credentials, EapMd5Verifier, verify } from '../ppp/index.js';
import type { Random } from '../wire/index.js';
import { answerProblem } from './hook-answer.js';
import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  SubscriberPolicy,
} from './types.js';

/** What an `authenticate` hook is asked. */
export interface AuthenticateHookRequest {
  readonly user: string;
  readonly method: AuthMethod;
  /**
   * Checks a cleartext password against what the peer sent. MS-CHAPv2 needs it: the peer wants a proof that we know
   * its password, and the keys of MPPE come from it, too.
   */
  readonly verify: (password: string) => boolean;
  /** What the peer sent, for a back end that checks it itself. PAP holds the password in clear. A secret. */
  readonly credentials: Credentials;
  readonly peerAddress: string;
  readonly peerHostName: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** Name of the LAC profile that matched, where one did. */
  readonly profile?: string;
  /** Aborted when the session ends before the answer. */
  readonly signal: AbortSignal;
}

export type AuthenticateHookAnswer =
  | ({ readonly accept: boolean } & SubscriberPolicy)
  /** `message` is shown to the peer where its protocol has a place for it. */
  | { readonly accept: false; readonly message?: string };

/** Decides about a subscriber, at once or later. What it throws refuses the subscriber. */
export type AuthenticateHook = (
  request: AuthenticateHookRequest,
) => AuthenticateHookAnswer | Promise<AuthenticateHookAnswer>;

export interface HookAuthenticatorOptions {
  readonly hook: AuthenticateHook;
  /** Makes EAP challenges. */
  readonly random: Random;
  /** Our name in EAP challenges. */
  readonly localName: string;
}

/**
 * An authenticator that asks a function of the library's user. A hook that throws, or whose answer is not an
 * {@link AuthenticateHookAnswer} to the letter, refuses the subscriber and says why in the answer's `reason`. EAP is
 * served by MD5-Challenge; the hook is asked once, when the peer's response is there.
 */
export function hookAuthenticator(options: HookAuthenticatorOptions): Authenticator {
  return new HookAuthenticator(options);
}

class HookAuthenticator implements Authenticator {
  readonly #options: HookAuthenticatorOptions;

  constructor(options: HookAuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(request: AuthenticationRequest): AuthenticationAnswer | Promise<AuthenticationAnswer> {
    const check = this.#checkOf(request.credentials);
    if ('kind' in check) return { result: check };
    const attempt = new Attempt(request, check.verify);
    try {
      const answer: unknown = this.#options.hook(attempt.request());
      if (!isThenable(answer)) return attempt.conclude(answer);
      return Promise.resolve(answer).then(
        (value) => attempt.conclude(value),
        (error: unknown) => thrown(error),
      );
    } catch (error) {
      return thrown(error);
    }
  }

  /** How a password is checked against the credentials; a result where the hook is not needed (yet). */
  #checkOf(credentials: Credentials): AuthResult | { readonly verify: (password: string) => AuthResult } {
    if (credentials.method !== 'eap') return { verify: (password) => verify(credentials, password) };
    const withPassword = (password: string | undefined): AuthResult => {
      const { random, localName } = this.#options;
      return new EapMd5Verifier({ password: () => password, localName }, random).verify(credentials);
    };
    // Only a response to our challenge is worth a decision: a hook that accepts anyone must not accept a Nak.
    const unproven = withPassword(undefined);
    if (unproven.kind === 'challenge' || !isMd5Response(credentials.packet)) return unproven;
    return { verify: withPassword };
  }
}

/** One question to the hook. */
class Attempt {
  readonly #request: AuthenticationRequest;
  readonly #check: (password: string) => AuthResult;
  #verified: AuthResult | undefined;

  constructor(request: AuthenticationRequest, check: (password: string) => AuthResult) {
    this.#request = request;
    this.#check = check;
  }

  request(): AuthenticateHookRequest {
    const { user, method, credentials, call, signal } = this.#request;
    return {
      user,
      method,
      verify: (password) => this.#verify(password),
      credentials,
      peerAddress: call.peerAddress,
      peerHostName: call.peerHostName,
      ...(call.callingNumber !== undefined && { callingNumber: call.callingNumber }),
      ...(call.calledNumber !== undefined && { calledNumber: call.calledNumber }),
      ...(call.profile !== undefined && { profile: call.profile }),
      signal,
    };
  }

  #verify(password: string): boolean {
    if (typeof password !== 'string') throw new TypeError('verify() takes the password as a string');
    const result = this.#check(password);
    if (result.kind !== 'accept') return false;
    this.#verified = result;
    return true;
  }

  conclude(answer: unknown): AuthenticationAnswer {
    const problem = answerProblem(answer);
    if (problem !== undefined) return refused(`authenticate hook: ${problem}`);
    const { accept, ...rest } = answer as AuthenticateHookAnswer & { message?: string };
    if (!accept) return refusedByHook(rest.message);
    if (this.#request.method === 'mschapv2' && this.#verified === undefined) {
      return refused(
        'authenticate hook: accepted MS-CHAPv2 without a successful verify(password), which the proof for the peer ' +
          'needs; call it, or leave mschapv2 out of ppp.auth',
      );
    }
    const policy = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    return { result: this.#verified ?? { kind: 'accept' }, policy };
  }
}

const refused = (reason: string): AuthenticationAnswer => ({ result: { kind: 'reject' }, reason });

const refusedByHook = (message: string | undefined): AuthenticationAnswer => ({
  result: { kind: 'reject', ...(message !== undefined && { message }) },
  reason: 'refused by the authenticate hook',
});

function thrown(error: unknown): AuthenticationAnswer {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error}`;
  return refused(`authenticate hook threw ${oneLine(text)}`);
}

const oneLine = (text: string): string =>
  // Controls would break the line of the log.
  text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 200);

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** A Response of type MD5-Challenge (RFC 3748 sections 4.1, 5.4). */
const isMd5Response = (packet: Uint8Array): boolean => packet[0] === 2 && packet[4] === 4;
