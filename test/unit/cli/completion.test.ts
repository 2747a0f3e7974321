import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './run.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash would offer after these words. */
async function bash(...words: string[]): Promise<string[]> {
  const { out } = await run(['completion', 'bash']);
  const script = join(folder, 'kernel-l2tp.bash');
  writeFileSync(script, out);
  const program = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kernel_l2tp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['-euc', program, 'bash', script, 'kernel-l2tp', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return text.trim().split('\n');
}

describe('in bash', () => {
  it('offers commands, subcommands, options and their values', async () => {
    expect(await bash('sh')).toEqual(['show']);
    const shown = ['tunnels', 'sessions', 'session', 'pools', 'limits', 'stats', 'radius'];
    expect(await bash('show', '')).toEqual(expect.arrayContaining(shown));
    expect(await bash('show', 'sess')).toEqual(['sessions', 'session']);
    expect(await bash('show', '--json', 'po')).toEqual(['pools']);
    expect(await bash('disconnect', '--call')).toEqual(['--calling-number']);
    expect(await bash('serve', '--log-level', 'd')).toEqual(['debug']);
    expect(await bash('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  it('offers files where one is wanted, and nothing where only the user knows', async () => {
    writeFileSync(join(folder, 'lns.yaml'), '');
    expect(await bash('serve', '-c', 'lns')).toEqual(['lns.yaml']);
    expect(await bash('config', 'check', 'lns')).toEqual(['lns.yaml']);
    expect(await bash('disconnect', '--user', '')).toEqual(['']);
  });
});

it.each(['bash', 'zsh', 'fish'])('has every command and option for %s', async (shell) => {
  const { out, code } = await run(['completion', shell]);
  expect(code).toBe(0);
  const { out: help } = await run(['--help']);
  const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
  expect(commands.length).toBeGreaterThan(10);
  for (const word of [...commands, 'radius', 'calling-number']) expect(out).toContain(word);
});

it('knows no other shell', async () => {
  expect(await run(['completion', 'csh'])).toMatchObject({ code: 2 });
});
