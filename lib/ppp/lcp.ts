import type { Random } from '../wire/index.js';
import { type AuthMethod } from './auth/index.js';
import { type DisconnectReason } from './causes.js';
import { ControlProtocol } from './control-protocol.js';
import type { LcpParameters } from './events.js';
import { protocolAt } from './frame.js';
import { LcpNegotiation, MAX_LOOPS } from './lcp-negotiation.js';
import type { Link } from './link.js';
import { type Judgement, adoptRequest, judgeRequest } from './negotiation.js';
import { lcpOptions } from './options/index.js';
import { magicNumber } from './options/magic-number.js';
import {
  FRAME_DATA_OFFSET,
  HEADER_LENGTH,
  PppDecodeError,
  checkOptions,
  encodeOptions,
  encodePacket,
  eachOption,
  printable,
  readU16,
  readU32,
  u16Value,
  u32Value,
  writeU32,
} from './packet.js';
import { DEFAULT_MRU, type ResolvedPppOptions } from './parameters.js';
import { Code, Protocol } from './protocols.js';
import type { ProxyLcp } from './proxy.js';
import { concat, utf8 } from '../wire/index.js';

/** What LCP tells the session above it. */
export interface LcpOwner extends Link {
  lcpUp(now: number): void;
  /** LCP has left Opened. @param renegotiating it goes on to negotiate again */
  lcpDown(renegotiating: boolean, now: number): void;
  lcpFinished(): void;
  /** The peer rejects LCP itself. */
  lcpRejected(): void;
  /** The link cannot be used; LCP is to be closed with this reason. */
  lcpUnusable(reason: DisconnectReason, now: number): void;
  /** The peer closes an open link, and says this. */
  lcpTerminated(message: string): void;
  protocolRejected(protocol: number, now: number): void;
  echoAnswered(now: number): void;
  echoRejected(): void;
  identified(text: string): void;
}

/** The default MRU bounds Identification packets (RFC 1570 section 1.1). */
const IDENTIFICATION_ROOM = DEFAULT_MRU - 8;

/** An endpoint discriminator that a LAC has acknowledged changes nothing on a link without multilink. */
const ENDPOINT_DISCRIMINATOR = 19;

/** Every echo request, one after the other: thousands of idle sessions send them all day. */
const echoRequest = encodePacket(Protocol.LCP, Code.EchoRequest, 0, new Uint8Array(4));
const echoIdentifierAt = 3;
const echoMagicNumber = echoRequest.subarray(FRAME_DATA_OFFSET);
/** Of the frame, and of its answer. */
const echoLength = echoRequest.length;

/** The Link Control Protocol (RFC 1661, RFC 1570). */
export class Lcp extends ControlProtocol<LcpNegotiation> {
  readonly #owner: LcpOwner;
  #proxied = false;
  #transcript: ProxyLcp | undefined;

  constructor(
    owner: LcpOwner,
    options: ResolvedPppOptions,
    random: Random,
    offers: readonly AuthMethod[],
    accepts: readonly AuthMethod[],
  ) {
    super(Protocol.LCP, lcpOptions, new LcpNegotiation(options, random, offers, accepts), owner);
    this.#owner = owner;
  }

  /** What is agreed on was negotiated by a LAC. */
  get proxied(): boolean {
    return this.#proxied;
  }

  /**
   * The options of the requests that led to the agreement, for another end that is to go on with it. Of use from when
   * LCP is open to {@link Lcp.forgetTranscript}.
   */
  get transcript(): ProxyLcp {
    return this.#transcript ?? {};
  }

  /** The agreement is this end's own from now on: its transcript need not be kept. */
  forgetTranscript(): void {
    this.#transcript = undefined;
  }

  /** What is agreed on; of use while LCP is open. */
  get parameters(): LcpParameters {
    const n = this.negotiation;
    return {
      mru: n.mru,
      peerMru: n.peerMru,
      authMethod: n.authMethod,
      peerAuthMethod: n.peerAuthMethod,
      magicNumber: n.magicNumber,
      peerMagicNumber: n.peerMagicNumber,
      sendAccm: n.peerAccm,
      receiveAccm: n.accm,
      sendPfc: n.peerPfc,
      sendAcfc: n.peerAcfc,
      proxied: this.#proxied,
    };
  }

