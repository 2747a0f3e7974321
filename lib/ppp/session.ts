import type { AuthResult } from './auth/index.js';
import type { DisconnectCause } from './causes.js';
import type { LcpParameters, PppEvent } from './events.js';
import { SessionMachine } from './machine.js';
import type { NetworkState } from './network.js';
import type { NetworkParameters, ResolvedPppOptions } from './parameters.js';
import type { PppPhase, PppSessionOptions, PppStart } from './session-options.js';

/**
 * PPP of one link (RFC 1661): LCP, authentication, and the network control protocols, for either end. Sans-IO: after
 * each input drain {@link pollEvent} and {@link pollTransmit}, then heed {@link pollTimeout}. Time is in monotonic
 * milliseconds. Input octets are read during the call only.
 */
export class PppSession {
  readonly #machine: SessionMachine;

  /** @throws RangeError when the credentials do not fit into the packets of the methods that are allowed */
  constructor(options: PppSessionOptions) {
    this.#machine = new SessionMachine(options);
  }

  get phase(): PppPhase {
    return this.#machine.phase;
  }

  /** Why the session closes or is over; `undefined` before. */
  get closeCause(): DisconnectCause | undefined {
    return this.#machine.closeCause;
  }

  /** The options in force, with what the user's parameters override. */
  get options(): ResolvedPppOptions {
    return this.#machine.options;
  }

  /** What LCP agreed on; undefined while it is not open. */
  get lcp(): LcpParameters | undefined {
    return this.#machine.lcp;
  }

  /** What the network control protocols that are open have agreed on. */
  get network(): NetworkState {
    return this.#machine.network;
  }

  /** The kernel's part of the session is there. */
  get attached(): boolean {
    return this.#machine.attached;
  }

  /**
   * The peer takes frames without address and control octets (RFC 1661 section 6.6); to any other they are sent with
   * FF 03 in front, and LCP frames always are.
   */
  get peerTakesAcfc(): boolean {
    return this.#machine.peerTakesAcfc;
  }

  /** Frames that were malformed, or made no sense at their time, and were discarded. */
  get discarded(): number {
    return this.#machine.discarded;
  }

  /**
   * While an `authenticate` event is open: what another end needs to go on with this link, which then belongs to it
   * (RFC 2661 section 4.4.5). Holds what the peer proves itself with: a secret.
   */
  get proxy(): PppStart {
    return this.#machine.proxy;
  }

  /** The link below is there. With proxy LCP that fits (RFC 2661 section 4.4.5) LCP is open at once. */
  start(start: PppStart, now: number): void {
    this.#machine.start(start, now);
  }

  /** One PPP frame of the peer, with or without address and control, with either form of the protocol field. */
  handleFrame(frame: Uint8Array, now: number): void {
    this.#machine.handleFrame(frame, now);
  }

  /** The peer was heard without this session seeing it: the kernel has counted packets from it. */
  noteActivity(now: number): void {
    this.#machine.noteActivity(now);
  }

  handleTimeout(now: number): void {
    this.#machine.handleTimeout(now);
  }

  /**
   * The answer to an `authenticate` event. One with another id than the last event's is too late and ignored.
   * @param network what an accepted peer gets
   * @throws RangeError when its `optionsOverride` is out of range
   */
  handleAuthResult(
    id: number,
    result: AuthResult,
    network: NetworkParameters | undefined,
    now: number,
  ): void {
    this.#machine.handleAuthResult(id, result, network, now);
  }

  /** The kernel has what the `attach` event asked for: Acks that were held back go out. */
  handleAttached(now: number): void {
    this.#machine.handleAttached(now);
  }

  /** The kernel could not do what the `attach` or `mppe` event asked for. @param reason for people */
  handleAttachFailed(reason: string, now: number): void {
    this.#machine.handleAttachFailed(reason, now);
  }

  /** The kernel has the keys of an `mppe` event; once for each of them. */
  handleMppeReady(now: number): void {
    this.#machine.handleMppeReady(now);
  }

  /** Starts LCP again on an open link; the peer has to authenticate anew. */
  renegotiate(now: number): void {
    this.#machine.renegotiate(now);
  }

  /** Ends the session with a Terminate-Request (RFC 1661 section 3.7); the `down` event follows. */
  close(cause: DisconnectCause, now: number): void {
    this.#machine.close(cause, now);
  }

  /** Ends the session at once: the link below is gone, nothing more can be sent. `down` is the last event. */
  abort(now: number, cause?: DisconnectCause): void {
    this.#machine.abort(now, cause);
  }

  /** A frame to send: the two octets of its protocol field, then the information; address and control left out. */
  pollTransmit(): Uint8Array | undefined {
    return this.#machine.pollTransmit();
  }

  pollEvent(): PppEvent | undefined {
    return this.#machine.pollEvent();
  }

  /** When {@link handleTimeout} is due; undefined when nothing is. */
  pollTimeout(): number | undefined {
    return this.#machine.pollTimeout();
  }
}
