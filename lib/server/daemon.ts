import { formatProblem, type LoadedConfig } from './config/index.js';
import { ApiServer, type ApiTarget, SocketError, type Status } from './api/index.js';
import { Drain } from './drain.js';
import { type Check, formatReport } from './doctor/index.js';
import { type ExitCode, exitCode } from './exit-code.js';
import type { Logger, LogOutput } from './log/index.js';
import type { ManagedLns } from './managed-lns.js';
import type { ServiceManager } from './service-manager.js';
import { Reload } from './reload.js';
import { Telemetry } from './telemetry/index.js';
import { packageVersion } from './version.js';

/** Milliseconds that peers may take to acknowledge the end at a clean shutdown. */
const CLOSE_TIMEOUT = 5000;
/** Milliseconds after that before the process ends with what is left undone. */
const CLOSE_GRACE = 5000;
/** The same after an unforeseen error, when less can be relied on. */
const CRASH_TIMEOUT = 2000;

/** Where signals and unforeseen errors come from: `process`, or a test's own emitter. */
export interface SignalSource {
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
}

export interface DaemonDependencies {
  readonly config: LoadedConfig;
  readonly log: Logger;
  /** Where its lines go, as the configuration says. */
  readonly logOutput: LogOutput;
  /** Makes the LNS without opening anything. @throws RangeError for an option that it cannot use */
  readonly createLns: () => ManagedLns;
  /** Reads the configuration again. @throws ConfigError */
  readonly load: () => LoadedConfig;
  /** The log's level comes from the command line, which goes before the configuration. */
  readonly keepsLogLevel: boolean;
  /** Has each operation of the kernel told: its name, the ms that it took, and whether it failed. */
  readonly observeKernel: (
    listener: (operation: string, milliseconds: number, failed: boolean) => void,
  ) => void;
  /** The doctor's findings about this host and configuration. */
  readonly examine: () => Promise<readonly Check[]>;
  readonly signals: SignalSource;
  /** Who started the daemon, and wants to know how it is. */
  readonly service: ServiceManager;
  /** Writes to people what the log has no place for: the doctor's report, where it forbids the start. */
  readonly complain: (text: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: ExitCode) => void;
}

/**
 * Runs the server until a signal ends it: the host is checked, the control socket claimed, the LNS started. SIGTERM
 * and SIGINT end all tunnels in an orderly way; a second one ends the process at once. Resolves with the exit code
 * when everything is closed.
 */
export async function runDaemon(dependencies: DaemonDependencies): Promise<ExitCode> {
  const daemon = new Daemon(dependencies);
  try {
    return await daemon.run();
  } finally {
    daemon.stopListening();
  }
}

type State = Status['state'];

class Daemon {
  readonly #dependencies: DaemonDependencies;
  readonly #log: Logger;
  readonly #since = Date.now();
  readonly #handlers: readonly (readonly [string, (argument: unknown) => void])[];
  readonly #ended: Promise<ExitCode>;
  #end: (code: ExitCode) => void = () => undefined;
  #state: State = 'starting';
  #lns: ManagedLns | undefined;
  #reload: Reload | undefined;

