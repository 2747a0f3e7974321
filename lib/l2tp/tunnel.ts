import type { Random } from '../wire/index.js';
import { messageTypes } from './avp-table.js';
import type { Call } from './call.js';
import { Calls, PlacementError } from './calls.js';
import type { IncomingCallFields, OutgoingCallFields, SessionIds } from './calls.js';
import { ControlChannel } from './control-channel.js';
import type { Counters } from './counters.js';
import { EventQueue } from './event-queue.js';
import type { TunnelDownCause, TunnelEvent } from './events.js';
import { stopFault } from './faults.js';
import { Handshake } from './handshake.js';
import type { ControlHeader } from './header.js';
import type {
  CallMessage,
  ControlMessage,
  FaultyMessage,
  ReceivedMessage,
  Scccn,
  Sccrp,
  Sccrq,
} from './message.js';
import { peerInfo, sameRemote } from './peer.js';
import type { Path, PeerInfo } from './peer.js';
import type { TunnelProfile } from './profile.js';
import { fullRetransmissionInterval } from './reliable.js';
import { errorCode, stopResult } from './result-codes.js';
import type { GeneralErrorCode, Result } from './result-codes.js';
import { tunnelStates } from './tunnel-states.js';
import type { TunnelState } from './tunnel-states.js';

/** Answers that a peer may have us queue without acknowledging any, before it counts as hostile. */
const maxProvoked = 4096;

/** What a tunnel needs from its endpoint. */
export interface TunnelHost {
  readonly random: Random;
  readonly counters: Counters;
  readonly sessionIds: SessionIds;
  /** The tunnel has output, events or another deadline. */
  touch(tunnel: Tunnel): void;
  /** Both ids are known and the peer is who it should be. */
  handleEstablished(tunnel: Tunnel): void;
  /** The tunnel is gone: its id is free. */
  release(tunnel: Tunnel): void;
}

/**
 * One control connection, as its initiator or responder (RFC 2661 section 7.2), with its calls. Made by an endpoint.
 * After each input the driver drains {@link pollTransmit} and {@link pollEvent}, then reads {@link pollTimeout}.
 */
export class Tunnel {
  /** Our id, which the peer puts into its headers. */
  readonly localTunnelId: number;
  readonly profile: TunnelProfile;
  /** Whether we sent the SCCRQ. */
  readonly initiator: boolean;
  /** @internal Tells a repeated SCCRQ from another one; 0 for the initiator. */
  readonly fingerprint: number;
  /** For the driver: whatever belongs to the tunnel. */
  context: unknown = undefined;

  readonly #host: TunnelHost;
  readonly #channel: ControlChannel;
  readonly #calls: Calls;
  readonly #events = new EventQueue<TunnelEvent>();
  #path: Path;
  #state: TunnelState = 'idle';
  #handshake: Handshake | undefined;
  #peer: PeerInfo | undefined;
  #establishedAt: number | undefined;
  #lastHeard: number;
  /** End of the set-up or of lingering. */
  #deadline: number | undefined;

  /** @internal Made by its endpoint. */
  constructor(
    host: TunnelHost,
    localTunnelId: number,
    path: Path,
    profile: TunnelProfile,
    fingerprint: number | undefined,
    now: number,
  ) {
    this.#host = host;
    this.localTunnelId = localTunnelId;
    this.#path = path;
    this.profile = profile;
    this.initiator = fingerprint === undefined;
    this.fingerprint = fingerprint ?? 0;
    this.#lastHeard = now;
    this.#deadline = now + profile.setupTimeout;
    this.#channel = new ControlChannel(profile, host.random, host.counters);
    this.#calls = new Calls(this, host);
    this.#handshake = new Handshake(profile, localTunnelId, this.initiator, host.random);
  }

  get path(): Path {
    return this.#path;
  }

  get state(): TunnelState {
    return this.#state;
  }

  get established(): boolean {
    return this.#state === 'established';
  }

  /** Monotonic ms; `undefined` if it never was. */
  get establishedAt(): number | undefined {
    return this.#establishedAt;
  }

  /** The peer's id, which goes into our headers; 0 while it is not known. */
  get peerTunnelId(): number {
    return this.#channel.peerTunnelId;
  }

  /** What the peer said of itself in SCCRQ or SCCRP. */
  get peer(): PeerInfo | undefined {
    return this.#peer;
  }

  /** When the peer was last heard, in monotonic ms. */
  get lastHeard(): number {
    return this.#lastHeard;
  }

  get callCount(): number {
    return this.#calls.size;
  }

