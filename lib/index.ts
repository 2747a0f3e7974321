/**
 * kernel-l2tp as a library: kernel tunnels on their own, and a whole L2TP network server.
 */
export * from './kernel/index.js';
export type {
  AuthenticateHook,
  AuthenticateHookAnswer,
  AuthenticateHookRequest,
  Authenticator,
  LocalUser,
  SubscriberPolicy,
  SubscriberPppOptions,
} from './aaa/index.js';
export * from './lns/index.js';
export {
  type CallOptions,
  ClientError,
  type ClientIpv4,
  type ClientIpv6,
  type ClientSession,
  L2tpClient,
  type L2tpClientDependencies,
  type L2tpClientOptions,
  type OutgoingCallAnswer,
  type OutgoingCallFailure,
  type OutgoingCallHandler,
  type OutgoingCallRequest,
} from './client/index.js';
export * from './dial/index.js';
export {
  type CaptureFile,
  SessionCapture,
  type SessionCaptureOptions,
  type TraceLine,
  traceLine,
} from './monitor/index.js';
export {
  Lac,
  type LacOptions,
  type LnsGroupOptions,
  type LnsTarget,
  type Rewrite,
  type RouteOptions,
} from './lac/index.js';
