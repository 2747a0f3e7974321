/** The daemon: configuration, log, control interface, doctor. What speaks to a running one is in `remote.ts`. */
export {
  ConfigError,
  type ConfigProblem,
  configJsonSchema,
  dialJsonSchema,
  formatProblem,
  type LoadedConfig,
  type LoadedDialConfig,
  loadConfig,
  loadDialConfig,
} from './config/index.js';
export { type DialRunOptions, runDial } from './dial.js';
export { type Check, examineHost, formatReport } from './doctor/index.js';
export type { ManagedLns } from './managed-lns.js';
export { serve, type ServeOptions } from './serve.js';
