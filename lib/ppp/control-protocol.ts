import type { FinishReason, Link, Negotiation } from './link.js';
import { type AutomatonEvent, State, timerRuns, transitions } from './automaton.js';
import {
  type Judgement,
  type OptionTable,
  applyNak,
  applyReject,
  buildRequest,
  isSubset,
  judgeRequest,
} from './negotiation.js';
import {
  FRAME_DATA_OFFSET,
  HEADER_LENGTH,
  PppDecodeError,
  checkOptions,
  decodePacket,
  encodePacket,
  equalBytes,
} from './packet.js';
import { Code } from './protocols.js';

const nothing = new Uint8Array(0);

/**
 * A control protocol of a link: the automaton of RFC 1661 section 4 with its timer, and the packets of section 5
 * that all control protocols share. Derived classes add their options as a table, and what follows from their being
 * up, down and finished.
 */
export abstract class ControlProtocol<N extends Negotiation> {
  readonly protocol: number;
  readonly negotiation: N;
  protected readonly link: Link;
  readonly #table: OptionTable<N>;
  #state: State = State.Initial;
  #identifier = 0;
  /** Transmissions that are left before TO-. */
  #restarts = 0;
  /** Naks sent since the last Ack; Max-Failure bounds them. */
  #naksSent = 0;
  #refusalsReceived = 0;
  /** Bit i: the peer rejected entry i of the table. */
  #rejected = 0;
  #deadline: number | undefined;
  /** Our last Configure-Request as a frame, until the protocol is open. */
  #request: Uint8Array | undefined;
  #answered = false;
  /** Identifier of the last request that was refused, -1 while none was; and whether by a Nak. */
  #refused = -1;
  #naked = false;
  /** An acceptable Configure-Request whose Ack has to wait. */
  #held: Uint8Array | undefined;
  #finish: FinishReason = 'timeout';

  constructor(protocol: number, table: OptionTable<N>, negotiation: N, link: Link) {
    this.protocol = protocol;
    this.#table = table;
    this.negotiation = negotiation;
    this.link = link;
  }

  get state(): State {
    return this.#state;
  }

  get opened(): boolean {
    return this.#state === State.Opened;
  }

  /** The negotiation is under way, or done. */
  get active(): boolean {
    return this.#state >= State.RequestSent;
  }

  /** The peer's last request is acceptable, and its Ack is held. */
  get held(): boolean {
    return this.#held !== undefined;
  }

