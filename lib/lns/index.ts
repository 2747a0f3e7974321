/** The LNS: takes tunnels and calls, and turns accepted subscribers into interfaces of the kernel. */
export type { FailedTunnel, LnsEvents, RefusedCall } from './events.js';
export type {
  ForwardedSubscriber,
  Forwarder,
  Forwarding,
  ForwardingDecision,
  ForwardingInfo,
  LnsInfo,
} from './forwarder.js';
export type {
  DisconnectFilter,
  LnsStatistics,
  PoolInfo,
  SessionDetail,
  SessionFacts,
  SessionInfo,
  SessionTable,
  TunnelInfo,
} from './info.js';
export type { MonitoredSession, MonitorEvent, MonitorListener, SessionSelector } from '../monitor/index.js';
export type { LimitInfo, LimitName } from './limits.js';
export { L2TP_PORT, parseListenAddress } from './listen-address.js';
export { Lns, type LnsDependencies, type PreparedOptions } from './lns.js';
export type {
  CallRate,
  LacProfile,
  LnsIpv6Options,
  LnsOptions,
  LnsPppOptions,
  PoolOptions,
  SessionLimit,
} from './options.js';
export { OutgoingCallError, type OutgoingCallOptions, type OutgoingCallOutcome } from './outgoing-calls.js';
export type { PppoeOptions } from './pppoe.js';
export { type SetUpDurations, type SetUpStep, setUpSteps } from './set-up-times.js';
export type { TimelineEntry } from './timeline.js';
export type { EndReason, Log, LogFields } from '../tunnels/index.js';
export { silentLog } from '../tunnels/index.js';
