import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogFormat, LogLevel } from '../config/index.js';
import { formatLine } from './pretty.js';
import { severityOf } from './priority.js';
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
  /** The output is journald's: each line has its priority in front. */
  readonly journal?: boolean;
  /** Gets every line as JSON, beside the output. */
  readonly copy?: DestinationStream | undefined;
}

/** The daemon's log: one line an event, JSON or for people, without secrets. */
export function createLog(options: LogOptions): Logger {
  const pretty = options.format === 'pretty' || (options.format === 'auto' && options.terminal);
  const { copy, journal = false } = options;
  const write = (line: string): void => {
    const text = pretty ? `${formatLine(line, options.color)}\n` : line;
    options.output.write(journal ? `<${severityOf(line)}>${text}` : text);
    copy?.write(line);
  };
  const plain = !pretty && !journal && copy === undefined;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: redact },
    },
    plain ? options.output : { write },
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
