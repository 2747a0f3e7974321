import { type DestinationStream, type Logger, pino } from 'pino';
import { turnDate } from '../../io/index.js';
import type { LogLevel } from '../config/index.js';
import { redact } from './redact.js';

export type { Logger } from 'pino';

/** Of lines that come together the first makes the text for all. */
let lastTime = { at: 0, text: '' };
function isoTime(at: number): string {
  if (at !== lastTime.at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** The daemon's log: one line an event, JSON, without secrets. */
export function createLog(level: LogLevel, output: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${isoTime(turnDate())}"`,
      formatters: { level: (text) => ({ level: text }), log: redact },
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
