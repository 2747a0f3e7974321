/** Who may, what they get, and who is told of it: local users, the library user's hook, observers. */
export { chain } from './chain.js';
export {
  type AuthenticateHook,
  type AuthenticateHookAnswer,
  type AuthenticateHookRequest,
  type HookAuthenticatorOptions,
  hookAuthenticator,
} from './hook.js';
export { ANY_USER, type LocalUser, LocalUsers, type LocalUsersOptions } from './local-users.js';
export {
  noTraffic,
  type PolicyChange,
  type SessionEnd,
  type SessionObserver,
  SessionObservers,
  type AssignedIpv6,
  type FailedCall,
  type OnwardTunnel,
  type SubscriberSession,
  type SubscriberTunnel,
  type TrafficCounters,
} from './session-observer.js';
export type {
  AccountingPolicy,
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  CallContext,
  SubscriberIpv6,
  SubscriberPolicy,
  SubscriberPppOptions,
  SubscriberRate,
  SubscriberRoute,
  TrafficQuota,
  TunnelChoice,
} from './types.js';
