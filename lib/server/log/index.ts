/** The daemon's log. */
export { createLog, type Logger, type LogOptions, type StandardOutput, standardOutput } from './log.js';
