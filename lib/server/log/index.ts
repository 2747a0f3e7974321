/** The daemon's log. */
export { createLog, type Logger, type StandardOutput, standardOutput } from './log.js';
export { LogOutput, type LogOutputOptions, type LogOutputSettings } from './output.js';
export { isJournal, severityOf, severityOfLevel } from './priority.js';
export { syslogOutput } from './syslog.js';
