import { type Random, equalConstantTime, text, utf8 } from '../../wire/index.js';
import { CHAP_CODE, chapValuePacket, parseChapPacket } from './chap-packet.js';
import type { ChapMethod } from './chap-server.js';
import { chapMd5 } from './digest.js';
import { ClientExchange } from './exchange.js';
import { mppeKeysV1, mppeKeysV2 } from './mppe-keys.js';
import { parseMsChapSuccess } from './mschap-message.js';
import {
  authenticatorResponse,
  challengeResponse,
  msChapV1Value,
  msChapV2Value,
  ntPasswordHash,
  MSCHAP_RESPONSE_LENGTH,
  ntResponse as ntResponseTo,
  splitMsChapV2,
} from './mschap.js';
import { AuthPacketError } from './packet.js';
import { AUTH_PROTOCOL } from './protocol.js';
import {
  type AuthClientOptions,
  type AuthFailureReason,
  DEFAULT_RETRANSMIT,
  type MppeKeys,
} from './types.js';

/** An answer that was given: repeated when its challenge is, and what its Success is checked with. */
interface Answer {
  readonly identifier: number;
  readonly challenge: Uint8Array;
  readonly packet: Uint8Array;
  /** MS-CHAPv2: the `S=` line that proves the server. */
  readonly expected?: string;
}

/** Answers kept at a time: a challenge may overtake an earlier one or cross its answer. */
const MAX_ANSWERS = 4;

type Phase = 'idle' | 'waiting' | 'answered' | 'proven' | 'failed';

/**
 * The peer of CHAP with MD5 (RFC 1994), MS-CHAPv1 (RFC 2433) and MS-CHAPv2 (RFC 2759). The answer is repeated until
 * the server says yes or no; challenges after that are answered too (RFC 1994 section 4.1). With MS-CHAPv2 a Success
 * counts only when it proves that the server knows the password.
 */
export class ChapClient extends ClientExchange {
  readonly #method: ChapMethod;
  readonly #options: AuthClientOptions;
  readonly #random: Random;
  #phase: Phase = 'idle';
  #answers: Answer[] = [];
  #sent = 0;

  constructor(method: ChapMethod, options: AuthClientOptions, random: Random) {
    super(AUTH_PROTOCOL.chap);
    this.#method = method;
    this.#options = options;
    this.#random = random;
  }

  override start(now: number): void {
    const { interval, tries } = this.#options.retransmit ?? DEFAULT_RETRANSMIT;
    this.clear();
    this.#answers = [];
    this.#phase = 'waiting';
    this.setDeadline(now + interval * tries);
  }

  protected override receive(packet: Uint8Array, now: number): void {
    const parsed = parseChapPacket(packet);
    if (this.#phase === 'idle' || this.#phase === 'failed') return;
    switch (parsed.code) {
      case CHAP_CODE.challenge:
        this.#receiveChallenge(parsed.identifier, parsed.value, parsed.name, now);
        return;
      case CHAP_CODE.success:
        this.#receiveSuccess(parsed.identifier, parsed.message);
        return;
      case CHAP_CODE.failure:
        // No further try even where the server allows one (R=1): the password would be the same.
        if (this.#answerTo(parsed.identifier)) this.#fail('rejected');
        return;
      default:
        return;
    }
  }

  protected override expire(now: number): void {
    const { interval, tries } = this.#options.retransmit ?? DEFAULT_RETRANSMIT;
    const latest = this.#answers.at(-1);
    if (this.#phase !== 'answered' || !latest || this.#sent >= tries) {
      this.#fail('timeout');
      return;
    }
    this.#sent++;
    this.send(latest.packet);
    this.setDeadline(now + interval);
  }

  #receiveChallenge(identifier: number, value: Uint8Array, name: Uint8Array, now: number): void {
    const known = this.#answers.find(
      (answer) => answer.identifier === identifier && equalConstantTime(answer.challenge, value),
    );
    if (known) {
      this.send(known.packet);
      return;
    }
    const length = CHALLENGE_LENGTH[this.#method];
    if (length !== undefined && value.length !== length)
      throw new AuthPacketError(`challenge of ${value.length} octets instead of ${length}`);
    const { serverName } = this.#options;
    if (serverName !== undefined && name.length > 0 && text(name) !== serverName) {
      this.#fail('server-not-proven');
      return;
    }
    const answer = this.#answer(identifier, value.slice());
    this.#answers = [
      ...this.#answers.filter((other) => other.identifier !== identifier).slice(1 - MAX_ANSWERS),
      answer,
    ];
    this.send(answer.packet);
    // Once proven, the server alone wants more proof: it repeats its challenge when it misses the answer.
    if (this.#phase === 'proven') return;
    this.#phase = 'answered';
    this.#sent = 1;
    this.setDeadline(now + (this.#options.retransmit ?? DEFAULT_RETRANSMIT).interval);
  }

  #receiveSuccess(identifier: number, message: Uint8Array): void {
    const answer = this.#answerTo(identifier);
    if (!answer) return;
    if (answer.expected !== undefined) {
      const proof = parseMsChapSuccess(text(message)) ?? '';
      if (!equalConstantTime(utf8(proof), utf8(answer.expected))) {
        this.#fail('server-not-proven');
        return;
      }
    }
    if (this.#phase === 'proven') return;
    this.#phase = 'proven';
    this.#answers = [answer];
    this.setDeadline(undefined);
    const mppe = this.#keys(answer);
    this.report({ kind: 'success', user: this.#options.user, ...(mppe && { mppe }) });
  }

  #answerTo(identifier: number): Answer | undefined {
    return this.#answers.find((answer) => answer.identifier === identifier);
  }

  #answer(identifier: number, challenge: Uint8Array): Answer {
    const { user, password } = this.#options;
    const respond = (value: Uint8Array) => chapValuePacket(CHAP_CODE.response, identifier, value, utf8(user));
    switch (this.#method) {
      case 'chap':
        return { identifier, challenge, packet: respond(chapMd5(identifier, utf8(password), challenge)) };
      case 'mschapv1': {
        const response = challengeResponse(challenge, ntPasswordHash(password));
        return { identifier, challenge, packet: respond(msChapV1Value(response)) };
      }
      case 'mschapv2': {
        const peerChallenge = this.#random.bytes(16);
        const hash = ntPasswordHash(password);
        const response = ntResponseTo(challenge, peerChallenge, user, hash);
        return {
          identifier,
          challenge,
          packet: respond(msChapV2Value(peerChallenge, response)),
          expected: authenticatorResponse(hash, response, peerChallenge, challenge, user),
        };
      }
    }
  }

  #keys(answer: Answer): MppeKeys | undefined {
    const { password } = this.#options;
    if (this.#method === 'mschapv1') return mppeKeysV1(password, answer.challenge);
    if (this.#method !== 'mschapv2') return undefined;
    // Behind the header and Value-Size lies the Response Value.
    const { ntResponse } = splitMsChapV2(answer.packet.subarray(5, 5 + MSCHAP_RESPONSE_LENGTH));
    return mppeKeysV2(ntPasswordHash(password), ntResponse, 'client');
  }

  #fail(reason: AuthFailureReason): void {
    this.#phase = 'failed';
    this.#answers = [];
    this.setDeadline(undefined);
    this.report({ kind: 'failure', reason, user: this.#options.user });
  }
}

const CHALLENGE_LENGTH: Readonly<Record<ChapMethod, number | undefined>> = {
  chap: undefined,
  mschapv1: 8,
  mschapv2: 16,
};