  /** Messages sent or waiting that the peer has not acknowledged. */
  get backlog(): number {
    return this.#channel.reliable.backlog;
  }

  /** The call that a header's Session ID means. */
  call(sessionId: number): Call | undefined {
    return this.#calls.get(sessionId);
  }

  calls(): IterableIterator<Call> {
    return this.#calls.values();
  }

  /**
   * As LAC: reports a call to the LNS (ICRQ), at once or when the tunnel is open.
   * @throws PlacementError when the tunnel has ended or no session id is left
   * @throws AvpValueError for a value that its AVP cannot hold
   */
  placeIncomingCall(fields: IncomingCallFields, now: number): Call {
    this.#checkOpen();
    this.#host.touch(this);
    return this.#calls.place('lac-incoming', fields, now);
  }

  /** As LNS: asks the LAC to place a call (OCRQ). @see placeIncomingCall */
  placeOutgoingCall(fields: OutgoingCallFields, now: number): Call {
    this.#checkOpen();
    this.#host.touch(this);
    return this.#calls.place('lns-outgoing', fields, now);
  }

  /** Ends the tunnel and its calls: StopCCN, or nothing where the peer has not answered yet. */
  close(result: Result, now: number): void {
    if (this.#state === 'wait-ctl-reply') this.#vanish('local', result);
    else this.#stop('local', result, now);
  }

  /** Data came from the peer: it is alive, and no HELLO is due. Cheap enough for every frame. */
  noteActivity(now: number): void {
    this.#lastHeard = now;
  }

  /** The next datagram that is due, to be sent along {@link path}. Valid until the next input. */
  pollTransmit(): Uint8Array | undefined {
    return this.#channel.reliable.pollTransmit(this.#channel.peerTunnelId);
  }

  pollEvent(): TunnelEvent | undefined {
    return this.#events.shift();
  }

  /** When {@link handleTimeout} wants to be called, in monotonic ms. */
  pollTimeout(): number | undefined {
    if (this.#state === 'closed') return undefined;
    const never = Number.POSITIVE_INFINITY;
    const next = Math.min(
      this.#deadline ?? never,
      this.#channel.reliable.pollTimeout() ?? never,
      this.#calls.pollTimeout() ?? never,
      this.#helloAt() ?? never,
    );
    return next === never ? undefined : next;
  }

  /** A deadline may have passed. Early calls are harmless. */
  handleTimeout(now: number): void {
    if (this.#state === 'closed') return;
    this.#host.touch(this);
    if (this.#channel.reliable.handleTimeout(now)) {
      if (!this.#isOver) this.#host.counters.tunnelsLost++;
      this.#vanish('timeout', { resultCode: stopResult.generalRequest, message: 'the peer does not answer' });
      return;
    }
    this.#calls.handleTimeout(now);
    const hello = this.#helloAt();
    if (hello !== undefined && hello <= now) this.#channel.send({ type: 'HELLO' }, 0, now);
    if (this.#deadline !== undefined && this.#deadline <= now) this.#handleDeadline(now);
  }

  /** @internal Begins the exchange: SCCRQ. */
  start(now: number): void {
    this.#state = 'wait-ctl-reply';
    if (this.#handshake !== undefined) this.#channel.send(this.#handshake.sccrq(), 0, now);
  }

  /** @internal Answers an acceptable SCCRQ: SCCRP. */
  answer(sccrq: Sccrq, header: ControlHeader, datagram: Uint8Array, now: number): void {
    this.#state = 'wait-ctl-conn';
    this.#channel.reliable.receive(header, datagram, now);
    this.#host.counters.countReceived(messageTypes.SCCRQ);
    this.#learnPeer(sccrq);
    if (this.#handshake !== undefined) this.#channel.send(this.#handshake.sccrp(sccrq), 0, now);
  }

  /** @internal The SCCRQ has come again: it is acknowledged again. */
  handleRepeatedRequest(): void {
    this.#host.counters.duplicates++;
    this.#channel.reliable.acknowledgeNow();
    this.#host.touch(this);
  }

  /** @internal The peer has ended a call. */
  acknowledgeEnd(peerSessionId: number): void {
    this.#channel.reliable.acknowledgeNow(peerSessionId);
  }

  /** @internal @see Handshake.compare */
  compareTieBreaker(theirs: Uint8Array | undefined): 'ours' | 'theirs' | 'both' | 'neither' {
    return this.#handshake?.compare(theirs) ?? 'both';
  }

  /** @internal Ends the tunnel without a word, which the peer would take for another tunnel's. */
  discard(cause: 'replaced' | 'tie-breaker', message: string, successor?: Tunnel): void {
    const resultCode = cause === 'replaced' ? stopResult.generalRequest : stopResult.channelExists;
    this.#vanish(cause, { resultCode, message }, successor);
  }

  /** @internal A message that carries our id, or was found to be ours. */
  handleMessage(header: ControlHeader, datagram: Uint8Array, path: Path, now: number): void {
    if (this.#state === 'closed') return;
    const { counters } = this.#host;
    // The responder may answer from another port: until then its address will do (RFC 2661 section 8.1).
    const moved = !sameRemote(path, this.#path);
    const awaited = this.#state === 'wait-ctl-reply' && path.remote.address === this.#path.remote.address;
    if (moved && !awaited) {
      counters.foreignSources++;
      return;
    }
    this.#host.touch(this);
    const message = this.#channel.receive(header, datagram, now);
    if (this.#channel.valid) this.#lastHeard = now;
    if (awaited && message !== undefined) {
      // Our own address too is known only now, where we asked from any.
      this.#path = path;
      if (moved) this.#events.push({ type: 'path-changed' });
    }
    for (let next = message; next !== undefined; next = this.#channel.nextHeld(now)) this.#process(next, now);
    if (this.#state === 'stopping' && this.#channel.reliable.idle) this.#linger(now);
  }

  /** @internal For its calls. @param provoked whether it only answers what the peer asked */
  send(message: CallMessage, peerSessionId: number, now: number, provoked: boolean): void {
    if (!this.established) return;
    this.#channel.send(message, peerSessionId, now, provoked);
    this.#host.touch(this);
  }

  /** @internal For its calls. */
  emit(event: TunnelEvent): void {
    this.#events.push(event);
    this.#host.touch(this);
  }

  #process(message: ReceivedMessage, now: number): void {
    if (message.type === 'faulty') {
      this.#handleFault(message, now);
    } else if (message.type !== 'unknown') {
      this.#dispatch(message, now);
    } else if (message.mandatory) {
      this.#fail(errorCode.unknownMandatoryAvp, `unknown mandatory message type ${message.messageType}`, now);
    }
    if (this.#channel.reliable.provoked > maxProvoked) {
      this.#fail(errorCode.insufficientResources, 'too many answers are not acknowledged', now);
    }
  }

  #dispatch(message: ControlMessage, now: number): void {
    const states = tunnelStates[this.#state];
    switch (message.type) {
      case 'SCCRQ':
      case 'SCCRP':
      case 'SCCCN':
      case 'StopCCN':
      case 'HELLO': {
        const { action, why } = states[message.type];
        if (action === 'connect' && message.type === 'SCCRP') this.#handleReply(message, now);
        else if (action === 'establish' && message.type === 'SCCCN') this.#handleConnected(message, now);
        else if (action === 'down' && message.type === 'StopCCN') this.#handleStop(message.result, now);
        else if (action === 'stop') this.#handleUnexpected(message, why, now);
        else if (message.type !== 'HELLO') this.#host.counters.unexpectedMessages++;
        return;
      }
      default:
        if (states.call.action === 'call') this.#calls.handleMessage(message, this.#channel.sessionId, now);
        else if (states.call.action === 'stop') this.#handleUnexpected(message, states.call.why, now);
        else this.#host.counters.unexpectedMessages++;
    }
  }

  #handleUnexpected(message: ControlMessage, why: string, now: number): void {
    this.#host.counters.unexpectedMessages++;
    const text = `${message.type} in state ${this.#state}: ${why}`;
    this.#stop('fault', { resultCode: stopResult.fsmError, message: text }, now);
  }

  #handleReply(sccrp: Sccrp, now: number): void {
    this.#learnPeer(sccrp);
    const handshake = this.#handshake;
    if (handshake === undefined) return;
    const refusal = handshake.check(sccrp);
    if (refusal !== undefined) {
      this.#refuse(refusal, now);
      return;
    }
    this.#state = 'established';
    this.#channel.send(handshake.scccn(sccrp), 0, now);
    this.#open(now);
  }

  #handleConnected(scccn: Scccn, now: number): void {
    const refusal = this.#handshake?.authenticate(scccn);
    if (refusal !== undefined) {
      this.#refuse(refusal, now);
      return;
    }
    this.#state = 'established';
    this.#open(now);
  }

  #refuse(refusal: Result, now: number): void {
    const unauthorized = refusal.resultCode === stopResult.notAuthorized;
    if (unauthorized) this.#host.counters.failedAuthentications++;
    this.#stop(unauthorized ? 'authentication' : 'fault', refusal, now);
  }

  #open(now: number): void {
    this.#handshake = undefined;
    this.#deadline = undefined;
    this.#establishedAt = now;
    this.#host.counters.tunnelsEstablished++;
    this.#host.handleEstablished(this);
    this.#events.push({ type: 'up' });
    this.#calls.handleOpen(now);
  }

  #learnPeer(message: Sccrq | Sccrp): void {
    this.#channel.peerTunnelId = message.assignedTunnelId;
    this.#peer = peerInfo(message);
    if (message.receiveWindowSize !== undefined)
      this.#channel.reliable.setPeerWindow(message.receiveWindowSize);
  }

  #handleFault(faulty: FaultyMessage, now: number): void {
    const { name, fields } = faulty;
    if (name === 'StopCCN') {
      // One that could not be read in full is one all the same.
      this.#handleStop(fields.result ?? { resultCode: stopResult.generalRequest }, now);
    } else if (name !== undefined && messageTypes[name] > messageTypes.HELLO && this.established) {
      this.#calls.handleFault(faulty, this.#channel.sessionId, now);
    } else {
      if (name === 'SCCRP' && this.#state === 'wait-ctl-reply' && fields.assignedTunnelId !== undefined) {
        this.#channel.peerTunnelId = fields.assignedTunnelId;
      }
      this.#stop('fault', stopFault(faulty), now);
    }
  }

  #handleStop(result: Result, now: number): void {
    this.#finish('peer', result);
    // The peer needs nothing from us any more but the acknowledgement.
    this.#channel.reliable.discardAll();
    this.#channel.reliable.acknowledgeNow();
    if (this.#state !== 'lingering') this.#linger(now);
  }

  #handleDeadline(now: number): void {
    if (this.#state === 'lingering') {
      this.#release();
      return;
    }
    const message = `not established within ${this.profile.setupTimeout} ms`;
    const result = { resultCode: stopResult.generalRequest, message };
    if (this.#state === 'wait-ctl-reply') this.#vanish('timeout', result);
    else this.#stop('timeout', result, now);
  }

  #fail(code: GeneralErrorCode, message: string, now: number): void {
    this.#stop('fault', { resultCode: stopResult.generalError, errorCode: code, message }, now);
  }

  /** Ends the tunnel with StopCCN, which goes before everything that has not been sent yet. */
  #stop(cause: TunnelDownCause, result: Result, now: number): void {
    if (this.#isOver) return;
    this.#finish(cause, result);
    this.#channel.reliable.discardUnsent();
    this.#state = 'stopping';
    this.#channel.send({ type: 'StopCCN', assignedTunnelId: this.localTunnelId, result }, 0, now);
    this.#host.touch(this);
  }

  /** Ends the tunnel without StopCCN and without lingering. */
  #vanish(cause: TunnelDownCause, result: Result, successor?: Tunnel): void {
    if (this.#state === 'closed') return;
    this.#finish(cause, result, successor);
    this.#channel.reliable.discardAll();
    this.#release();
  }

  /** Ends the calls and tells that the tunnel is down, once. */
  #finish(cause: TunnelDownCause, result: Result, successor?: Tunnel): void {
    if (this.#isOver) return;
    this.#calls.handleTunnelDown(result.message ?? cause);
    const established = this.#establishedAt !== undefined;
    this.#events.push({ type: 'down', cause, result, established, successor });
    this.#handshake = undefined;
    this.#deadline = undefined;
  }

  /** The reliable channel goes on for a full retransmission interval (RFC 2661 sections 5.7, 5.8). */
  #linger(now: number): void {
    this.#state = 'lingering';
    this.#deadline = now + fullRetransmissionInterval(this.profile.retransmit);
  }

  #release(): void {
    this.#state = 'closed';
    this.#deadline = undefined;
    this.#events.push({ type: 'released' });
    this.#host.release(this);
    this.#host.touch(this);
  }

  get #isOver(): boolean {
    return this.#state === 'stopping' || this.#state === 'lingering' || this.#state === 'closed';
  }

  /** When the peer has been silent for so long that it is to be asked; what is unacknowledged asks already. */
  #helloAt(): number | undefined {
    const { helloInterval } = this.profile;
    if (!this.established || helloInterval === 0 || !this.#channel.reliable.idle) return undefined;
    return this.#lastHeard + helloInterval;
  }

  #checkOpen(): void {
    if (this.#isOver) throw new PlacementError('the tunnel has ended');
  }
}
