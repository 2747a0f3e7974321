import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/index.js';
import { formatLine } from './pretty.js';
import { redact } from './redact.js';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** The output is a terminal: what `auto` goes by. */
  readonly terminal: boolean;
  /** Pretty lines have colours. */
  readonly color: boolean;
  readonly output: DestinationStream;
}

/** The daemon's log: one line an event, JSON or for people, without secrets. */
export function createLog(options: LogOptions): Logger {
  const pretty = options.format === 'pretty' || (options.format === 'auto' && options.terminal);
  const output: DestinationStream = pretty
    ? { write: (line: string) => options.output.write(`${formatLine(line, options.color)}\n`) }
    : options.output;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: redact },
    },
    output,
  );
}

/** Lines that come within so many ms leave in one write: thousands of calls may come up in a second. */
const gatherTime = 20;
const gatherLimit = 1 << 16;

/** Standard output for {@link createLog}: written without waiting, and whole after {@link StandardOutput.flush}. */
export interface StandardOutput extends DestinationStream {
  flush(): void;
}

/** Lines are lost, instead of the daemon, when nobody reads standard output any more. */
export function standardOutput(): StandardOutput {
  const stream = pino.destination({ dest: 1, sync: false });
  let broken = false;
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  stream.on('error', () => {
    broken = true;
  });
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = gathered;
    gathered = '';
    if (!broken && text !== '') stream.write(text);
  };
  return {
    write: (line) => {
      gathered += line;
      if (gathered.length >= gatherLimit) write();
      else timer ??= setTimeout(write, gatherTime);
    },
    flush: () => {
      try {
        write();
        if (!broken) stream.flushSync();
      } catch {
        // Not open yet, or no reader: there is nowhere to say so.
      }
    },
  };
}
