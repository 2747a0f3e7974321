import type { Log, LogFields } from '../../lib/lns/index.js';

/** A log that keeps its lines, all or the most telling ones. */
export class MemoryLog implements Log {
  readonly lines: string[] = [];
  /** Whether trace and debug lines are asked for and kept. */
  verbose = false;

  isLevelEnabled(level: string): boolean {
    return this.verbose || (level !== 'trace' && level !== 'debug');
  }

  /** Lines of `level`, as they would be written. */
  of(level: string): string[] {
    return this.lines.filter((line) => line.startsWith(`${level} `));
  }

  readonly trace = this.#at('trace');
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warn = this.#at('warn');
  readonly error = this.#at('error');

  #at(level: string): (fields: LogFields, message: string) => void {
    return (fields, message) => {
      if (this.isLevelEnabled(level)) this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  }
}
