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
  /** `dial`: the LNS's name is not resolved, or nobody answers. */
  lnsUnreachable: 6,
  /** `dial`: the LNS refuses the tunnel, or the shared secrets differ. */
  tunnelRefused: 7,
  /** `dial`: the log-in is refused. */
  authenticationFailed: 8,
  /** `dial`, `call`: the call or PPP in it did not come up. */
  callFailed: 9,
  /** `dial` without `persist`: the link was up and has ended. */
  linkLost: 10,
  /** `call`: the called party is busy. */
  busy: 11,
  /** `call`: the called party does not answer. */
  noAnswer: 12,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
