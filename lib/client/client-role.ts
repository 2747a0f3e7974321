import type { Call, Icrq, Ocrq } from '../l2tp/index.js';
import { callResult } from '../l2tp/index.js';
import type { EndReason, TunnelLink, TunnelRole, TunnelService } from '../tunnels/index.js';
import { ClientError } from './client-error.js';
import { ClientSession, type ClientSessionOwner, type DialOptions } from './client-session.js';

interface Waiter<T> {
  resolve(value: T): void;
  reject(error: ClientError): void;
}

/** A LAC's decisions about tunnels and calls that it asked for itself. */
export class ClientRole implements TunnelRole, ClientSessionOwner {
  downListener: ((session: ClientSession, reason: EndReason) => void) | undefined;
  readonly #tunnels = new Map<TunnelLink, Waiter<TunnelLink>>();
  readonly #sessions = new Map<ClientSession, Waiter<ClientSession>>();

  openTunnel(link: TunnelLink): Promise<TunnelLink> {
    return new Promise((resolve, reject) => this.#tunnels.set(link, { resolve, reject }));
  }

  dial(service: TunnelService, link: TunnelLink, options: DialOptions): Promise<ClientSession> {
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
    this.#tunnels.get(link)?.reject(new ClientError('the tunnel was not set up', reason));
    this.#tunnels.delete(link);
  }

  handleCallRequest(_link: TunnelLink, call: Call, _request: Icrq | Ocrq, now: number): void {
    call.reject({ resultCode: callResult.permanentlyNoFacilities, message: 'a client takes no calls' }, now);
  }

  handleCallAccepted(link: TunnelLink, call: Call, now: number): void {
    sessionOf(link, call)?.accepted(now);
  }

  handleCallConnected(): void {
    // Only calls of the LNS are connected by the other end.
  }

  handleCallEnded(link: TunnelLink, call: Call, reason: EndReason): void {
    sessionOf(link, call)?.callEnded(reason);
  }

  handleUp(session: ClientSession): void {
    this.#sessions.get(session)?.resolve(session);
    this.#sessions.delete(session);
  }

  handleDown(session: ClientSession, reason: EndReason): void {
    const waiter = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (waiter === undefined) this.downListener?.(session, reason);
    else waiter.reject(new ClientError('the call was not set up', reason));
  }
}

function sessionOf(link: TunnelLink, call: Call): ClientSession | undefined {
  const sink = link.calls.get(call.sessionId)?.sink;
  return sink instanceof ClientSession ? sink : undefined;
}
