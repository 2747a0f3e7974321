/** The control API: its server, its client and what they say to each other. */
export { ApiClient, ApiError, UnreachableError } from './client.js';
export type { CallRequest } from './resources/calls.js';
export type { DisconnectRequest, SessionAnswer } from './resources/sessions.js';
export type { Stats } from './resources/stats.js';
export type { Status } from './resources/status.js';
export type { Role } from './operation.js';
export { ApiServer, type TcpListenOptions } from './server.js';
export { SocketError } from './socket.js';
export type { ApiTarget } from './target.js';
