import { Option } from 'commander';

/** The option of commands that log on standard output. */
export const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'instead of log.level').choices([
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'silent',
  ]);
