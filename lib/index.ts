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
