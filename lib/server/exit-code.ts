/** Exit codes of every command, as docs/cli.md lists them. */
export const exitCode = {
  ok: 0,
  /** The operation failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No daemon answers at the control socket. */
  unreachable: 3,
  /** The configuration is wrong. */
  config: 4,
  /** The host is not fit: `doctor` found a failure. */
  unfit: 5,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
