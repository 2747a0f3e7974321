import { WireError } from '../../wire/index.js';
import type { AuthOutcome, AuthResult, AuthTransmit, Credentials } from './types.js';

/**
 * What the authentication machines have in common: queues that are drained after each input, one deadline, and the
 * count of malformed packets. A derived machine parses a packet whole before it changes anything, so that a
 * malformed one leaves no trace but the count.
 */
export abstract class Exchange {
  readonly #protocol: number;
  // The queues exist only between an input and its draining: thousands of machines wait with both empty.
  #transmit: Uint8Array[] | undefined;
  #outcomes: AuthOutcome[] | undefined;
  #deadline: number | undefined;
  #malformed = 0;

  constructor(protocol: number) {
    this.#protocol = protocol;
  }

  /** Begins anew, whatever went before. */
  abstract start(now: number): void;

  /** @throws WireError when the packet is malformed; nothing has changed then */
  protected abstract receive(packet: Uint8Array, now: number): void;

  /** The deadline has passed and is not set any more. */
  protected abstract expire(now: number): void;

  /** Packets of the protocol that broke its format and were discarded. */
  get malformed(): number {
    return this.#malformed;
  }

  /** A packet of another protocol, or one meant for the other end of this one, is ignored. */
  handlePacket(protocol: number, packet: Uint8Array, now: number): void {
    if (protocol !== this.#protocol) return;
    try {
      this.receive(packet, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#malformed++;
    }
  }

  handleTimeout(now: number): void {
    if (this.#deadline === undefined || now < this.#deadline) return;
    this.#deadline = undefined;
    this.expire(now);
  }

  pollTransmit(): AuthTransmit | undefined {
    const packet = this.#transmit?.shift();
    if (this.#transmit?.length === 0) this.#transmit = undefined;
    return packet && { protocol: this.#protocol, packet };
  }

  pollOutcome(): AuthOutcome | undefined {
    const outcome = this.#outcomes?.shift();
    if (this.#outcomes?.length === 0) this.#outcomes = undefined;
    return outcome;
  }

  pollTimeout(): number | undefined {
    return this.#deadline;
  }

  protected send(packet: Uint8Array): void {
    (this.#transmit ??= []).push(packet);
  }

  protected report(outcome: AuthOutcome): void {
    (this.#outcomes ??= []).push(outcome);
  }

  protected setDeadline(at: number | undefined): void {
    this.#deadline = at;
  }

  /** Forgets what was queued, for a new start. */
  protected clear(): void {
    this.#transmit = undefined;
    this.#outcomes = undefined;
    this.#deadline = undefined;
  }
}

/** A machine of the authenticator. */
export abstract class ServerExchange extends Exchange {
  /** The identifier of the request that is being verified, where the peer chose it. */
  get identifier(): number | undefined {
    return undefined;
  }

  /** Takes the verifier's answer; ignored unless one is awaited. */
  abstract handleResult(result: AuthResult, now: number): void;

  /**
   * Begins with credentials that somebody else collected, such as an L2TP LAC (RFC 2661 section 4.4.5): they are
   * reported like the peer's own, and the answer to them goes to the peer under `identifier`.
   */
  abstract adopt(credentials: Credentials, identifier: number): void;

  /** The peer behaves as one that knows that it was accepted. */
  handlePeerProgress(): void {}
}

/** A machine of the end that proves who it is. */
export abstract class ClientExchange extends Exchange {
  /** The server behaves as if it had accepted us (RFC 3748 section 3.4). */
  handleLowerLayerSuccess(): void {}
}
