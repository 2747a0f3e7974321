import { InvalidArgumentError, Option } from 'commander';

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

/** Reads a whole number above 0 of up to so many digits. */
export const wholeNumber =
  (digits: number) =>
  (text: string): number => {
    if (!/^[1-9]\d*$/.test(text) || text.length > digits) {
      throw new InvalidArgumentError('It takes a whole number above 0.');
    }
    return Number(text);
  };
