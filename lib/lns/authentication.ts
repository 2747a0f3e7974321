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
  const answered = (answer: unknown): void =>
    done(isAnswer(answer) ? answer : refusal('the authenticator gave an answer that is none'));
  let answer: unknown;
  try {
    answer = authenticator.authenticate(request);
  } catch (error) {
    failed(error);
    return;
  }
  if (isThenable(answer)) Promise.resolve(answer).then(answered, failed);
  else answered(answer);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  isObject(value) && 'then' in value && typeof value.then === 'function';

/** Authenticators are other people's code, and not all of it was compiled against ours. */
function isAnswer(value: unknown): value is AuthenticationAnswer {
  if (!isObject(value) || !('result' in value) || !isObject(value.result)) return false;
  const policy = 'policy' in value ? value.policy : undefined;
  return 'kind' in value.result && (policy === undefined || isObject(policy));
}
