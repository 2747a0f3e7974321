import { type Random, WireError, utf8 } from '../../wire/index.js';
import {
  EAP_CODE,
  EAP_TYPE,
  type EapPacket,
  eapEndPacket,
  eapMd5Data,
  eapTypedPacket,
  parseEapMd5Data,
  parseEapPacket,
} from './eap-packet.js';
import type { AuthResult, EapCredentials } from './types.js';
import { chapMatches } from './verify.js';

/** What an `EapMd5Verifier` works with. */
export interface EapMd5Options {
  /** The password of the user with this identity; undefined for an unknown one. */
  readonly password: (user: string) => string | undefined;
  /** The name in challenges. */
  readonly localName: string;
}

/** A challenge that is out: plain data, so that it may wait anywhere. */
export interface EapMd5State {
  readonly identifier: number;
  readonly challenge: Uint8Array;
}

/**
 * Serves the method 'eap' from local passwords by MD5-Challenge (RFC 3748 section 5.4). It holds nothing of a session:
 * what it must know again comes back in the credentials' `state`, so one verifier serves all sessions. An unknown user
 * is challenged like any other, so that names cannot be found out.
 */
export class EapMd5Verifier {
  readonly #options: EapMd5Options;
  readonly #random: Random;

  constructor(options: EapMd5Options, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /**
   * One round. An identity gets the challenge; the right response to it is accepted; a Nak, and all else, is
   * rejected, since there is no other method to offer.
   */
  verify(credentials: EapCredentials): AuthResult {
    const packet = parse(credentials.packet);
    if (packet?.code !== EAP_CODE.response) return { kind: 'reject' };
    const { identifier, type, data } = packet;
    const { state } = credentials;
    if (type === EAP_TYPE.identity && state === undefined) return this.#challenge(identifier);
    if (
      type === EAP_TYPE.md5Challenge &&
      isState(state) &&
      identifier === state.identifier &&
      this.#matches(credentials.user, state, data)
    )
      return { kind: 'accept', packet: eapEndPacket(EAP_CODE.success, identifier) };
    return { kind: 'reject', packet: eapEndPacket(EAP_CODE.failure, identifier) };
  }

  #challenge(previous: number): AuthResult {
    const identifier = (previous + 1) & 0xff;
    const challenge = this.#random.bytes(16);
    const data = eapMd5Data(challenge, utf8(this.#options.localName));
    const state: EapMd5State = { identifier, challenge };
    return {
      kind: 'challenge',
      packet: eapTypedPacket(EAP_CODE.request, identifier, EAP_TYPE.md5Challenge, data),
      state,
    };
  }

  #matches(user: string, state: EapMd5State, data: Uint8Array): boolean {
    // An unknown user costs the same hash and fails for its empty password.
    const password = this.#options.password(user) ?? '';
    try {
      return chapMatches(state.identifier, state.challenge, parseEapMd5Data(data).value, password);
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }
}

function parse(packet: Uint8Array): EapPacket | undefined {
  try {
    return parseEapPacket(packet);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

const isState = (state: unknown): state is EapMd5State =>
  typeof state === 'object' && state !== null && 'identifier' in state && 'challenge' in state;
