/** The control interface: its server, its client and what they say to each other. */
export { ControlClient, ControlError, UnreachableError } from './client.js';
export type { ControlTarget } from './routes.js';
export type { DisconnectRequest, StatusAnswer } from './schema.js';
export { ControlServer } from './server.js';
export { SocketError } from './socket.js';
