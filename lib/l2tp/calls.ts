import { Call } from './call.js';
import { AvpValueError } from './codec.js';
import type { CallHost } from './call.js';
import type { CallRole } from './call-states.js';
import type { TunnelEvent } from './events.js';
import { callFault } from './faults.js';
import type { IdPool } from './ids.js';
import type { CallMessage, FaultyMessage, Icrq, MessageFields, Ocrq } from './message.js';
import type { TunnelProfile } from './profile.js';
import { callResult, errorCode } from './result-codes.js';
import type { Result } from './result-codes.js';
import type { Tunnel, TunnelHost } from './tunnel.js';

/** Session ids of all tunnels of an endpoint, and its call serial numbers. */
export interface SessionIds {
  readonly pool: IdPool;
  /** Progressively increasing (RFC 2661 section 4.4.4). */
  nextSerialNumber(): number;
}

/** What the LAC asks for: ICRQ without what we assign. */
export type IncomingCallFields = Omit<MessageFields<'ICRQ'>, 'assignedSessionId' | 'callSerialNumber'>;
/** What the LNS asks for: OCRQ without what we assign. */
export type OutgoingCallFields = Omit<MessageFields<'OCRQ'>, 'assignedSessionId' | 'callSerialNumber'>;

/** A tunnel or call cannot be begun: what it belongs to has ended, or no id is left. */
export class PlacementError extends Error {
  override name = 'PlacementError';
}

interface Waiting {
  readonly call: Call;
  readonly request: Icrq | Ocrq;
}

/** A call that is being set up, and the deadline that it had when it was queued. */
interface Watch {
  readonly call: Call;
  readonly deadline: number;
}

/** The calls of one tunnel: ids, demultiplexing, deadlines. */
export class Calls implements CallHost {
  readonly tunnel: Tunnel;
  readonly #host: TunnelHost;
  readonly #byId = new Map<number, Call>();
  /** Requests for when the tunnel is open. */
  #waiting: Waiting[] = [];
  /** Calls being set up by deadline: all have the same time-out, so that a queue is sorted. */
  #watched: Watch[] = [];
  #watchedHead = 0;
  /**
   * Outgoing calls of the LAC by the LNS's session id: they may be established before the LNS knows ours, and so be
   * ended by its own.
   */
  #outgoing: Map<number, Call> | undefined;
  /** Ids that another tunnel has too: the endpoint's 65,535 were all in use. */
  #shared: Set<number> | undefined;

  constructor(tunnel: Tunnel, host: TunnelHost) {
    this.tunnel = tunnel;
    this.#host = host;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(sessionId: number): Call | undefined {
    return this.#byId.get(sessionId);
  }

  values(): IterableIterator<Call> {
    return this.#byId.values();
  }

  /**
   * Places a call of ours; it waits for the tunnel where that is not open yet.
   * @throws PlacementError when no session id is left
   * @throws AvpValueError for a value that its AVP cannot hold
   */
  place(role: 'lac-incoming', fields: IncomingCallFields, now: number): Call;
  place(role: 'lns-outgoing', fields: OutgoingCallFields, now: number): Call;
  place(role: CallRole, fields: IncomingCallFields | OutgoingCallFields, now: number): Call {
    const sessionId = this.#takeId();
    if (sessionId === undefined) throw new PlacementError('no session id is left');
    const callSerialNumber = this.#host.sessionIds.nextSerialNumber();
    const call = new Call(this, role, 'wait-tunnel', sessionId, 0, callSerialNumber);
    const type = role === 'lac-incoming' ? 'ICRQ' : 'OCRQ';
    const request = { ...fields, type, assignedSessionId: sessionId, callSerialNumber } as Icrq | Ocrq;
    this.#byId.set(sessionId, call);
    try {
      if (this.tunnel.established) this.#request(call, request, now);
      else this.#waiting.push({ call, request });
    } catch (error) {
      this.forget(call);
      throw error;
    }
    return call;
  }

