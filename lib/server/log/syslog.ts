import type { DestinationStream } from 'pino';
import { sendUnixDatagram } from '../../io/index.js';
import type { SyslogFacility } from '../config/index.js';
import { formatMessage } from './pretty.js';
import { severityOf } from './priority.js';

/** Facilities of syslog that a server may use (RFC 5424 section 6.2.1). */
const facilities = {
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const satisfies Record<SyslogFacility, number>;

/** The local daemon's socket, whichever daemon that is. */
const socket = '/dev/log';
/** Characters of a message; some daemons cut or drop longer ones. */
const maxLength = 8000;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Nov  5 14:07:09` (RFC 3164 section 4.1.2), in this machine's time zone. */
function timestamp(date: Date): string {
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const clock = time.map((value) => String(value).padStart(2, '0')).join(':');
  return `${months[date.getMonth()] ?? ''} ${String(date.getDate()).padStart(2)} ${clock}`;
}

export interface SyslogOptions {
  readonly facility: SyslogFacility;
  readonly send?: (path: string, text: string) => void;
  readonly now?: () => Date;
  readonly pid?: number;
}

/** Takes JSON lines of the log to the system's log. Lines are lost, instead of the daemon, where nobody takes them. */
export function syslogOutput(options: SyslogOptions): DestinationStream {
  const { facility, send = sendUnixDatagram, now = () => new Date(), pid = process.pid } = options;
  return {
    write: (line) => {
      const priority = facilities[facility] * 8 + severityOf(line);
      const text = formatMessage(line).slice(0, maxLength);
      try {
        send(socket, `<${priority}>${timestamp(now())} kernel-l2tp[${pid}]: ${text}`);
      } catch {
        // No daemon, or a full queue: the log on standard output has the line.
      }
    },
  };
}
