import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect } from 'vitest';
import { labTest, run } from '../support/lab/index.js';
import { installedPackage } from './package.js';

/** The first TypeScript example of README.md, for this Node. */
function readmeExample(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const source = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const { ESNext } = ts.ModuleKind;
  return ts.transpileModule(source, { compilerOptions: { module: ESNext, target: ts.ScriptTarget.ES2022 } })
    .outputText;
}

describe('the package, installed from its tarball into an empty folder', () => {
  labTest('has a doctor that finds this host fit', async () => {
    const program = `${installedPackage()}/node_modules/.bin/kernel-l2tp`;
    const { code, stdout } = await run([program, 'doctor'], { allowFailure: true });
    expect(stdout).toMatch(/ok +kernel modules/);
    expect(stdout).toMatch(/This host is ready for kernel-l2tp/);
    expect(code).toBe(0);
  });

  labTest('runs the library example of the README', async (lab) => {
    const host = await lab.namespace('example');
    await host.run(['ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'lo']);
    // Beside the package, as a program of its user's.
    const program = `${installedPackage()}/example-${process.pid}.mjs`;
    writeFileSync(program, readmeExample());
    const { stdout } = await host.run([process.execPath, program]);
    expect(stdout).toMatch(/^l2tp0 \{[^]*rxPackets: 0[^]*\}/);
    expect(await host.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
  });
});
