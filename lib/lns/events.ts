import { EventEmitter } from 'node:events';
import type { EndReason } from '../tunnels/index.js';
import type { SessionInfo, TunnelInfo } from './info.js';
import type { SetUpDurations } from './set-up-times.js';

/** Session as it was when it ended: counters are the last that were read. */
export type EndedSession = SessionInfo;

/** A peer's request for a tunnel that led to none. */
export interface FailedTunnel {
  readonly peerAddress: string;
  /** As it calls itself, which nobody has checked; empty where it says none. */
  readonly peerHostName: string;
}

/** A call that the server did not take. */
export interface RefusedCall {
  /** Absent for a subscriber by PPPoE. */
  readonly tunnelId?: number;
  /** The LAC's IP address, or the PPPoE subscriber's MAC address. */
  readonly peerAddress: string;
  readonly profile: string | undefined;
}

export interface LnsEvents {
  'tunnel-up': [tunnel: TunnelInfo];
  'tunnel-down': [tunnel: TunnelInfo, reason: EndReason];
  /** A tunnel was refused, for a limit or another reason, or did not come up. At most ten a second are told. */
  'tunnel-failed': [tunnel: FailedTunnel, reason: EndReason];
  /** The subscriber is authenticated and has its interface and addresses. */
  'session-up': [session: SessionInfo, setUp: SetUpDurations];
  'session-down': [session: EndedSession, reason: EndReason];
  /** The call ended before its session was up. */
  'session-failed': [session: EndedSession, reason: EndReason];
  /** A subscriber was refused. */
  'authentication-failed': [session: SessionInfo, reason: string];
  /** A limit was hit, or the server takes no calls. */
  'call-refused': [call: RefusedCall, reason: string];
}

/** `EventEmitter` with the LNS's own events. */
export class LnsEventEmitter extends EventEmitter<LnsEvents> {}
