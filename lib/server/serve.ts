import { type LoadedConfig, loadConfig, type LogLevel } from './config/index.js';
import { runDaemon } from './daemon.js';
import { examineHost } from './doctor/index.js';
import { type ExitCode, exitCode } from './exit-code.js';
import { createLog, isJournal, LogOutput, standardOutput } from './log/index.js';
import { ServiceManager } from './service-manager.js';

export interface ServeOptions {
  readonly config: LoadedConfig;
  /** Instead of the configuration's. */
  readonly logLevel?: LogLevel;
  /** Standard output is a terminal, and with colours. */
  readonly terminal: boolean;
  readonly color: boolean;
  readonly complain: (text: string) => void;
}

/** Runs the daemon in this process. Resolves with its exit code, when everything is closed and logged. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const { config, terminal, color, complain } = options;
  // So that `ss`, `ps` and another instance's doctor can name it.
  process.title = 'kernel-l2tp';
  const output = standardOutput();
  const journal = isJournal(process.env, process.stdout.fd);
  const logOutput = new LogOutput({ ...config.log, terminal, color, output, journal });
  const log = createLog(options.logLevel ?? config.log.level, logOutput);
  const service = new ServiceManager(process.env, (error) =>
    log.warn({ err: error }, 'the service manager cannot be told'),
  );
  try {
    // The native addon is not touched by any other command.
    const [{ Lns }, { Lac }, { observeKernelOperations }] = await Promise.all([
      import('../lns/index.js'),
      import('../lac/index.js'),
      import('../kernel/index.js'),
    ]);
    return await runDaemon({
      config,
      log,
      logOutput,
      createLns: () =>
        config.lac === undefined
          ? new Lns(config.lns, { log })
          : new Lac({ ...config.lns, ...config.lac }, { log }),
      load: () => loadConfig(config.file),
      keepsLogLevel: options.logLevel !== undefined,
      observeKernel: observeKernelOperations,
      examine: () => examineHost({ lns: config.lns, socket: config.control.socket }),
      signals: process,
      service,
      complain,
      exit: (code) => {
        output.flush();
        process.exit(code);
      },
    });
  } catch (error) {
    log.fatal({ err: error }, 'not started');
    return exitCode.failed;
  } finally {
    service.close();
    output.flush();
  }
}
