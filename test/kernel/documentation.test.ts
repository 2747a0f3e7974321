import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
/** Inside the package, so that its own name resolves to what was built. */
const folder = mkdtempSync(join(root, 'build/examples-'));
const namespace = `doc${process.pid}`;

/** The TypeScript blocks of a page that import the library. */
function examples(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map(([, code = '']) => code)
    .filter((code) => code.includes("from 'kernel-l2tp'"));
}

function compile(code: string, name: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, outputText);
  return file;
}

const inNamespace = (...command: readonly string[]): string =>
  execFileSync('ip', ['netns', 'exec', namespace, ...command], { encoding: 'utf8', timeout: 30_000 });

beforeAll(() => {
  execFileSync('ip', ['netns', 'add', namespace]);
  inNamespace('ip', 'link', 'set', 'lo', 'up');
  inNamespace('ip', 'link', 'add', 'up0', 'type', 'dummy');
  inNamespace('ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'up0');
  inNamespace('ip', 'link', 'set', 'up0', 'up');
});

afterAll(() => {
  execFileSync('ip', ['netns', 'delete', namespace]);
  rmSync(folder, { recursive: true });
});

describe.each(['README.md', 'docs/library.md'])('the examples of %s', (page) => {
  const [tunnel = '', server = ''] = examples(page);

  it('are two', () => {
    expect(examples(page)).toHaveLength(2);
  });

  it('make a static tunnel with an interface, and take it away again', () => {
    const output = inNamespace(process.execPath, compile(tunnel, 'tunnel'));
    expect(output).toMatch(/^l2tp0 \{/);
    expect(output).toMatch(/rxPackets: 0/);
    expect(inNamespace('ip', '-br', 'link', 'show', 'type', 'ppp')).toBe('');
    expect(inNamespace('ip', 'l2tp', 'show', 'tunnel')).toBe('');
  });

  it('start a server', async () => {
    const file = compile(
      `${server}\nconsole.log('started');\nsetTimeout(() => process.exit(0), 500);`,
      'server',
    );
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, file], { timeout: 30_000 });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('started') as string });
  });
});