  /**
   * Takes over what a LAC negotiated in our name (RFC 2661 section 4.4.5), where all of it could have been agreed on
   * by this end itself. LCP is open then.
   * @param proxy with the LAC's last Configure-Request and the peer's
   * @returns false, without having changed anything that matters, when it has to be negotiated here
   */
  adopt(proxy: ProxyLcp, now: number): boolean {
    const { lastSent, lastReceived } = proxy;
    if (lastSent === undefined || lastReceived === undefined) return false;
    const n = this.negotiation;
    try {
      checkOptions(lastSent);
      checkOptions(lastReceived);
    } catch {
      return false;
    }
    n.beginPeer();
    // What a request does not mention has its default value.
    n.mru = DEFAULT_MRU;
    n.magicNumber = 0;
    n.pfc = n.acfc = false;
    n.accm = undefined;
    n.offer = n.offers.length;
    const agreed =
      adoptRequest(lcpOptions, n, lastSent) &&
      (n.offers.length === 0 || n.authMethod !== undefined) &&
      judgeRequest(lcpOptions, n, withoutDiscriminator(lastReceived), true, false).code === Code.ConfigureAck;
    n.loops = 0;
    n.failed = false;
    if (!agreed) return false;
    this.#proxied = true;
    this.#transcript = {
      initialReceived: proxy.initialReceived?.slice(),
      lastSent: lastSent.slice(),
      lastReceived: lastReceived.slice(),
    };
    this.assumeOpened(now);
    return true;
  }

  /** Negotiates anew from an open link. */
  renegotiate(now: number): void {
    this.#transcript = undefined;
    this.down(now);
    this.up(now);
  }

  /** An echo request. Its octets stay until the next call, of any link. */
  echoRequest(): Uint8Array {
    writeU32(echoMagicNumber, this.negotiation.magicNumber);
    echoRequest[echoIdentifierAt] = this.nextIdentifier();
    return echoRequest;
  }

  /**
   * An answer to an echo request is all that idle sessions say, by the thousands: it is read where it lies.
   * @returns whether the frame is one, and nothing but one
   */
  takeEchoReply(frame: Uint8Array): boolean {
    const at = protocolAt(frame);
    if (
      frame.length !== at + echoLength ||
      frame[at] !== Protocol.LCP >>> 8 ||
      frame[at + 1] !== (Protocol.LCP & 0xff) ||
      frame[at + 2] !== Code.EchoReply ||
      frame[at + 4] !== 0 ||
      frame[at + 5] !== echoLength - 2 ||
      !this.opened
    ) {
      return false;
    }
    const n = this.negotiation;
    if (n.isOurs(readU32(frame, at + FRAME_DATA_OFFSET))) return false;
    n.loops = 0;
    return true;
  }

  /** Reports a protocol that this end does not speak (RFC 1661 section 5.7). Only while LCP is open. */
  sendProtocolReject(protocol: number, information: Uint8Array): void {
    const room = Math.max(0, this.link.peerMru - HEADER_LENGTH - 2);
    const data = concat(u16Value(protocol), information.subarray(0, room));
    this.link.transmit(encodePacket(Protocol.LCP, Code.ProtocolReject, this.nextIdentifier(), data));
  }

  sendIdentification(text: string): void {
    const data = concat(u32Value(this.negotiation.magicNumber), utf8(text).subarray(0, IDENTIFICATION_ROOM));
    this.link.transmit(encodePacket(Protocol.LCP, Code.Identification, this.nextIdentifier(), data));
  }

  protected override onUp(now: number, request?: Uint8Array): void {
    if (request !== undefined) this.#transcript = { ...this.#transcript, lastSent: request.slice() };
    this.#owner.lcpUp(now);
  }

  protected override onDown(now: number): void {
    this.#proxied = false;
    this.#owner.lcpDown(this.active, now);
  }

  protected override onFinished(): void {
    this.#owner.lcpFinished();
  }

  protected override onRejected(): void {
    this.#owner.lcpRejected();
  }

  protected override giveUp(now: number): void {
    const n = this.negotiation;
    if (n.loops >= MAX_LOOPS) this.#owner.lcpUnusable('loopback', now);
    else this.#owner.lcpUnusable(n.failed ? 'auth-protocol' : 'lcp-timeout', now);
  }

  protected override mayDropOptions(): boolean {
    // On a loop the naks are our own; without a magic number it would never be noticed.
    return this.negotiation.loops === 0;
  }

  protected override judge(options: Uint8Array, mayNak: boolean, mayAppend: boolean): Judgement {
    // On an open link this is the first request of another round.
    const lastReceived = options.slice();
    const first = this.opened ? undefined : this.#transcript?.initialReceived;
    this.#transcript = { initialReceived: first ?? lastReceived, lastReceived };
    const { loops } = this.negotiation;
    const judgement = super.judge(options, mayNak, mayAppend);
    if (this.negotiation.loops <= loops || this.negotiation.failed || judgement.code === Code.ConfigureNak)
      return judgement;
    // This is our own request, as far as we know, and a reject of its options would say nothing about a peer: only
    // a Nak of the magic number tells a loop from a coincidence (RFC 1661 section 6.4).
    const value = u32Value(this.negotiation.newMagicNumber());
    return { code: Code.ConfigureNak, options: encodeOptions([{ type: magicNumber.type, value }]) };
  }

  protected override onTerminateRequest(data: Uint8Array): void {
    if (this.opened) this.#owner.lcpTerminated(printable(data));
  }

  protected override onCodeRejected(code: number): void {
    if (code === Code.EchoRequest) this.#owner.echoRejected();
  }

  protected override extension(code: number, identifier: number, data: Uint8Array, now: number): boolean {
    switch (code) {
      case Code.ProtocolReject:
        this.#receiveProtocolReject(data, now);
        return true;
      case Code.EchoRequest:
        if (this.opened && !this.#isLooped(data, now)) this.#answerEcho(identifier, data, now);
        return true;
      case Code.EchoReply:
        if (this.opened && !this.#isLooped(data, now)) this.#owner.echoAnswered(now);
        return true;
      case Code.Identification:
        if (data.length > 4) this.#owner.identified(printable(data.subarray(4)));
        this.fireMaintenance('RXR', now);
        return true;
      case Code.DiscardRequest:
      case Code.TimeRemaining:
        this.fireMaintenance('RXR', now);
        return true;
      default:
        return false;
    }
  }

  #receiveProtocolReject(data: Uint8Array, now: number): void {
    // "SHOULD be silently discarded" in any other state (RFC 1661 section 5.7).
    if (!this.opened) return;
    if (data.length < 2) throw new PppDecodeError('Protocol-Reject without a protocol');
    const protocol = readU16(data);
    if (protocol === Protocol.LCP) {
      this.fireMaintenance('RXJ-', now);
      return;
    }
    this.fireMaintenance('RXJ+', now);
    this.#owner.protocolRejected(protocol, now);
  }

  #answerEcho(identifier: number, data: Uint8Array, now: number): void {
    const room = Math.max(4, this.link.peerMru - HEADER_LENGTH);
    const reply = encodePacket(Protocol.LCP, Code.EchoReply, identifier, data.subarray(0, room));
    reply.set(u32Value(this.negotiation.magicNumber), 2 + HEADER_LENGTH);
    this.fireMaintenance('RXR', now, reply);
  }

  /** Whether an echo packet bears our own magic number; enough of them in a row end the link. */
  #isLooped(data: Uint8Array, now: number): boolean {
    if (data.length < 4) throw new PppDecodeError('echo without a magic number');
    const n = this.negotiation;
    if (!n.isOurs(readU32(data))) {
      n.loops = 0;
      return false;
    }
    n.loops++;
    if (n.loops >= MAX_LOOPS) this.#owner.lcpUnusable('loopback', now);
    return true;
  }
}

const withoutDiscriminator = (options: Uint8Array): Uint8Array =>
  encodeOptions([...eachOption(options)].filter(({ type }) => type !== ENDPOINT_DISCRIMINATOR));
