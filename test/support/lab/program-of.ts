import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * A program of a page of docs/, ready to run: inside the package, so that its own name resolves to what was built.
 * @returns its file, in a folder of its own
 */
export function programOf(page: string, index: number): string {
  const root = join(import.meta.dirname, '../../..');
  const programs = [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
  const code = programs[index]?.[1] ?? '';
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const file = join(mkdtempSync(join(root, 'build/examples-')), 'example.mjs');
  writeFileSync(file, outputText);
  return file;
}
