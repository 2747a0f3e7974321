import { CcpNegotiation, MppeBits } from './ccp-negotiation.js';
import { Ncp, type NcpOwner } from './ncp.js';
import { ccpOptions } from './options/index.js';
import { decodePacket, encodePacket } from './packet.js';
import type { ResolvedPppOptions } from './parameters.js';
import { Code, Protocol } from './protocols.js';

/** What CCP tells the network phase beyond what every control protocol does. */
export interface CcpOwner extends NcpOwner {
  /** The peer asks again for what is agreed on although we are open: it has not got our Ack. */
  ccpAckLost(request: Uint8Array): void;
  /** The peer takes down encryption that is in force. */
  ccpLost(now: number): void;
}

/** How long a Reset-Request may go without an answer before another one is sent, in ms. */
const RESET_INTERVAL = 1_000;

/**
 * The Compression Control Protocol (RFC 1962), for MPPE (RFC 3078). The kernel's ppp_generic reads along: it starts
 * and stops the ciphers with the Configure-Acks that pass through the unit, and rekeys with our Reset-Ack. What it
 * cannot decrypt comes to us, for a Reset-Request.
 */
export class Ccp extends Ncp<CcpNegotiation> {
  readonly #owner: CcpOwner;
  /** Fingerprint of the options in the peer's last Configure-Request before CCP was open. */
  #lastRequest = 0;
  #resetDue = 0;

  constructor(owner: CcpOwner, mppe: ResolvedPppOptions['mppe'], keyBits: number) {
    super(Protocol.CCP, ccpOptions, new CcpNegotiation(mppe, keyBits), owner);
    this.#owner = owner;
  }

  /** Data is encrypted in both directions. */
  get encrypted(): boolean {
    return this.opened && this.negotiation.local !== 0 && this.negotiation.peer !== 0;
  }

  /** Data is encrypted in at least one direction. */
  get inForce(): boolean {
    return this.opened && (this.negotiation.local !== 0 || this.negotiation.peer !== 0);
  }

  override receive(packet: Uint8Array, now: number): void {
    const { code, data } = decodePacket(packet);
    const digest = fingerprint(data);
    if (!this.inForce) {
      if (code === Code.ConfigureRequest) this.#lastRequest = digest;
    } else if (code === Code.ConfigureRequest && digest === this.#lastRequest) {
      // To start over, as the automaton would, would take the keys that are in use from under a peer that only
      // wants its Ack; pppd gives the link up when that happens.
      this.#owner.ccpAckLost(packet.slice());
      return;
    } else if (
      code === Code.ConfigureRequest ||
      code === Code.TerminateRequest ||
      code === Code.TerminateAck
    ) {
      this.#owner.ccpLost(now);
      return;
    }
    super.receive(packet, now);
  }

  /** Acknowledges the request of {@link CcpOwner.ccpAckLost} once more. */
  acknowledgeAgain(request: Uint8Array): void {
    const { identifier, data } = decodePacket(request);
    this.link.transmit(encodePacket(Protocol.CCP, Code.ConfigureAck, identifier, data));
  }

  /** The kernel could not decrypt a packet: stateful MPPE has lost its place (RFC 3078 section 8.2). */
  handleUndecipherable(now: number): void {
    const { local } = this.negotiation;
    if (!this.opened || local === 0 || local & MppeBits.Stateless || now < this.#resetDue) return;
    this.#resetDue = now + RESET_INTERVAL;
    this.link.transmit(encodePacket(Protocol.CCP, Code.ResetRequest, this.nextIdentifier()));
  }

  protected override get known(): boolean {
    return true;
  }

  protected override mayAcknowledge(): boolean {
    return true;
  }

  protected override giveUp(now: number): void {
    super.giveUp(now);
    this.#owner.ncpFinished(this, 'stalemate', now);
  }

  protected override extension(code: number, identifier: number, _data: Uint8Array, now: number): boolean {
    switch (code) {
      case Code.ResetRequest:
        // Not needed by RFC 3078, but it is what makes the kernel flush (ppp_ccp_peek).
        if (this.opened) this.link.transmit(encodePacket(Protocol.CCP, Code.ResetAck, identifier));
        return true;
      case Code.ResetAck:
        if (this.opened) this.#resetDue = now;
        return true;
      default:
        return false;
    }
  }
}

/** FNV-1a: tells a retransmission from another request. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const octet of bytes) hash = Math.imul(hash ^ octet, 0x01000193);
  return hash >>> 0;
}
