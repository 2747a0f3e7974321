import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Its start in clock ticks after boot (proc_pid_stat(5), field 22). */
  readonly start: string;
}

/** @returns `undefined` when there is no such process */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command, in parentheses, may hold anything; field 3 follows it.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return start === undefined ? undefined : { pid, start };
  } catch {
    return undefined;
  }
}

export const isAlive = ({ pid, start }: ProcessIdentity): boolean => identify(pid)?.start === start;