  /** The tunnel is open: sends the requests that waited for it. */
  handleOpen(now: number): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { call, request } of waiting) {
      if (call.state !== 'wait-tunnel') continue;
      try {
        this.#request(call, request, now);
      } catch (error) {
        // Only now is it known that it cannot be said; nobody is left to throw at.
        if (!(error instanceof AvpValueError)) throw error;
        call.close({ resultCode: callResult.administrative, message: error.message }, now);
      }
    }
  }

  /** @param sessionId of the header */
  handleMessage(message: CallMessage, sessionId: number, now: number): void {
    if (sessionId === 0 && (message.type === 'ICRQ' || message.type === 'OCRQ')) {
      this.#handleRequest(message, now);
      return;
    }
    const call = this.#find(message, sessionId);
    if (call === undefined) this.#handleUnknown(message, sessionId, now);
    else call.handleMessage(message, now);
  }

  /** A message about a call that cannot be taken ends that call, not the tunnel (RFC 2661 section 4.1). */
  handleFault(faulty: FaultyMessage, sessionId: number, now: number): void {
    const result = callFault(faulty);
    const peerSessionId = faulty.fields.assignedSessionId;
    const call = sessionId !== 0 ? this.#byId.get(sessionId) : this.#findByPeer(faulty.name, peerSessionId);
    if (call !== undefined) {
      if (faulty.name === 'CDN') call.handleFaultyCdn(faulty.fields);
      else call.handleFault(result, faulty.fields, now);
    } else if (faulty.name === 'ICRQ' || faulty.name === 'OCRQ') {
      this.#refuse(peerSessionId ?? 0, result, now);
    } else {
      this.#host.counters.unknownSessions++;
    }
  }

  /** Ends all calls because the tunnel has ended. */
  handleTunnelDown(text: string): void {
    this.#waiting = [];
    for (const call of [...this.#byId.values()]) call.handleTunnelDown(text);
    this.#watched = [];
    this.#watchedHead = 0;
  }

  pollTimeout(): number | undefined {
    this.#skipStale();
    return this.#watched[this.#watchedHead]?.deadline;
  }

  handleTimeout(now: number): void {
    for (;;) {
      this.#skipStale();
      const watch = this.#watched[this.#watchedHead];
      if (watch === undefined || watch.deadline > now) return;
      this.#watchedHead++;
      watch.call.handleTimeout(now);
    }
  }

  get profile(): TunnelProfile {
    return this.tunnel.profile;
  }

  /** @internal */
  send(message: CallMessage, peerSessionId: number, now: number): void {
    this.tunnel.send(message, peerSessionId, now, false);
  }

  /** @internal */
  emit(event: TunnelEvent): void {
    this.tunnel.emit(event);
  }

  /** @internal */
  watch(call: Call): void {
    if (call.deadline !== undefined) this.#watched.push({ call, deadline: call.deadline });
  }

  /** @internal */
  forget(call: Call): void {
    this.#byId.delete(call.sessionId);
    if (this.#outgoing?.get(call.peerSessionId) === call) this.#outgoing.delete(call.peerSessionId);
    if (this.#shared?.delete(call.sessionId) !== true) this.#host.sessionIds.pool.free(call.sessionId);
  }

  /** @internal */
  countEstablished(): void {
    this.#host.counters.callsEstablished++;
  }

  /** @internal */
  countUnexpected(): void {
    this.#host.counters.unexpectedMessages++;
  }

  #request(call: Call, request: Icrq | Ocrq, now: number): void {
    // An LNS must have the LAC's Bearer Capabilities before it asks (RFC 2661 section 6.9).
    if (request.type === 'OCRQ' && this.tunnel.peer?.bearerCapabilities === undefined) {
      const text = 'the LAC has announced no Bearer Capabilities';
      call.close({ resultCode: callResult.permanentlyNoFacilities, message: text }, now);
      return;
    }
    call.request(request, now);
  }

  #handleRequest(request: Icrq | Ocrq, now: number): void {
    const refusal = request.type === 'OCRQ' ? this.#checkOutgoing(request) : undefined;
    if (refusal !== undefined) {
      this.#refuse(request.assignedSessionId, refusal, now);
      return;
    }
    const sessionId = this.#byId.size < this.tunnel.profile.maxCalls ? this.#takeId() : undefined;
    if (sessionId === undefined) {
      this.#host.counters.limitedCalls++;
      const result = {
        resultCode: callResult.generalError,
        errorCode: errorCode.insufficientResources,
        message: 'too many calls in this tunnel',
      };
      this.#refuse(request.assignedSessionId, result, now);
      return;
    }
    const role = request.type === 'ICRQ' ? 'lns-incoming' : 'lac-outgoing';
    const { assignedSessionId, callSerialNumber } = request;
    const call = new Call(this, role, 'requested', sessionId, assignedSessionId, callSerialNumber);
    this.#byId.set(sessionId, call);
    if (role === 'lac-outgoing') (this.#outgoing ??= new Map()).set(assignedSessionId, call);
    call.begin(now);
    this.emit({ type: 'call-request', call, request });
  }

  /** Bearer and framing that we have not announced are to be refused (RFC 2661 section 4.4.3). */
  #checkOutgoing(request: Ocrq): Result | undefined {
    const { bearerCapabilities, framingCapabilities } = this.tunnel.profile;
    const fits = (asked: number, able: number): boolean => asked === 0 || (asked & able) !== 0;
    if (bearerCapabilities === undefined || !fits(request.bearerType, bearerCapabilities)) {
      return { resultCode: callResult.permanentlyNoFacilities, message: 'no such bearer' };
    }
    if (!fits(request.framingType, framingCapabilities)) {
      return { resultCode: callResult.permanentlyNoFacilities, message: 'no such framing' };
    }
    return undefined;
  }

  #find(message: CallMessage, sessionId: number): Call | undefined {
    if (sessionId !== 0) return this.#byId.get(sessionId);
    return message.type === 'CDN' ? this.#findByPeer(message.type, message.assignedSessionId) : undefined;
  }

  /** The call of a CDN that was sent before the peer knew our id: of incoming ones only those being set up. */
  #findByPeer(name: string | undefined, peerSessionId: number | undefined): Call | undefined {
    if (name !== 'CDN' || peerSessionId === undefined) return undefined;
    const outgoing = this.#outgoing?.get(peerSessionId);
    if (outgoing !== undefined) return outgoing;
    for (let i = this.#watchedHead; i < this.#watched.length; i++) {
      const { call, deadline } = this.#watched[i] as Watch;
      if (call.deadline === deadline && call.peerSessionId === peerSessionId) return call;
    }
    return undefined;
  }

  #handleUnknown(message: CallMessage, sessionId: number, now: number): void {
    const { counters, sessionIds } = this.#host;
    counters.unknownSessions++;
    const isRequest = message.type === 'ICRQ' || message.type === 'OCRQ';
    const isReply = message.type === 'ICRP' || message.type === 'OCRP';
    // Others: "clean up", and there is nothing to clean (RFC 2661 section 7.4.2).
    if (!isRequest && !isReply) return;
    // It crossed our CDN.
    if (isReply && sessionIds.pool.recent(sessionId)) return;
    const text = `${message.type} with session id ${sessionId}`;
    const result = {
      resultCode: callResult.generalError,
      errorCode: errorCode.invalidSessionId,
      message: text,
    };
    this.#refuse(message.assignedSessionId, result, now, isReply ? sessionId : 0);
  }

  /** A CDN without a call: `ourId` is what the peer took for our session id, or one that means nothing. */
  #refuse(peerSessionId: number, result: Result, now: number, ourId = 0): void {
    const assignedSessionId = ourId === 0 ? this.#host.sessionIds.pool.peek() : ourId;
    this.tunnel.send({ type: 'CDN', assignedSessionId, result }, peerSessionId, now, true);
  }

  /** An id that no other session of the endpoint has; once there are none, one that is unique in this tunnel. */
  #takeId(): number | undefined {
    const id = this.#host.sessionIds.pool.take();
    if (id !== undefined) return id;
    if (this.#byId.size >= 0xffff) return undefined;
    let shared = 1 + (this.#host.sessionIds.nextSerialNumber() % 0xffff);
    while (this.#byId.has(shared)) shared = (shared % 0xffff) + 1;
    this.#shared ??= new Set();
    this.#shared.add(shared);
    return shared;
  }

  #skipStale(): void {
    while (this.#watchedHead < this.#watched.length) {
      const { call, deadline } = this.#watched[this.#watchedHead] as Watch;
      if (call.deadline === deadline) break;
      this.#watchedHead++;
    }
    if (this.#watchedHead === this.#watched.length) {
      if (this.#watchedHead > 0) this.#watched = [];
      this.#watchedHead = 0;
    } else if (this.#watchedHead >= 64 && this.#watchedHead * 2 > this.#watched.length) {
      this.#watched.splice(0, this.#watchedHead);
      this.#watchedHead = 0;
    }
  }
}
