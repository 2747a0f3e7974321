import type { EndReason, FailedTunnel, RefusedCall, SessionInfo, TunnelInfo } from '../../lns/index.js';

/** What happened, as the event stream tells it. */
export type ServerEvent =
  | { readonly type: 'tunnel-up'; readonly tunnel: TunnelInfo }
  | { readonly type: 'tunnel-down'; readonly tunnel: TunnelInfo; readonly reason: EndReason }
  /** A peer's request led to no tunnel. */
  | { readonly type: 'tunnel-failed'; readonly peer: FailedTunnel; readonly reason: EndReason }
  | { readonly type: 'session-up'; readonly session: SessionInfo }
  | { readonly type: 'session-down'; readonly session: SessionInfo; readonly reason: EndReason }
  /** The call ended before its session was up. */
  | { readonly type: 'session-failed'; readonly session: SessionInfo; readonly reason: EndReason }
  | { readonly type: 'authentication-failed'; readonly session: SessionInfo; readonly text: string }
  /** A limit was hit, or the server takes no calls. */
  | { readonly type: 'call-refused'; readonly call: RefusedCall; readonly text: string }
  | { readonly type: 'server-state'; readonly state: string; readonly text: string };

export type ServerEventType = ServerEvent['type'];

export const serverEventTypes = [
  'tunnel-up',
  'tunnel-down',
  'tunnel-failed',
  'session-up',
  'session-down',
  'session-failed',
  'authentication-failed',
  'call-refused',
  'server-state',
] as const satisfies readonly ServerEventType[];

/** An event with its place in the stream. */
export type RecordedEvent = ServerEvent & {
  /** Counts from 1 since the start of the server. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
};
