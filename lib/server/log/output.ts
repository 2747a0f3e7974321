import type { DestinationStream } from 'pino';
import type { LogFormat, SyslogFacility } from '../config/index.js';
import { Ring } from '../ring.js';
import { formatLine } from './pretty.js';
import { severityOf } from './priority.js';
import { syslogOutput } from './syslog.js';

/** What of an output the configuration says. */
export interface LogOutputSettings {
  readonly format: LogFormat;
  /** Every line goes to the system log, too. */
  readonly syslog?: SyslogFacility | undefined;
}

export interface LogOutputOptions extends LogOutputSettings {
  /** The output is a terminal: what `auto` goes by. */
  readonly terminal: boolean;
  /** Pretty lines have colours. */
  readonly color: boolean;
  readonly output: DestinationStream;
  /** The output is journald's: each line has its priority in front. */
  readonly journal?: boolean;
  readonly openSyslog?: (facility: SyslogFacility) => DestinationStream;
}

/** Lines that can be looked at later. */
const kept = 1000;

/** Takes the log's JSON lines to where they are read: as they are, or for people. */
export class LogOutput implements DestinationStream {
  /** The last lines, as JSON. */
  readonly recent = new Ring<string>(kept);
  readonly #options: LogOutputOptions;
  #pretty = false;
  #syslog: DestinationStream | undefined;

  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.configure(options);
  }

  /** Counts from the next line on. */
  configure({ format, syslog }: LogOutputSettings): void {
    const { terminal, openSyslog = (facility) => syslogOutput({ facility }) } = this.#options;
    this.#pretty = format === 'pretty' || (format === 'auto' && terminal);
    this.#syslog = syslog && openSyslog(syslog);
  }

  write(line: string): void {
    const { output, color, journal = false } = this.#options;
    this.recent.push(line);
    const text = this.#pretty ? `${formatLine(line, color)}\n` : line;
    output.write(journal ? `<${severityOf(line)}>${text}` : text);
    this.#syslog?.write(line);
  }
}
