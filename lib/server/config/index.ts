/** The configuration file: reading, checking, its schema and its reference. */
export {
  type LoadedConfig,
  loadConfig,
  type LogFormat,
  type LogLevel,
  parseConfig,
  type SyslogFacility,
} from './load.js';
export { ConfigError, type ConfigPath, type ConfigProblem, formatProblem } from './problem.js';
export { parseListen } from './fields.js';
export { type LoadedDialConfig, loadDialConfig, parseDialConfig } from './load-dial.js';
export { configJsonSchema, dialJsonSchema } from './json-schema.js';
export { configReference, dialReference } from './reference.js';
export type { SecretSources } from './secrets.js';
