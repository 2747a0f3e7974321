import type { Random } from '../../wire/index.js';
import {
  EAP_CODE,
  EAP_FIRST_METHOD,
  EAP_TYPE,
  eapEndPacket,
  eapTypedPacket,
  parseEapPacket,
} from './eap-packet.js';
import { ServerExchange } from './exchange.js';
import { decodeName } from './name.js';
import { AUTH_PROTOCOL } from './protocol.js';
import type { AuthFailureReason, AuthResult, AuthServerOptions, Credentials } from './types.js';

/** Rounds after which an exchange that does not end is refused; long certificate chains take some 50. */
const MAX_ROUNDS = 100;

type State =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'requested';
      /** Kept whole, since a repetition must be the same (RFC 3748 section 4.1). */
      readonly packet: Uint8Array;
      readonly identifier: number;
      readonly type: number;
      readonly sent: number;
      /** What the verifier wants back with the answer. */
      readonly context: unknown;
    }
  | { readonly kind: 'verifying'; readonly identifier: number }
  | { readonly kind: 'closed'; readonly identifier: number; readonly accepted: boolean };

/**
 * The authenticator of EAP (RFC 3748): it asks for the identity, and passes every Response whole to the verifier,
 * whose requests go to the peer. The verifier is a RADIUS server or an `EapMd5Verifier`. The outcome follows from the
 * verifier's result alone, never from the packet with it (section 2.3).
 */
export class EapServer extends ServerExchange {
  readonly #options: AuthServerOptions;
  readonly #random: Random;
  #state: State = { kind: 'idle' };
  #user: string | undefined;
  #rounds = 0;

  constructor(options: AuthServerOptions, random: Random) {
    super(AUTH_PROTOCOL.eap);
    this.#options = options;
    this.#random = random;
  }

  override start(now: number): void {
    this.clear();
    this.#user = undefined;
    this.#rounds = 0;
    const identifier = this.#random.below(256);
    const packet = eapTypedPacket(EAP_CODE.request, identifier, EAP_TYPE.identity);
    this.#request(
      { kind: 'requested', packet, identifier, type: EAP_TYPE.identity, sent: 1, context: undefined },
      now,
    );
  }

  override adopt(credentials: Credentials, identifier: number): void {
    this.clear();
    this.#rounds = 0;
    this.#user = credentials.user;
    this.#state = { kind: 'verifying', identifier };
    this.report({ kind: 'credentials', credentials });
  }

  protected override receive(packet: Uint8Array): void {
    const parsed = parseEapPacket(packet);
    if (parsed.code !== EAP_CODE.response) return;
    const state = this.#state;
    if (state.kind === 'closed') {
      if (parsed.identifier === state.identifier) this.#sendEnd(state.accepted, state.identifier);
      return;
    }
    if (state.kind !== 'requested' || parsed.identifier !== state.identifier) return;
    if (!answers(state.type, parsed.type)) return;

    if (parsed.type === EAP_TYPE.identity) {
      this.#user = decodeName(parsed.data);
      if (this.#user === undefined) {
        this.#end(false, parsed.identifier, 'bad-name');
        return;
      }
    }
    this.setDeadline(undefined);
    this.#state = { kind: 'verifying', identifier: parsed.identifier };
    this.report({
      kind: 'credentials',
      credentials: {
        method: 'eap',
        user: this.#user ?? '',
        // Padding after the EAP packet is not part of it.
        packet: packet.slice(0, 5 + parsed.data.length),
        ...(state.context !== undefined && { state: state.context }),
      },
    });
  }

  override handleResult(result: AuthResult, now: number): void {
    const state = this.#state;
    if (state.kind !== 'verifying') return;
    if (result.kind !== 'challenge') {
      this.#end(result.kind === 'accept', state.identifier, 'rejected', result);
      return;
    }
    const request = requestOf(result.packet);
    this.#rounds++;
    if (!request || this.#rounds > MAX_ROUNDS) {
      this.#end(false, state.identifier, 'verifier');
      return;
    }
    this.#request({ kind: 'requested', ...request, sent: 1, context: result.state }, now);
  }

  protected override expire(now: number): void {
    const state = this.#state;
    if (state.kind !== 'requested') return;
    if (state.sent < this.#options.retransmit.tries) {
      this.#request({ ...state, sent: state.sent + 1 }, now);
      return;
    }
    // No Failure packet: it must not be sent for want of a response (RFC 3748 section 2).
    this.#state = { kind: 'idle' };
    this.report({ kind: 'failure', reason: 'timeout', ...this.#named() });
  }

  #request(state: Extract<State, { kind: 'requested' }>, now: number): void {
    this.#state = state;
    this.send(state.packet);
    this.setDeadline(now + this.#options.retransmit.interval);
  }

  #end(
    accepted: boolean,
    identifier: number,
    reason: AuthFailureReason,
    result?: Exclude<AuthResult, { kind: 'challenge' }>,
  ): void {
    this.setDeadline(undefined);
    this.#state = { kind: 'closed', identifier, accepted };
    this.#sendEnd(accepted, identifier);
    if (accepted) {
      const mppe = result?.kind === 'accept' ? result.mppe : undefined;
      this.report({ kind: 'success', user: this.#user ?? '', ...(mppe && { mppe }) });
    } else {
      this.report({ kind: 'failure', reason, ...this.#named() });
    }
  }

  /** Not the verifier's own packet: that may contradict its result (RFC 3579 section 2.6.3), and says no more. */
  #sendEnd(accepted: boolean, identifier: number): void {
    this.send(eapEndPacket(accepted ? EAP_CODE.success : EAP_CODE.failure, identifier));
  }

  #named(): { user?: string } {
    return this.#user === undefined ? {} : { user: this.#user };
  }
}

/** Whether a Response of type `response` may follow a Request of type `request` (RFC 3748 sections 4.1, 5.3). */
const answers = (request: number, response: number): boolean =>
  response === request || (request >= EAP_FIRST_METHOD && response === EAP_TYPE.nak);

/** A verifier's packet as the request to send, or undefined where it is none. */
function requestOf(packet: Uint8Array): { packet: Uint8Array; identifier: number; type: number } | undefined {
  try {
    const parsed = parseEapPacket(packet);
    if (parsed.code !== EAP_CODE.request) return undefined;
    const { identifier, type, data } = parsed;
    return { packet: packet.slice(0, 5 + data.length), identifier, type };
  } catch {
    return undefined;
  }
}
