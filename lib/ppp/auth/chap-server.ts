import { type Random, utf8 } from '../../wire/index.js';
import { CHAP_CODE, chapMessagePacket, chapValuePacket, parseChapPacket } from './chap-packet.js';
import { ServerExchange } from './exchange.js';
import { MSCHAP_ERROR, formatMsChapFailure, formatMsChapSuccess } from './mschap-message.js';
import { MSCHAP_RESPONSE_LENGTH } from './mschap.js';
import { decodeName } from './name.js';
import { AUTH_PROTOCOL } from './protocol.js';
import type { AuthFailureReason, AuthResult, AuthServerOptions, Credentials } from './types.js';

/** The methods that run over CHAP packets. */
export type ChapMethod = 'chap' | 'mschapv1' | 'mschapv2';

interface Facts {
  /** Octets of the challenges that are sent. */
  readonly challenge: number;
  /** Octets that a Response Value must have. */
  readonly response: number;
  /** `V=` of an MS-CHAP Failure. */
  readonly version?: number;
}

const FACTS: Readonly<Record<ChapMethod, Facts>> = {
  chap: { challenge: 16, response: 16 },
  mschapv1: { challenge: 8, response: MSCHAP_RESPONSE_LENGTH, version: 2 },
  mschapv2: { challenge: 16, response: MSCHAP_RESPONSE_LENGTH, version: 3 },
};

type State =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'challenged';
      readonly identifier: number;
      readonly challenge: Uint8Array;
      /** Challenges sent, this one included. */
      readonly sent: number;
      /** A late answer to an earlier challenge has put the deadline off once. */
      extended: boolean;
      /** The Failure that offered this challenge (`R=1`), while it may have to be sent again. */
      readonly offer?: Uint8Array;
    }
  | { readonly kind: 'verifying'; readonly identifier: number; readonly user: string }
  /** The reply is kept as text: it is there as long as the session, and a string is the smaller. */
  | {
      readonly kind: 'closed';
      readonly identifier: number;
      readonly accepted: boolean;
      readonly message: string;
      /** How often the reply has been sent without being asked for again. */
      sent: number;
    };

/** The authenticator of CHAP with MD5 (RFC 1994), MS-CHAPv1 (RFC 2433) and MS-CHAPv2 (RFC 2759). */
export class ChapServer extends ServerExchange {
  readonly #method: ChapMethod;
  readonly #options: AuthServerOptions;
  readonly #random: Random;
  #state: State = { kind: 'idle' };
  #identifier: number;
  #attempts = 0;

  constructor(method: ChapMethod, options: AuthServerOptions, random: Random) {
    super(AUTH_PROTOCOL.chap);
    this.#method = method;
    this.#options = options;
    this.#random = random;
    this.#identifier = random.below(256);
  }

  override start(now: number): void {
    this.clear();
    this.#attempts = 0;
    this.#challenge(1, now);
  }

  override adopt(credentials: Credentials, identifier: number): void {
    this.clear();
    this.#attempts = 0;
    this.#identifier = identifier;
    this.#state = { kind: 'verifying', identifier, user: credentials.user };
    this.report({ kind: 'credentials', credentials });
  }

  protected override receive(packet: Uint8Array, now: number): void {
    const parsed = parseChapPacket(packet);
    switch (parsed.code) {
      case CHAP_CODE.response:
        this.#receiveResponse(parsed.identifier, parsed.value, parsed.name, now);
        return;
      case CHAP_CODE.changePasswordV1:
      case CHAP_CODE.changePasswordV2:
      case CHAP_CODE.changePasswordV3:
        this.#refuseChange(parsed.identifier);
        return;
      default:
        return;
    }
  }

