import { utf8 } from '../../wire/index.js';
import { chapMd5 } from './digest.js';
import {
  EAP_CODE,
  EAP_FIRST_METHOD,
  EAP_TYPE,
  eapMd5Data,
  eapTypedPacket,
  parseEapMd5Data,
  parseEapPacket,
} from './eap-packet.js';
import { ClientExchange } from './exchange.js';
import { AUTH_PROTOCOL } from './protocol.js';
import { type AuthClientOptions, type AuthFailureReason, DEFAULT_RETRANSMIT } from './types.js';

type Phase = 'idle' | 'talking' | 'proven' | 'failed';

/**
 * The peer of EAP (RFC 3748) with MD5-Challenge. It never repeats a Response on a timer (section 4.1); a lost Success
 * is made up for by `handleLowerLayerSuccess` (section 4.2).
 */
export class EapClient extends ClientExchange {
  readonly #options: AuthClientOptions;
  #phase: Phase = 'idle';
  /** The last Response, for a repeated Request. */
  #response: Uint8Array | undefined;
  /** MD5-Challenge was answered: no other method and no Nak may follow, and a Success counts. */
  #methodDone = false;
  /** The last answer to a method was a Nak: a Failure then means that there is no common method. */
  #naked = false;

  constructor(options: AuthClientOptions) {
    super(AUTH_PROTOCOL.eap);
    this.#options = options;
  }

  override start(now: number): void {
    this.clear();
    this.#phase = 'talking';
    this.#response = undefined;
    this.#methodDone = false;
    this.#naked = false;
    this.#await(now);
  }

  override handleLowerLayerSuccess(): void {
    if (this.#phase === 'talking' && this.#methodDone) this.#succeed();
  }

  protected override receive(packet: Uint8Array, now: number): void {
    const parsed = parseEapPacket(packet);
    if (this.#phase === 'idle' || this.#phase === 'failed') return;
    switch (parsed.code) {
      case EAP_CODE.request:
        this.#receiveRequest(parsed.identifier, parsed.type, parsed.data, now);
        return;
      case EAP_CODE.success:
        // One that comes before the method is done proves nothing (RFC 3748 section 4.2).
        if (this.#phase === 'talking' && this.#methodDone && this.#ends(parsed.identifier)) this.#succeed();
        return;
      case EAP_CODE.failure:
        if (this.#ends(parsed.identifier)) this.#fail(this.#naked ? 'no-method' : 'rejected');
        return;
      case EAP_CODE.response:
        return;
    }
  }

  protected override expire(): void {
    this.#fail('timeout');
  }

  #receiveRequest(identifier: number, type: number, data: Uint8Array, now: number): void {
    if (this.#response?.[1] === identifier) {
      this.send(this.#response);
      return;
    }
    const response = this.#answer(identifier, type, data);
    if (!response) return;
    this.#response = response;
    this.send(response);
    if (this.#phase === 'talking') this.#await(now);
  }

  /** @throws WireError when the request's data is malformed */
  #answer(identifier: number, type: number, data: Uint8Array): Uint8Array | undefined {
    const { user, password } = this.#options;
    switch (type) {
      case EAP_TYPE.identity:
        // A new conversation where the last one is over, else a requery, which does not exist (section 2.1).
        if (this.#methodDone && this.#phase !== 'proven') return undefined;
        this.#methodDone = false;
        return eapTypedPacket(EAP_CODE.response, identifier, type, utf8(user));
      case EAP_TYPE.notification:
        return eapTypedPacket(EAP_CODE.response, identifier, type);
      case EAP_TYPE.md5Challenge: {
        if (this.#methodDone) return undefined;
        const { value } = parseEapMd5Data(data);
        this.#methodDone = true;
        this.#naked = false;
        const proof = chapMd5(identifier, utf8(password), value);
        return eapTypedPacket(EAP_CODE.response, identifier, type, eapMd5Data(proof, utf8(user)));
      }
      default:
        if (this.#methodDone || type < EAP_FIRST_METHOD) return undefined;
        this.#naked = true;
        return eapTypedPacket(
          EAP_CODE.response,
          identifier,
          EAP_TYPE.nak,
          Uint8Array.of(EAP_TYPE.md5Challenge),
        );
    }
  }

  /** Whether an end under `identifier` answers our last Response. Some servers count on before it. */
  #ends(identifier: number): boolean {
    const last = this.#response?.[1];
    return last !== undefined && (identifier === last || identifier === ((last + 1) & 0xff));
  }

  #await(now: number): void {
    const { interval, tries } = this.#options.retransmit ?? DEFAULT_RETRANSMIT;
    this.setDeadline(now + interval * tries);
  }

  #succeed(): void {
    this.#phase = 'proven';
    this.setDeadline(undefined);
    this.report({ kind: 'success', user: this.#options.user });
  }

  #fail(reason: AuthFailureReason): void {
    this.#phase = 'failed';
    this.#response = undefined;
    this.setDeadline(undefined);
    this.report({ kind: 'failure', reason, user: this.#options.user });
  }
}
