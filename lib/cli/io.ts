/** Where a command writes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Of a terminal, in characters. */
  readonly columns?: number;
  readonly rows?: number;
}

/** What a command sees of the world. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From now on SIGINT (Ctrl-C) and SIGTERM abort this signal, instead of the process. */
  readonly interruption: () => AbortSignal;
}

/** A command that failed: one line for people, and the exit code. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether to colour: on a terminal, unless NO_COLOR (https://no-color.org) or a dumb terminal says no. */
export const hasColor = (output: Output, env: CliIo['env']): boolean =>
  output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
