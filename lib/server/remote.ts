/** What commands that speak to a running daemon need: few modules, so that they start at once. */
export type { LnsInfo, PoolInfo, SessionInfo, TunnelInfo } from '../lns/index.js';
export { ApiClient, ApiError, UnreachableError } from './api/client.js';
export type { CallRequest } from './api/resources/calls.js';
export type { LimitAnswer } from './api/resources/limits.js';
export type { LogLine } from './api/resources/logs.js';
export type { DisconnectRequest } from './api/resources/sessions.js';
export type { Stats } from './api/resources/stats.js';
export type { LogLevel } from './config/index.js';
export { DEFAULT_SOCKET } from './default-socket.js';
export { type ExitCode, exitCode } from './exit-code.js';
export { formatLine } from './log/pretty.js';
export { printable } from './printable.js';
export { packageVersion } from './version.js';
export type { TraceLine } from '../monitor/index.js';
