import type { DialFailure, DialStage } from '../dial/index.js';
import { formatProblem, type LoadedDialConfig, type LogLevel } from './config/index.js';
import { examineDialHost, formatReport } from './doctor/index.js';
import { type ExitCode, exitCode } from './exit-code.js';
import { createLog, LogOutput, standardOutput } from './log/index.js';
import { printable } from './printable.js';
import { packageVersion } from './version.js';

export interface DialRunOptions {
  readonly config: LoadedDialConfig;
  /** Instead of the configuration's. */
  readonly logLevel?: LogLevel;
  /** Standard output is a terminal, and with colours. */
  readonly terminal: boolean;
  readonly color: boolean;
  readonly complain: (text: string) => void;
}

const exitCodes: Readonly<Record<DialStage, ExitCode>> = {
  name: exitCode.lnsUnreachable,
  unreachable: exitCode.lnsUnreachable,
  host: exitCode.failed,
  tunnel: exitCode.tunnelRefused,
  authentication: exitCode.authenticationFailed,
  call: exitCode.callFailed,
  link: exitCode.linkLost,
};

/**
 * Runs a dialler in this process: SIGTERM and SIGINT hang up, SIGHUP dials anew. Resolves with the exit code when the
 * link is closed and the host as it was.
 */
export async function runDial(options: DialRunOptions): Promise<ExitCode> {
  const { config, terminal, color, complain } = options;
  process.title = 'kernel-l2tp';
  const output = standardOutput();
  const { format, level } = config.log;
  const logOutput = new LogOutput({ format, terminal, color, output });
  const log = createLog(options.logLevel ?? level, logOutput);
  const signals = new Map<NodeJS.Signals, () => void>();
  try {
    for (const warning of config.warnings) log.warn({ config: formatProblem(warning) }, 'configuration');
    const checks = await examineDialHost(config.dial.ppp ?? {});
    const failed = checks.filter(({ status }) => status === 'fail');
    if (failed.length > 0) {
      complain(formatReport(failed));
      log.error({ checks: failed.map(({ name }) => name) }, 'not started: this host is not fit');
      return exitCode.unfit;
    }
    // The native addon is not touched by any other command.
    const { Dialer, SystemHost } = await import('../dial/index.js');
    const dialer = new Dialer(config.dial, { log, host: new SystemHost(config.host, log) });
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => (): void => {
      if (stopping) {
        log.warn({ signal }, 'second signal: ending at once; the next start restores this host');
        output.flush();
        process.exit(exitCode.failed);
      }
      stopping = true;
      log.info({ signal }, 'hanging up');
      dialer.stop();
    };
    signals.set('SIGTERM', stop('SIGTERM')).set('SIGINT', stop('SIGINT'));
    signals.set('SIGHUP', () => {
      log.info({ signal: 'SIGHUP' }, 'dialling anew');
      dialer.redial();
    });
    for (const [signal, handler] of signals) process.on(signal, handler);
    const lns = config.dial.lns.map(({ host, port }) => `${host}:${port}`);
    log.info({ lns, user: config.dial.user, config: config.file }, `kernel-l2tp ${packageVersion()} dials`);
    const end = await dialer.run();
    if (end.kind === 'stopped') {
      log.info('hung up');
      return exitCode.ok;
    }
    complain(`kernel-l2tp: ${printable(sentenceOf(end.failure))}`);
    return exitCodes[end.failure.stage];
  } catch (error) {
    log.fatal({ err: error }, 'internal error: the dialler ends');
    return exitCode.failed;
  } finally {
    for (const [signal, handler] of signals) process.off(signal, handler);
    output.flush();
  }
}

function sentenceOf({ stage, text }: DialFailure): string {
  const what: Record<DialStage, string> = {
    name: 'no LNS is found',
    unreachable: 'the LNS does not answer',
    host: 'this host cannot be set up',
    tunnel: 'there is no tunnel',
    authentication: 'the log-in is refused',
    call: 'the call does not come up',
    link: 'the link has ended',
  };
  return `${what[stage]}: ${text}`;
}
