import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCode } from '../../../lib/server/remote.js';
import { run } from './run.js';

const docs = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md', () => {
  it('has every command', async () => {
    const { out } = await run(['completion', 'bash']);
    const commands = /^ *(\/.*)\) place\+=/m.exec(out)?.[1]?.split(' | ') ?? [];
    expect(commands).toContain('/show/sessions');
    const [synopsis = ''] = docs.split('\n## ', 1);
    for (const command of commands) {
      const [, first = '', second] = command.split('/');
      const line = synopsis.split('\n').filter((one) => one.startsWith(`kernel-l2tp ${first}`));
      expect(line, command).not.toEqual([]);
      if (second !== undefined) expect(line.join('\n'), command).toContain(second);
    }
  });

  it('has every exit code', () => {
    const codes = [...docs.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCode).toSorted((a, b) => a - b));
  });
});
