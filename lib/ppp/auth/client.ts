import { type Random, utf8 } from '../../wire/index.js';
import { ChapClient } from './chap-client.js';
import { EapClient } from './eap-client.js';
import type { ClientExchange } from './exchange.js';
import { PapClient } from './pap-client.js';
import type { AuthClientOptions, AuthOutcome, AuthTransmit } from './types.js';

/**
 * The end that proves who it is, for any method; the same surface as `AuthServer`. It reports `success` or `failure`
 * once, and may report `failure` after a success when the server asks again and is not content.
 */
export class AuthClient {
  readonly #exchange: ClientExchange;

  /** @throws RangeError when user or password do not fit the method's packets: 255 octets of UTF-8 */
  constructor(options: AuthClientOptions, random: Random) {
    if (utf8(options.user).length > 255) throw new RangeError('the user name is over 255 octets');
    if (options.method === 'pap' && utf8(options.password).length > 255)
      throw new RangeError('PAP carries passwords of at most 255 octets');
    this.#exchange = exchangeOf(options, random);
  }

  /** Begins, or begins anew. */
  start(now: number): void {
    this.#exchange.start(now);
  }

  /**
   * @param packet what follows the PPP protocol field. Not kept: the caller may use its buffer again. A malformed
   *   packet is counted, one for another protocol or for the peer's own machine is ignored.
   */
  handlePacket(protocol: number, packet: Uint8Array, now: number): void {
    this.#exchange.handlePacket(protocol, packet, now);
  }

  /**
   * The server went on to the network phase, which it does only with peers that it accepted: makes up for a lost EAP
   * Success (RFC 3748 sections 3.4 and 4.2). Without effect for the other methods, which repeat their request, and
   * before the method has run.
   */
  handleLowerLayerSuccess(): void {
    this.#exchange.handleLowerLayerSuccess();
  }

  handleTimeout(now: number): void {
    this.#exchange.handleTimeout(now);
  }

  pollTransmit(): AuthTransmit | undefined {
    return this.#exchange.pollTransmit();
  }

  pollOutcome(): AuthOutcome | undefined {
    return this.#exchange.pollOutcome();
  }

  /** When `handleTimeout` is due, in monotonic ms. */
  pollTimeout(): number | undefined {
    return this.#exchange.pollTimeout();
  }

  /** Malformed packets that were discarded. */
  get malformed(): number {
    return this.#exchange.malformed;
  }
}

function exchangeOf(options: AuthClientOptions, random: Random): ClientExchange {
  switch (options.method) {
    case 'pap':
      return new PapClient(options, random);
    case 'chap':
    case 'mschapv1':
    case 'mschapv2':
      return new ChapClient(options.method, options, random);
    case 'eap':
      return new EapClient(options);
  }
}