  override handleResult(result: AuthResult, now: number): void {
    const state = this.#state;
    if (state.kind !== 'verifying') return;
    const { identifier, user } = state;
    switch (result.kind) {
      case 'accept': {
        const message = this.#successMessage(result);
        if (message === undefined) {
          this.#refuse(identifier, 'verifier', user);
          return;
        }
        this.#close(true, identifier, message);
        this.setDeadline(now + this.#options.retransmit.interval);
        this.report({ kind: 'success', user, ...(result.mppe && { mppe: result.mppe }) });
        return;
      }
      case 'reject': {
        this.#attempts++;
        const error = result.error ?? MSCHAP_ERROR.authenticationFailure;
        if (this.#mayRetry(error)) this.#offerRetry(identifier, error, result.message, now);
        else this.#refuse(identifier, 'rejected', user, error, result.message);
        return;
      }
      case 'challenge':
        this.#refuse(identifier, 'verifier', user);
        return;
    }
  }

  /** The peer has had its Success: it speaks a network control protocol. */
  override handlePeerProgress(): void {
    if (this.#state.kind === 'closed') this.setDeadline(undefined);
  }

  protected override expire(now: number): void {
    const state = this.#state;
    if (state.kind === 'closed') {
      this.#repeatSuccess(state, now);
      return;
    }
    if (state.kind !== 'challenged') return;
    // An offered retry waits for a person and has had its whole time; a challenge is repeated.
    if (!state.offer && state.sent < this.#options.retransmit.tries) {
      this.#challenge(state.sent + 1, now);
      return;
    }
    this.#state = { kind: 'idle' };
    this.report({ kind: 'failure', reason: 'timeout' });
  }

  /**
   * A peer whose Success was lost should repeat its Response (RFC 1994 section 4.2), but pppd waits for ever: so
   * the Success is repeated until the peer goes on.
   */
  #repeatSuccess(state: Extract<State, { kind: 'closed' }>, now: number): void {
    if (!state.accepted || state.sent >= this.#options.retransmit.tries) return;
    state.sent++;
    this.#reply(true, state.identifier, state.message);
    this.setDeadline(now + this.#options.retransmit.interval);
  }

  /** Identifier and value change each time a Challenge is sent (RFC 1994 section 4.1). */
  #challenge(sent: number, now: number): void {
    this.#identifier = (this.#identifier + 1) & 0xff;
    const challenge = this.#random.bytes(FACTS[this.#method].challenge);
    this.#state = { kind: 'challenged', identifier: this.#identifier, challenge, sent, extended: false };
    const name = utf8(this.#options.localName);
    this.send(chapValuePacket(CHAP_CODE.challenge, this.#identifier, challenge, name));
    this.setDeadline(now + this.#options.retransmit.interval);
  }

  #receiveResponse(identifier: number, value: Uint8Array, name: Uint8Array, now: number): void {
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
      case 'verifying':
        return;
      case 'closed':
        // Whatever the repetition holds, it gets what the first one got (RFC 1994 section 4.1).
        if (identifier === state.identifier) this.#reply(state.accepted, identifier, state.message);
        return;
      case 'challenged':
        if (identifier === state.identifier) this.#verify(state.challenge, identifier, value, name);
        else if (state.offer && identifier === state.offer[1]) this.send(state.offer);
        else this.#receiveLate(state, identifier, now);
        return;
    }
  }

  /**
   * An answer to an earlier challenge says that answers take longer than the interval. Going on at the same pace,
   * each answer would find its challenge replaced: so the one that is out now gets twice the time, once.
   */
  #receiveLate(state: Extract<State, { kind: 'challenged' }>, identifier: number, now: number): void {
    const age = (state.identifier - identifier) & 0xff;
    if (age >= state.sent || state.extended) return;
    state.extended = true;
    this.setDeadline(now + 2 * this.#options.retransmit.interval);
  }

  #verify(challenge: Uint8Array, identifier: number, value: Uint8Array, name: Uint8Array): void {
    const user = decodeName(name);
    if (user === undefined) {
      this.#refuse(identifier, 'bad-name');
      return;
    }
    // No verifier could find such a response right, and none need expect one.
    if (value.length !== FACTS[this.#method].response) {
      this.#refuse(identifier, 'rejected', user);
      return;
    }
    this.setDeadline(undefined);
    this.#state = { kind: 'verifying', identifier, user };
    this.report({
      kind: 'credentials',
      credentials: { method: this.#method, user, identifier, challenge, response: value.slice() },
    });
  }

  /**
   * Passwords are not changed here: every Change Password packet gets a Failure that says so, and is no proof of
   * who the peer is.
   */
  #refuseChange(identifier: number): void {
    const state = this.#state;
    if (this.#method === 'chap') return;
    if (state.kind === 'challenged') {
      this.#refuse(identifier, 'rejected', undefined, MSCHAP_ERROR.changingPassword);
    } else if (state.kind === 'closed' && !state.accepted) {
      this.#reply(false, identifier, this.#failure(MSCHAP_ERROR.changingPassword));
    }
  }

  #mayRetry(error: number): boolean {
    return (
      this.#method !== 'chap' &&
      error === MSCHAP_ERROR.authenticationFailure &&
      this.#attempts < (this.#options.maxAttempts ?? 1)
    );
  }

  /** The next response is to the challenge in this Failure, under the next Identifier (RFC 2759 section 9.1.4). */
  #offerRetry(identifier: number, error: number, message: string | undefined, now: number): void {
    const { interval, tries } = this.#options.retransmit;
    const challenge = this.#random.bytes(FACTS[this.#method].challenge);
    const text = this.#failure(error, message, challenge);
    const offer = chapMessagePacket(CHAP_CODE.failure, identifier, text);
    this.#identifier = (identifier + 1) & 0xff;
    this.#state = {
      kind: 'challenged',
      identifier: this.#identifier,
      challenge,
      sent: 1,
      extended: false,
      offer,
    };
    this.send(offer);
    this.setDeadline(now + interval * tries);
  }

  #refuse(
    identifier: number,
    reason: AuthFailureReason,
    user?: string,
    error: number = MSCHAP_ERROR.authenticationFailure,
    message?: string,
  ): void {
    this.#close(false, identifier, this.#failure(error, message));
    this.report({ kind: 'failure', reason, ...(user !== undefined && { user }) });
  }

  #close(accepted: boolean, identifier: number, message: string): void {
    this.setDeadline(undefined);
    this.#state = { kind: 'closed', identifier, accepted, message, sent: 1 };
    this.#reply(accepted, identifier, message);
  }

  #reply(accepted: boolean, identifier: number, message: string): void {
    const code = accepted ? CHAP_CODE.success : CHAP_CODE.failure;
    this.send(chapMessagePacket(code, identifier, message));
  }

  #successMessage(result: Extract<AuthResult, { kind: 'accept' }>): string | undefined {
    if (this.#method !== 'mschapv2') return result.message ?? '';
    return formatMsChapSuccess(result.authenticatorResponse ?? '', result.message);
  }

  /** @param offered the challenge for a further try; without one, none is allowed */
  #failure(error: number, message?: string, offered?: Uint8Array): string {
    const { version, challenge } = FACTS[this.#method];
    if (version === undefined) return message ?? '';
    return formatMsChapFailure({
      error,
      retry: offered !== undefined,
      // Version 2 must have the field even where nothing will answer it (RFC 2759 section 6).
      challenge: offered ?? this.#random.bytes(challenge),
      version,
      ...(this.#method === 'mschapv2' && { message: message ?? 'Access denied' }),
    });
  }
}
