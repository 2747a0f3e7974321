import type { CallContext, OnwardTunnel, TunnelChoice } from '../aaa/index.js';
import type { DataPlaneSession, SessionStats, StatsTable } from '../kernel/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import type { DisconnectCause, PppStart } from '../ppp/index.js';
import type { Bearer, LogFields, TunnelRole, TunnelService } from '../tunnels/index.js';

/** Where a subscriber has been carried on to. */
export interface ForwardingInfo {
  /** Name of the group of LNSs; `undefined` where an authenticator named the tunnel. */
  readonly group: string | undefined;
  /** The LNS's IP address. */
  readonly server: string;
  /** Our ids of the tunnel to it and of the call in it. */
  readonly tunnelId: number;
  readonly sessionId: number;
}

/** What `show lac` and the library tell of one LNS. */
export interface LnsInfo {
  readonly group: string | undefined;
  readonly address: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  /** `aside`: left alone after a failure; `trial`: the next call decides. */
  readonly state: 'up' | 'aside' | 'trial';
  /** Why it was set aside. */
  readonly reason: string | undefined;
  /** Seconds until it is tried again. */
  readonly retryIn: number | undefined;
  readonly tunnels: number;
  /** Those that are being set up included. */
  readonly sessions: number;
}

/** A subscriber whose link and first authentication exchange are there, as those see it who carry it on. */
export interface ForwardedSubscriber {
  readonly bearer: Bearer;
  readonly user: string | undefined;
  /** What PPP has found out so far; asked for anew with each LNS that is tried. Holds secrets. */
  readonly proxy: PppStart;
  logFields(): LogFields;
  /** The kernel's session of the subscriber's link, without an interface; made where it is not there yet. */
  openChannel(): Promise<DataPlaneSession>;
  /** An LNS speaks to the subscriber: PPP here is over, and frames go to {@link Forwarding.handleSubscriberFrame}. */
  handleTakenOver(): void;
  /** The kernel carries the subscriber's packets. */
  handleForwarded(): void;
  /** No LNS takes the subscriber, or the one that did has ended the call. */
  handleForwardingEnded(cause: DisconnectCause, result: CallCloseOptions): void;
}

/** One subscriber on its way to another server. */
export interface Forwarding {
  /** `undefined` while no LNS is asked. */
  readonly info: ForwardingInfo | undefined;
  /** What accounting tells of the tunnel; `undefined` before an LNS has taken the subscriber. */
  readonly tunnel: OnwardTunnel | undefined;
  /** A frame of the subscriber, once it is taken over. */
  handleSubscriberFrame(frame: Uint8Array): void;
  /** What the subscriber sent (rx) and received (tx); `undefined` before the kernel carries it. */
  stats(): Promise<SessionStats | undefined>;
  /** The same among the counters of all L2TP sessions, by their `statsKey`. */
  statsIn(all: StatsTable): SessionStats | undefined;
  /** The subscriber is gone, for this reason: ends the call to the LNS. Resolves with the last counters. */
  close(cause: DisconnectCause, result?: CallCloseOptions): Promise<SessionStats | undefined>;
}

/** Where a subscriber is to go. */
export type ForwardingDecision =
  | { readonly kind: 'local' }
  | { readonly kind: 'refuse'; readonly reason: string }
  | { readonly kind: 'forward'; begin(subscriber: ForwardedSubscriber, now: number): Forwarding };

/** Carries subscribers on to other servers (LAC, tunnel switch); an LNS without one terminates them all. */
export interface Forwarder {
  /**
   * Joins the sockets and tunnels of the server; once.
   * @param tunnels hears of the tunnels that are opened here too
   */
  attach(service: TunnelService, tunnels: Pick<TunnelRole, 'handleTunnelUp' | 'handleTunnelDown'>): void;
  /** Whether any subscriber is carried on, or about to be. */
  readonly isCarrying: boolean;
  /** The servers that subscribers are carried on to. */
  servers(): readonly LnsInfo[];
  /** Before anybody is asked about the user. */
  decide(user: string, call: CallContext): ForwardingDecision;
  /** An authenticator has named these tunnels. */
  decideByTunnels(tunnels: readonly TunnelChoice[], user: string, call: CallContext): ForwardingDecision;
}