  /** Nothing but our held Ack is missing to be open. */
  get ready(): boolean {
    return this.#held !== undefined && this.#state === State.AckReceived;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** @param request the options of our request that the peer has acknowledged; absent where none was sent */
  protected abstract onUp(now: number, request?: Uint8Array): void;
  protected abstract onDown(now: number): void;
  protected abstract onFinished(reason: FinishReason, now: number): void;

  /** Whether an acceptable request may be acknowledged now; if not it is held until {@link release}. */
  protected mayAcknowledge(): boolean {
    return true;
  }

  /** Whether options that the peer naks again and again are given up. */
  protected mayDropOptions(): boolean {
    return true;
  }

  /** Called while {@link held}, whenever that or what we know of our own values has changed. */
  protected onHeld(): void {}

  /** Handles a code beyond 7. @returns false when the code is unknown */
  protected extension?(code: number, identifier: number, data: Uint8Array, now: number): boolean;

  /** The peer rejected one of our own codes beyond 7; it must not be sent again. */
  protected onCodeRejected?(code: number): void;

  /** The peer rejects what the protocol cannot do without, before that takes effect. */
  protected onRejected?(): void;

  /** The peer's Terminate-Request, before it takes effect. */
  protected onTerminateRequest?(data: Uint8Array): void;

  protected judge(options: Uint8Array, mayNak: boolean, mayAppend: boolean): Judgement {
    return judgeRequest(this.#table, this.negotiation, options, mayNak, mayAppend);
  }

  /** The lower layer can carry packets. */
  up(now: number): void {
    this.#fire('Up', now);
  }

  /** The lower layer cannot. */
  down(now: number): void {
    this.#fire('Down', now);
  }

  /** The layer may come up. */
  open(now: number): void {
    this.#fire('Open', now);
  }

  /** The layer must go down. @param data for the Terminate-Request */
  close(now: number, reason: FinishReason = 'closed', data: Uint8Array = nothing): void {
    this.#finish = reason;
    this.#fire('Close', now, data);
  }

  /** Takes the layer down without a word: its protocol was rejected (RFC 1661 section 5.7). */
  silence(now: number): void {
    if (this.#state <= State.Starting) return;
    this.#finish = 'rejected';
    this.#fire('Down', now);
    this.#fire('Close', now);
  }

  /** The options will never fit. */
  protected giveUp(now: number): void {
    this.close(now, 'stalemate');
  }

  /** Counts as open without an exchange: somebody else has negotiated in our name (RFC 2661 section 4.4.5). */
  protected assumeOpened(now: number): void {
    this.#state = State.Opened;
    this.onUp(now);
  }

  /** Sends the Ack that was held, if the request is still acceptable. */
  release(now: number): void {
    const held = this.#held;
    if (!held) return;
    this.#dropHeld(now);
    this.receive(held, now);
  }

  handleTimeout(now: number): void {
    if (this.#deadline === undefined || now < this.#deadline) return;
    if (this.ready) {
      // It is for us to move; the peer has nothing to answer.
      this.#deadline = undefined;
      return;
    }
    this.#fire(this.#restarts > 0 ? 'TO+' : 'TO-', now);
  }

  /**
   * Takes one packet, from its code on.
   * @throws PppDecodeError when it has to be discarded; nothing has changed then
   */
  receive(packet: Uint8Array, now: number): void {
    if (this.#state <= State.Starting) return;
    const { code, identifier, data } = decodePacket(packet);
    switch (code) {
      case Code.ConfigureRequest:
        checkOptions(data);
        this.#receiveRequest(packet, identifier, data, now);
        return;
      case Code.ConfigureAck:
      case Code.ConfigureNak:
      case Code.ConfigureReject:
        this.#receiveAnswer(code, identifier, data, now);
        return;
      case Code.TerminateRequest:
        this.#dropHeld(now);
        if (this.opened) this.#finish = 'terminated';
        this.onTerminateRequest?.(data);
        this.#fire('RTR', now, this.#packet(Code.TerminateAck, identifier, nothing));
        return;
      case Code.TerminateAck:
        this.#fire('RTA', now);
        return;
      case Code.CodeReject: {
        const rejected = data[0];
        if (rejected === undefined) throw new PppDecodeError('Code-Reject without the rejected packet');
        if (rejected >= Code.ConfigureRequest && rejected <= Code.CodeReject) {
          this.fireMaintenance('RXJ-', now);
        } else {
          this.onCodeRejected?.(rejected);
          this.#fire('RXJ+', now);
        }
        return;
      }
      default:
        if (this.extension?.(code, identifier, data, now)) return;
        this.#fire('RUC', now, this.#codeReject(packet.subarray(0, HEADER_LENGTH + data.length)));
    }
  }

  /** Fires RXR, or RXJ+ of a Protocol-Reject, from an extension. @param reply the Echo-Reply */
  protected fireMaintenance(event: 'RXR' | 'RXJ+' | 'RXJ-', now: number, reply?: Uint8Array): void {
    if (event === 'RXJ-') {
      this.#finish = 'rejected';
      this.onRejected?.();
    }
    this.#fire(event, now, reply);
  }

  protected nextIdentifier(): number {
    this.#identifier = (this.#identifier + 1) & 0xff;
    return this.#identifier;
  }

  #receiveRequest(packet: Uint8Array, identifier: number, options: Uint8Array, now: number): void {
    this.#dropHeld(now);
    if (this.#state === State.Closed) {
      this.#fire('RCR+', now, this.#packet(Code.TerminateAck, identifier, nothing));
      return;
    }
    if (this.#state === State.Closing || this.#state === State.Stopping) return;
    // The same request again means that our answer was lost, not that it was not heeded.
    const nakLost = identifier === this.#refused && this.#naked;
    const mayNak = nakLost || this.#naksSent < this.link.options.maxFailure;
    this.negotiation.beginPeer();
    const judgement = this.judge(options, mayNak, nakLost || this.#naksSent === 0);
    if (this.negotiation.failed || judgement.stalemate) {
      this.giveUp(now);
      return;
    }
    if (judgement.code === Code.ConfigureAck) {
      if (!this.mayAcknowledge()) {
        if (this.#state === State.Stopped) return;
        // The octets belong to the caller.
        this.#held = packet.slice();
        this.onHeld();
        return;
      }
      this.#fire('RCR+', now, this.#packet(judgement.code, identifier, options));
    } else {
      this.#fire('RCR-', now, this.#packet(judgement.code, identifier, judgement.options));
      this.#refused = identifier;
      this.#naked = judgement.code === Code.ConfigureNak;
      if (this.#naked && !nakLost) this.#naksSent++;
    }
  }

  #receiveAnswer(code: number, identifier: number, options: Uint8Array, now: number): void {
    if (this.#state === State.Closed || this.#state === State.Stopped) {
      this.#fire('RCA', now, this.#packet(Code.TerminateAck, identifier, nothing));
      return;
    }
    const request = this.#request;
    // A second answer to a request bears an identifier that is used up (RFC 1661 section 5.1).
    if (!request || this.#answered || request[3] !== identifier || this.#state < State.RequestSent)
      throw new PppDecodeError('answer to a request that is not outstanding');
    const asked = request.subarray(FRAME_DATA_OFFSET);
    if (code === Code.ConfigureAck) {
      if (!equalBytes(options, asked)) throw new PppDecodeError('Configure-Ack of other options');
      this.#answered = true;
      this.#refusalsReceived = 0;
      this.#fire('RCA', now);
      if (this.held) this.onHeld();
      return;
    }
    checkOptions(options);
    const { maxFailure } = this.link.options;
    if (code === Code.ConfigureReject) {
      if (!isSubset(options, asked)) throw new PppDecodeError('Configure-Reject of options not asked for');
      this.#rejected |= applyReject(this.#table, this.negotiation, options);
    } else if (this.#refusalsReceived >= maxFailure && this.mayDropOptions()) {
      // A peer that naks without end gets the default instead of another round.
      this.#rejected |= applyReject(this.#table, this.negotiation, options);
    } else {
      applyNak(this.#table, this.negotiation, options);
    }
    this.#answered = true;
    this.#refusalsReceived++;
    if (this.negotiation.failed || this.#refusalsReceived > 4 * maxFailure) {
      this.giveUp(now);
      return;
    }
    this.#fire('RCN', now);
    if (this.held) this.onHeld();
  }

  #fire(event: AutomatonEvent, now: number, reply?: Uint8Array): void {
    const before = this.#state;
    const transition: readonly (string | number)[] | null = transitions[before][event];
    if (!transition) return;
    const last = transition.length - 1;
    const next = transition[last] as State;
    this.#state = next;
    if (!timerRuns(next)) this.#deadline = undefined;
    if (next !== State.RequestSent && next !== State.AckReceived) this.#held = undefined;
    if (before < State.Closing && next >= State.RequestSent) this.#begin();
    for (let i = 0; i < last; i++) this.#act(transition[i] as string, event, now, reply);
    // The timer pauses while a held Ack makes it our turn, and may find the hold gone.
    if (this.#deadline === undefined && timerRuns(this.#state) && !this.ready) this.#startTimer(now);
  }

  #dropHeld(now: number): void {
    if (!this.#held) return;
    this.#held = undefined;
    if (this.#deadline === undefined && timerRuns(this.#state)) this.#startTimer(now);
  }

  #begin(): void {
    this.#rejected = 0;
    this.#naksSent = 0;
    this.#refusalsReceived = 0;
    this.#refused = -1;
    this.#finish = 'timeout';
    this.negotiation.failed = false;
    this.negotiation.beginLocal();
  }

  #act(action: string, event: AutomatonEvent, now: number, reply: Uint8Array | undefined): void {
    switch (action) {
      case 'irc':
        this.#restarts =
          this.#state === State.Closing || this.#state === State.Stopping
            ? this.link.options.maxTerminate
            : this.link.options.maxConfigure;
        return;
      case 'zrc':
        this.#restarts = 0;
        this.#startTimer(now);
        return;
      case 'scr':
        this.#sendConfigureRequest(event === 'TO+', now);
        return;
      case 'str':
        this.#restarts--;
        this.#startTimer(now);
        this.link.transmit(
          this.#packet(
            Code.TerminateRequest,
            this.nextIdentifier(),
            event === 'Close' ? (reply ?? nothing) : nothing,
          ),
        );
        return;
      case 'sca':
        this.#naksSent = 0;
        this.#refused = -1;
        if (reply) this.link.transmit(reply);
        return;
      case 'scn':
      case 'sta':
      case 'scj':
      case 'ser':
        if (reply) this.link.transmit(reply);
        return;
      case 'tlu': {
        const request = this.#request?.subarray(FRAME_DATA_OFFSET);
        this.#request = undefined;
        this.#refusalsReceived = 0;
        this.onUp(now, request);
        return;
      }
      case 'tld':
        this.onDown(now);
        if (this.active) this.#begin();
        return;
      case 'tlf':
        this.#request = undefined;
        this.onFinished(this.#finish, now);
        return;
      default: // tls: the lower layer is told by whoever opens this one
    }
  }

  #sendConfigureRequest(again: boolean, now: number): void {
    this.#restarts--;
    this.#startTimer(now);
    // A retransmission keeps its identifier, so that a late answer to the first one counts.
    if (!again || !this.#request || this.#answered) {
      this.#request = this.#packet(
        Code.ConfigureRequest,
        this.nextIdentifier(),
        buildRequest(this.#table, this.negotiation, this.#rejected),
      );
      this.#answered = false;
    }
    this.link.transmit(this.#request);
  }

  #startTimer(now: number): void {
    this.#deadline = now + this.link.options.restartTimer;
  }

  #packet(code: number, identifier: number, data: Uint8Array): Uint8Array {
    return encodePacket(this.protocol, code, identifier, data);
  }

  #codeReject(packet: Uint8Array): Uint8Array {
    const room = Math.max(0, this.link.peerMru - HEADER_LENGTH);
    return this.#packet(Code.CodeReject, this.nextIdentifier(), packet.subarray(0, room));
  }
}
