/** The daemon: configuration, log, control interface, doctor. */
export type { LnsInfo, SessionInfo, TunnelInfo } from '../lns/index.js';
export {
  ConfigError,
  type ConfigProblem,
  configJsonSchema,
  dialJsonSchema,
  DEFAULT_SOCKET,
  formatProblem,
  type LoadedConfig,
  type LoadedDialConfig,
  loadConfig,
  loadDialConfig,
  type LogLevel,
} from './config/index.js';
export {
  ApiClient,
  ApiError,
  type CallRequest,
  type DisconnectRequest,
  type Stats,
  UnreachableError,
} from './api/index.js';
export { type DialRunOptions, runDial } from './dial.js';
export { type Check, examineHost, formatReport } from './doctor/index.js';
export { type ExitCode, exitCode } from './exit-code.js';
export type { ManagedLns } from './managed-lns.js';
export { printable } from './printable.js';
export { serve, type ServeOptions } from './serve.js';
export { packageVersion } from './version.js';
