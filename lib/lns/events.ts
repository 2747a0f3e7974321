import { EventEmitter } from 'node:events';
import type { SessionInfo, TunnelInfo } from './info.js';

/** Why a session or tunnel ended, for people and for records. */
export interface EndReason {
  /** Who ended it. */
  readonly by: 'peer' | 'local' | 'lost';
  readonly text: string;
  /** Result Code of the CDN or StopCCN (RFC 2661 section 4.4.2), where there was one. */
  readonly resultCode?: number;
  readonly errorCode?: number;
  /** PPP disconnect cause code (RFC 3145). */
  readonly disconnectCode?: number;
}

/** Session as it was when it ended: counters are the last that were read. */
export type EndedSession = SessionInfo;

export interface LnsEvents {
  'tunnel-up': [tunnel: TunnelInfo];
  'tunnel-down': [tunnel: TunnelInfo, reason: EndReason];
  /** The subscriber is authenticated and has its interface and addresses. */
  'session-up': [session: SessionInfo];
  'session-down': [session: EndedSession, reason: EndReason];
  /** A subscriber was refused. */
  'authentication-failed': [session: SessionInfo, reason: string];
}

/** `EventEmitter` with the LNS's own events. */
export class LnsEventEmitter extends EventEmitter<LnsEvents> {}
