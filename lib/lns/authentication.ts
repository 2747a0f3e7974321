import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  CallContext,
} from '../aaa/index.js';
import type { AuthMethod, Credentials } from '../ppp/index.js';

/** One question to the authenticator, which its session can withdraw. The signal is made when somebody looks at it. */
export class PendingAuthentication implements AuthenticationRequest {
  readonly credentials: Credentials;
  readonly call: CallContext;
  #controller: AbortController | undefined;
  #cancelled = false;

  constructor(credentials: Credentials, call: CallContext) {
    this.credentials = credentials;
    this.call = call;
  }

  get user(): string {
    return this.credentials.user;
  }

  get method(): AuthMethod {
    return this.credentials.method;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled) this.#controller.abort();
    return this.#controller.signal;
  }

  /** The session has ended: the answer does not matter any more. */
  cancel(): void {
    this.#cancelled = true;
    this.#controller?.abort();
  }
}

const refusal = (reason: string): AuthenticationAnswer => ({ result: { kind: 'reject' }, reason });

/** Asks, and gives the answer to `done`, at once where it is at hand. An authenticator that fails refuses. */
export function ask(
  authenticator: Authenticator,
  request: AuthenticationRequest,
  done: (answer: AuthenticationAnswer) => void,
): void {
  const failed = (error: unknown): void =>
    done(refusal(`the authenticator failed: ${error instanceof Error ? error.message : String(error)}`));
  let answer: AuthenticationAnswer | Promise<AuthenticationAnswer>;
  try {
    answer = authenticator.authenticate(request);
  } catch (error) {
    failed(error);
    return;
  }
  if (answer instanceof Promise) answer.then(done, failed);
  else done(answer);
}