  constructor(dependencies: DaemonDependencies) {
    this.#dependencies = dependencies;
    this.#log = dependencies.log;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.#handlers = [
      ['SIGTERM', () => this.#handleSignal('SIGTERM')],
      ['SIGINT', () => this.#handleSignal('SIGINT')],
      ['SIGHUP', () => this.#handleReload()],
      ['uncaughtException', (error) => this.#handleCrash('uncaught exception', error)],
      ['unhandledRejection', (error) => this.#handleCrash('unhandled rejection', error)],
    ];
    for (const [event, handler] of this.#handlers) dependencies.signals.on(event, handler);
  }

  stopListening(): void {
    for (const [event, handler] of this.#handlers) this.#dependencies.signals.off(event, handler);
  }

  async run(): Promise<ExitCode> {
    const { config, createLns } = this.#dependencies;
    for (const warning of config.warnings)
      this.#log.warn({ config: formatProblem(warning) }, 'configuration');
    if (!(await this.#examine())) return exitCode.unfit;

    try {
      this.#lns = createLns();
    } catch (error) {
      this.#log.error({ config: config.file, reason: messageOf(error) }, 'the configuration cannot be used');
      return exitCode.config;
    }
    const lns = this.#lns;
    const telemetry = new Telemetry(lns);
    this.#dependencies.observeKernel((...operation) => telemetry.metrics.noteKernelOperation(...operation));
    const { load, logOutput, keepsLogLevel } = this.#dependencies;
    const { feed } = telemetry;
    this.#reload = new Reload(config, { lns, log: this.#log, logOutput, feed, load, keepsLogLevel });
    const drain = new Drain(lns, telemetry.feed);
    const api = await this.#openApi({
      lns,
      telemetry,
      drain,
      reload: this.#reload,
      log: this.#log,
      logLines: logOutput.recent,
      status: () => this.#status(lns),
    });
    if (api === undefined) return exitCode.failed;
    telemetry.start();
    const code = await this.#serve(lns);
    drain.close();
    telemetry.stop();
    await api.close();
    return code;
  }

  async #openApi(target: ApiTarget): Promise<ApiServer | undefined> {
    const { control, http } = this.#dependencies.config;
    const api = new ApiServer(target, this.#log);
    try {
      await api.listen(control.socket);
      if (http !== undefined) await api.listenTcp(http);
      return api;
    } catch (error) {
      this.#log.error(
        { reason: messageOf(error) },
        error instanceof SocketError ? 'not started' : 'no control socket',
      );
      await api.close();
      return undefined;
    }
  }

  async #examine(): Promise<boolean> {
    const checks = await this.#dependencies.examine();
    const failed = checks.filter(({ status }) => status === 'fail');
    if (failed.length > 0) {
      this.#dependencies.complain(formatReport(checks.filter(({ status }) => status !== 'ok')));
      this.#log.error({ checks: failed.map(({ name }) => name) }, 'not started: this host is not fit');
      return false;
    }
    for (const { name, status, found, mend } of checks) {
      if (status === 'warn') this.#log.warn({ check: name, mend }, found);
    }
    return true;
  }

  async #serve(lns: ManagedLns): Promise<ExitCode> {
    try {
      await lns.start();
    } catch (error) {
      this.#log.error({ err: error }, 'the LNS did not start');
      await this.#close(lns, CRASH_TIMEOUT);
      return exitCode.failed;
    }
    if (this.#state === 'starting') {
      this.#state = 'running';
      const { config } = this.#dependencies;
      this.#log.info(
        { listen: listenOf(config), pid: process.pid, config: config.file, control: config.control.socket },
        `kernel-l2tp ${packageVersion()} is ready`,
      );
      this.#dependencies.service.ready(`serving on ${listenOf(config).join(', ')}`);
    }
    const code = await this.#ended;
    this.#state = 'stopping';
    this.#dependencies.service.stopping('CDN and StopCCN to all', CLOSE_TIMEOUT + CLOSE_GRACE);
    const closed = await this.#close(lns, code === exitCode.ok ? CLOSE_TIMEOUT : CRASH_TIMEOUT);
    this.#log.info({ code }, 'stopped');
    return closed ? code : exitCode.failed;
  }

  /** False when something was left undone. */
  async #close(lns: ManagedLns, timeout: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), timeout + CLOSE_GRACE);
    });
    try {
      if ((await Promise.race([lns.close({ timeout }), late])) !== 'late') return true;
      this.#log.error('closing takes too long; what is left goes with the process');
    } catch (error) {
      this.#log.error({ err: error }, 'closing failed; what is left goes with the process');
    } finally {
      clearTimeout(timer);
    }
    return false;
  }

  #handleReload(): void {
    try {
      this.#reload?.run();
    } catch (error) {
      this.#log.error({ reason: messageOf(error) }, 'not reloaded: the old configuration stays');
    }
  }

  #handleSignal(name: string): void {
    if (this.#state === 'stopping') {
      this.#log.warn({ signal: name }, 'second signal: ending at once');
      this.#dependencies.exit(exitCode.failed);
      return;
    }
    this.#log.info({ signal: name }, 'stopping: CDN and StopCCN to all');
    this.#state = 'stopping';
    this.#end(exitCode.ok);
  }

  #handleCrash(what: string, error: unknown): void {
    this.#log.fatal({ err: error }, what);
    if (this.#lns === undefined) this.#dependencies.exit(exitCode.failed);
    this.#state = 'stopping';
    this.#end(exitCode.failed);
  }

  #status(lns: ManagedLns): Status {
    const tunnels = lns.tunnels();
    return {
      version: packageVersion(),
      pid: process.pid,
      state: this.#state,
      since: this.#since,
      config: this.#dependencies.config.file,
      listen: [...listenOf(this.#dependencies.config)],
      tunnels: tunnels.length,
      sessions: tunnels.reduce((sum, tunnel) => sum + tunnel.sessions, 0),
    };
  }
}

const listenOf = ({ lns }: LoadedConfig): readonly string[] =>
  typeof lns.listen === 'object' ? lns.listen : [lns.listen ?? '0.0.0.0:1701'];

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
