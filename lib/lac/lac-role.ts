import { callResult, stopResult } from '../l2tp/index.js';
import type { Call, CallEnd } from '../l2tp/index.js';
import type { EndReason, TunnelLink, TunnelRole, TunnelService } from '../tunnels/index.js';
import { ForwardedCall } from './forwarded-call.js';
import { LnsPeer } from './lns-peer.js';
import type { PeerSettings } from './settings.js';

/** Decides about the tunnels that are opened from here, and knows the LNSs that they lead to. */
export class LacRole implements TunnelRole {
  readonly #service: TunnelService;
  readonly #server: Pick<TunnelRole, 'handleTunnelUp' | 'handleTunnelDown'>;
  readonly #peers = new Set<LnsPeer>();
  readonly #peerOf = new Map<TunnelLink, LnsPeer>();

  /** @param server hears of the tunnels too */
  constructor(service: TunnelService, server: Pick<TunnelRole, 'handleTunnelUp' | 'handleTunnelDown'>) {
    this.#service = service;
    this.#server = server;
  }

  get peers(): Iterable<LnsPeer> {
    return this.#peers;
  }

  addPeer(settings: PeerSettings): LnsPeer {
    const peer = new LnsPeer(settings, this.#service, this, (link) => this.#peerOf.set(link, peer));
    this.#peers.add(peer);
    return peer;
  }

  removePeer(peer: LnsPeer): void {
    this.#peers.delete(peer);
  }

  handleTunnelUp(link: TunnelLink): void {
    this.#server.handleTunnelUp(link);
    const peer = this.#peerOf.get(link);
    const refusal = peer?.refusal(link);
    if (refusal === undefined) {
      peer?.handleTunnelUp(link);
      return;
    }
    const now = this.#service.io.now();
    peer?.health.setAside(refusal, now);
    link.tunnel.close({ resultCode: stopResult.notAuthorized, message: refusal }, now);
    this.#service.touchLink(link);
  }

  handleTunnelDown(link: TunnelLink, reason: EndReason, established: boolean): void {
    this.#server.handleTunnelDown(link, reason, established);
    const peer = this.#peerOf.get(link);
    this.#peerOf.delete(link);
    peer?.handleTunnelDown(link);
    // A peer may close a tunnel that nobody uses; those that use one say so themselves.
    const tidying =
      reason.by === 'local' || (reason.by === 'peer' && reason.resultCode === stopResult.generalRequest);
    if (!established || !tidying) peer?.health.setAside(reason.text, this.#service.io.now());
  }

  handleCallRequest(_link: TunnelLink, call: Call, _request: unknown, now: number): void {
    call.reject(
      { resultCode: callResult.permanentlyNoFacilities, message: 'this tunnel is for calls of the LAC' },
      now,
    );
  }

  handleCallAccepted(link: TunnelLink, call: Call, now: number): void {
    forwardedCall(link, call)?.handleAccepted(now);
  }

  handleCallConnected(): void {
    // It is this end that connects.
  }

  handleCallEnded(link: TunnelLink, call: Call, _reason: EndReason, now: number, end: CallEnd): void {
    forwardedCall(link, call)?.handleCallEnded(end, now);
  }
}

function forwardedCall(link: TunnelLink, call: Call): ForwardedCall | undefined {
  const bearer = link.calls.get(call.sessionId);
  return bearer?.call === call && bearer.sink instanceof ForwardedCall ? bearer.sink : undefined;
}
