import { runCli } from '../../../lib/cli/program.js';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as `main.ts` does. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  interruption: AbortSignal = new AbortController().signal,
  terminal: { readonly columns?: number; readonly rows?: number } | undefined = undefined,
): Promise<CliResult> {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    stdout: {
      write: (text) => void (out += text),
      ...(terminal !== undefined && { isTTY: true, ...terminal }),
    },
    stderr: { write: (text) => void (err += text) },
    env,
    now: () => 100_000_000,
    interruption: () => interruption,
  });
  return { code, out, err };
}
