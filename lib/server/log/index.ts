/** The daemon's log. */
export { createLog, type Logger, type LogOptions, type StandardOutput, standardOutput } from './log.js';
export { isJournal } from './priority.js';
export { syslogOutput } from './syslog.js';
