/** The configuration file: reading, checking, its schema and its reference. */
export {
  DEFAULT_SOCKET,
  type LoadedConfig,
  loadConfig,
  type LogFormat,
  type LogLevel,
  parseConfig,
} from './load.js';
export { ConfigError, type ConfigPath, type ConfigProblem, formatProblem } from './problem.js';
export { parseListen } from './fields.js';
export { configJsonSchema } from './json-schema.js';
export { configReference } from './reference.js';
export type { SecretSources } from './secrets.js';
