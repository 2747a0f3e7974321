/** Who may, and what they get: local users, the library user's hook, and how several are asked in turn. */
export { chain } from './chain.js';
export {
  type AuthenticateHook,
  type AuthenticateHookAnswer,
  type AuthenticateHookRequest,
  type HookAuthenticatorOptions,
  hookAuthenticator,
} from './hook.js';
export { ANY_USER, type LocalUser, LocalUsers, type LocalUsersOptions } from './local-users.js';
export type {
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  CallContext,
  SubscriberIpv6,
  SubscriberPolicy,
  SubscriberPppOptions,
  SubscriberRate,
  SubscriberRoute,
  TunnelChoice,
} from './types.js';
