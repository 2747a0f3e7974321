import type { Command } from 'commander';
import type { LoadedDialConfig } from '../server/index.js';
import { exitCode, type LogLevel } from '../server/remote.js';
import { CliError, type CliIo, hasColor } from './io.js';
import { logLevelOption } from './options.js';

interface DialCommandOptions {
  readonly config: string;
  readonly check?: boolean;
  readonly logLevel?: LogLevel;
}

/** `kernel-l2tp dial`: this host's own connection to an LNS. */
export function addDial(program: Command, io: CliIo, finish: (code: number) => void): void {
  program
    .command('dial')
    .description('connect this host to an LNS, in the foreground: a VPN or ISP client')
    .requiredOption('-c, --config <file>', 'dial configuration (YAML)')
    .option('--check', 'only check the configuration')
    .addOption(logLevelOption())
    .action(async ({ config: file, check, logLevel }: DialCommandOptions) => {
      const { formatProblem, runDial } = await import('../server/index.js');
      const config = await load(io, file);
      if (check === true) {
        for (const warning of config.warnings) io.stderr.write(`warning: ${formatProblem(warning)}\n`);
        io.stdout.write(`${file}: right\n`);
        return;
      }
      finish(
        await runDial({
          config,
          ...(logLevel !== undefined && { logLevel }),
          terminal: io.stdout.isTTY === true,
          color: hasColor(io.stdout, io.env),
          complain: (text) => void io.stderr.write(`${text}\n`),
        }),
      );
    });
}

async function load(io: CliIo, file: string): Promise<LoadedDialConfig> {
  const { ConfigError, loadDialConfig } = await import('../server/index.js');
  try {
    return loadDialConfig(file, { env: io.env });
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(exitCode.config, error.message);
    throw error;
  }
}
