import type { Random } from '../../wire/index.js';
import { ChapServer } from './chap-server.js';
import { EapServer } from './eap-server.js';
import type { ServerExchange } from './exchange.js';
import { PapServer } from './pap-server.js';
import type { AuthOutcome, AuthResult, AuthServerOptions, AuthTransmit, Credentials } from './types.js';

/**
 * The end that asks the peer who it is, for any method. Sans-IO: after every input drain `pollTransmit` and
 * `pollOutcome`, then heed `pollTimeout`. It stays as long as the session, since a peer that missed our answer asks
 * again (RFC 1334 section 2.2.1, RFC 1994 section 4.1); then it holds little more than the answer's text.
 */
export class AuthServer {
  readonly #exchange: ServerExchange;

  constructor(options: AuthServerOptions, random: Random) {
    this.#exchange = exchangeOf(options, random);
  }

  /** The identifier of the request that is being verified, where the peer chose it. */
  get identifier(): number | undefined {
    return this.#exchange.identifier;
  }

  /** Begins, or begins anew. A verification that is still open is forgotten: its result must not be handed in. */
  start(now: number): void {
    this.#exchange.start(now);
  }

  /**
   * Begins with credentials that a LAC collected and passed on (RFC 2661 section 4.4.5, Proxy Authen AVPs): reports
   * them and answers the peer under `identifier` (Proxy Authen ID).
   */
  adopt(credentials: Credentials, identifier: number): void {
    this.#exchange.adopt(credentials, identifier);
  }

  /**
   * @param packet what follows the PPP protocol field. Not kept: the caller may use its buffer again. A malformed
   *   packet is counted, one for another protocol or for the peer's own machine is ignored.
   */
  handlePacket(protocol: number, packet: Uint8Array, now: number): void {
    this.#exchange.handlePacket(protocol, packet, now);
  }

  /** The verifier's answer to the `credentials` outcome; ignored when none is awaited. */
  handleResult(result: AuthResult, now: number): void {
    this.#exchange.handleResult(result, now);
  }

  /** The peer speaks a network control protocol: it has got our Success, which need not be repeated. */
  handlePeerProgress(): void {
    this.#exchange.handlePeerProgress();
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

  /** When `handleTimeout` is due, in monotonic ms. None while a verification is open: the verifier has its own. */
  pollTimeout(): number | undefined {
    return this.#exchange.pollTimeout();
  }

  /** Malformed packets that were discarded. */
  get malformed(): number {
    return this.#exchange.malformed;
  }
}

function exchangeOf(options: AuthServerOptions, random: Random): ServerExchange {
  switch (options.method) {
    case 'pap':
      return new PapServer(options);
    case 'chap':
    case 'mschapv1':
    case 'mschapv2':
      return new ChapServer(options.method, options, random);
    case 'eap':
      return new EapServer(options, random);
  }
}
