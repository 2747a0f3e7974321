/** The other end: a LAC with PPP clients, to dial into an LNS, or to be called by one. */
export { L2tpClient, type L2tpClientDependencies, type L2tpClientOptions } from './client.js';
export { ClientError } from './client-error.js';
export type { CallOptions, ClientIpv4, ClientIpv6, ClientSession } from './client-session.js';
export type {
  OutgoingCallAnswer,
  OutgoingCallFailure,
  OutgoingCallHandler,
  OutgoingCallRequest,
} from './outgoing-calls.js';
