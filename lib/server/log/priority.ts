import { fstatSync } from 'node:fs';

/** Severities of syslog (RFC 5424 section 6.2.1), which journald takes too. */
const severities: Readonly<Record<string, number>> = {
  fatal: 2,
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

/** The more severe the less. Levels that are none count as `info`. */
export const severityOfLevel = (level: string): number => severities[level] ?? 6;

/** The severity of a JSON line of the log. */
export const severityOf = (line: string): number =>
  severityOfLevel(/^\{"level":"([a-z]+)"/.exec(line)?.[1] ?? '');

/** Whether what is written to a descriptor goes to journald, which reads priorities in front of lines (sd-daemon(3)). */
export function isJournal(env: Readonly<Record<string, string | undefined>>, descriptor: number): boolean {
  const named = env['JOURNAL_STREAM'];
  if (named === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
