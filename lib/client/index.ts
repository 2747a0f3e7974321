/** The other end: a LAC with PPP clients, to dial into an LNS. */
export {
  type CallOptions,
  L2tpClient,
  type L2tpClientDependencies,
  type L2tpClientOptions,
} from './client.js';
export { ClientError } from './client-error.js';
export type { ClientSession } from './client-session.js';
