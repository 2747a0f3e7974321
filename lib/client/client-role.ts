import type { Call, Icrq, Ocrq } from '../l2tp/index.js';
import { callResult } from '../l2tp/index.js';
import type { EndReason, TunnelLink, TunnelRole, TunnelService } from '../tunnels/index.js';
import { ClientError } from './client-error.js';
import {
  type CallOptions,
  ClientSession,
  type ClientSessionOwner,
  type DialOptions,
} from './client-session.js';
import {
  type OutgoingCallAnswer,
  type OutgoingCallHandler,
  outgoingFailure,
  outgoingRequest,
} from './outgoing-calls.js';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ClientError): void;
}

/** Whom the role tells what nobody waits for. */
export interface ClientListeners {
  up?: (session: ClientSession) => void;
  networkUp?: (session: ClientSession, family: 'ipv4' | 'ipv6') => void;
  down?: (session: ClientSession, reason: EndReason) => void;
  tunnelDown?: (tunnel: TunnelLink, reason: EndReason) => void;
}

/** How the client takes calls that an LNS asks for. */
export interface OutgoingCallService {
  readonly handler: OutgoingCallHandler;
  /** Fills in what the client's options say about every call. */
  readonly complete: (options: CallOptions) => DialOptions;
}

/** A LAC's decisions about tunnels and calls: those that it asked for itself, and those that an LNS asks for. */
export class ClientRole implements TunnelRole, ClientSessionOwner {
  readonly listeners: ClientListeners = {};
  readonly #outgoing: OutgoingCallService | undefined;
  /** Calls of an LNS that the called party has not answered. */
  readonly #ringing = new Map<Call, AbortController>();
  #service: TunnelService | undefined;
  readonly #tunnels = new Map<TunnelLink, Waiter<TunnelLink>>();
  readonly #sessions = new Map<ClientSession, Waiter<ClientSession>>();

  constructor(outgoing: OutgoingCallService | undefined) {
    this.#outgoing = outgoing;
  }

  /** The service that drives this role; once. */
  attach(service: TunnelService): void {
    this.#service = service;
  }

  openTunnel(link: TunnelLink): Promise<TunnelLink> {
    return new Promise((resolve, reject) => this.#tunnels.set(link, { resolve, reject }));
  }

  dial(link: TunnelLink, options: DialOptions): Promise<ClientSession> {
    const service = this.#attached();
    const now = service.io.now();
    const { callingNumber, calledNumber } = options;
    const call = link.tunnel.placeIncomingCall({ callingNumber, calledNumber }, now);
    service.touchLink(link);
    const session = new ClientSession(service, link, call, options, this, now);
    return new Promise((resolve, reject) => this.#sessions.set(session, { resolve, reject }));
  }

  handleTunnelUp(link: TunnelLink): void {
    this.#tunnels.get(link)?.resolve(link);
    this.#tunnels.delete(link);
  }

  handleTunnelDown(link: TunnelLink, reason: EndReason): void {
    const waiter = this.#tunnels.get(link);
    this.#tunnels.delete(link);
    if (waiter === undefined) this.listeners.tunnelDown?.(link, reason);
    else waiter.reject(new ClientError('the tunnel was not set up', reason));
  }

  handleCallRequest(link: TunnelLink, call: Call, request: Icrq | Ocrq, now: number): void {
    if (request.type === 'ICRQ' || this.#outgoing === undefined) {
      call.reject(
        { resultCode: callResult.permanentlyNoFacilities, message: 'a client takes no calls' },
        now,
      );
      return;
    }
    const abort = new AbortController();
    this.#ringing.set(call, abort);
    call.accept(now);
    const asked = outgoingRequest(link, request, abort.signal);
    const { handler } = this.#outgoing;
    void new Promise<OutgoingCallAnswer>((resolve) => resolve(handler(asked))).then(
      (answer) => this.#answered(link, call, answer),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.#answered(link, call, { refuse: 'no-carrier', message: text });
      },
    );
  }

  handleCallAccepted(link: TunnelLink, call: Call, now: number): void {
    sessionOf(link, call)?.connect(now);
  }

  handleCallConnected(): void {
    // Only calls of the LNS are connected by the other end.
  }

  handleCallEnded(link: TunnelLink, call: Call, reason: EndReason): void {
    this.#ringing.get(call)?.abort(new ClientError('the call was not connected', reason));
    this.#ringing.delete(call);
    sessionOf(link, call)?.callEnded(reason);
  }

  handleUp(session: ClientSession): void {
    this.#sessions.get(session)?.resolve(session);
    this.#sessions.delete(session);
    this.listeners.up?.(session);
  }

  handleNetworkUp(session: ClientSession, family: 'ipv4' | 'ipv6'): void {
    this.listeners.networkUp?.(session, family);
  }

  handleDown(session: ClientSession, reason: EndReason): void {
    const waiter = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (waiter === undefined) this.listeners.down?.(session, reason);
    else waiter.reject(new ClientError('the call was not set up', reason));
  }

  /** What the handler says about a call of the LNS: OCCN or CDN. A call that has ended meanwhile is left alone. */
  #answered(link: TunnelLink, call: Call, answer: OutgoingCallAnswer): void {
    if (this.#outgoing === undefined || !this.#ringing.delete(call)) return;
    const service = this.#attached();
    const now = service.io.now();
    if ('answer' in answer) {
      const options = this.#outgoing.complete(answer.answer);
      new ClientSession(service, link, call, options, this, now).connect(now);
    } else {
      call.close(outgoingFailure(answer.refuse, answer.message), now);
    }
    service.touchLink(link);
  }

  #attached(): TunnelService {
    if (this.#service === undefined) throw new Error('the role has no service yet');
    return this.#service;
  }
}

function sessionOf(link: TunnelLink, call: Call): ClientSession | undefined {
  const sink = link.calls.get(call.sessionId)?.sink;
  return sink instanceof ClientSession ? sink : undefined;
}
