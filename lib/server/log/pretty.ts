import { printable } from '../printable.js';

const COLORS: Readonly<Record<string, string>> = {
  trace: '\u001b[90m',
  debug: '\u001b[36m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
  fatal: '\u001b[35m',
};
const RESET = '\u001b[0m';

/** What comes first in a line, in this order. */
const FIRST = ['tunnel', 'session', 'user', 'peer'];

/** A JSON line of the log without time and level, on one line: `session up tunnel=1 session=2 user=alice`. */
export function formatMessage(json: string): string {
  try {
    const { level, time, msg, ...rest } = JSON.parse(json) as Readonly<Record<string, unknown>>;
    void [level, time];
    return [printable(typeof msg === 'string' ? msg : ''), ...pairs(rest)].join(' ');
  } catch {
    return printable(json.trimEnd());
  }
}

const pairs = (fields: Readonly<Record<string, unknown>>): string[] =>
  orderedKeys(fields).map((key) => `${key}=${formatValue(fields[key])}`);

/** A JSON line of the log as a line for people: `12:00:01.250 INFO  session up tunnel=1 session=2 user=alice`. */
export function formatLine(json: string, color: boolean): string {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return printable(json.trimEnd());
  }
  const { level, time, msg, err, ...rest } = fields;
  const name = typeof level === 'string' ? level : 'info';
  const label = name.toUpperCase().padEnd(5);
  const parts = [
    typeof time === 'string' ? time.slice(11, 23) : '',
    color ? `${COLORS[name] ?? ''}${label}${RESET}` : label,
    printable(typeof msg === 'string' ? msg : ''),
    ...pairs(rest),
  ];
  const line = parts.filter((part) => part !== '').join(' ');
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? err.stack : undefined;
  return typeof stack === 'string' ? `${line}\n${stack.split('\n').map(printable).join('\n')}` : line;
}

function orderedKeys(fields: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(fields);
  return [...FIRST.filter((key) => keys.includes(key)), ...keys.filter((key) => !FIRST.includes(key))];
}

function formatValue(value: unknown): string {
  if (typeof value !== 'string') return printable(JSON.stringify(value));
  return /^[\w.:@/+-]+$/.test(value) ? value : printable(JSON.stringify(value));
}
