import { printable } from '../printable.js';
import type { Check } from './facts.js';

const LABELS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;
const COLORS = { ok: '\u001b[32m', warn: '\u001b[33m', fail: '\u001b[31m' } as const;

/** All findings for people, a verdict last. */
export function formatReport(checks: readonly Check[], color = false): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, found, mend }) => {
    const label = color ? `${COLORS[status]}${LABELS[status]}\u001b[0m` : LABELS[status];
    const line = `${label}  ${name.padEnd(width)}  ${printable(found)}`;
    return mend === undefined ? [line] : [line, `      ${' '.repeat(width)}  to mend it: ${printable(mend)}`];
  });
  return [...lines, '', verdict(checks)].join('\n');
}

function verdict(checks: readonly Check[]): string {
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  const told = warnings === 0 ? '' : ` (${warnings} ${warnings === 1 ? 'warning' : 'warnings'})`;
  if (failures === 0) return `This host is ready for kernel-l2tp${told}.`;
  return `This host is not ready: ${failures} ${failures === 1 ? 'failure' : 'failures'}${told}.`;
}
