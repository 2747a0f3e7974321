import { Argument, Command, CommanderError, Option } from 'commander';
import {
  ApiError,
  DEFAULT_SOCKET,
  exitCode,
  type LogLevel,
  packageVersion,
  printable,
  UnreachableError,
} from '../server/remote.js';
import { addCall } from './call.js';
import { addCompletion } from './completion/index.js';
import { addDial } from './dial.js';
import { disconnect, type DisconnectOptions } from './disconnect.js';
import type { DoctorOptions } from './doctor.js';
import { settleHeap } from './heap.js';
import { CliError, type CliIo, hasColor } from './io.js';
import { addMonitor } from './monitor.js';
import { logLevelOption } from './options.js';
import { addLoad } from './load.js';
import { showRadius, showSession, showStats } from './show-details.js';
import { addSteering } from './steer.js';
import { showLac, showLimits, type ShowOptions, showPools, showSessions, showTunnels } from './show.js';
import { addWatch } from './watch.js';

// Commands that speak to a running daemon start at once: what only others need is imported where they run.

/** Runs one command line (without node and script). Never throws; resolves with the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let code: number = exitCode.ok;
  try {
    await buildProgram(io, (result) => (code = result)).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

function report(error: unknown, io: CliIo): number {
  // Commander has written its own line already.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
  const { message, code } = explain(error);
  const lines = message.split('\n').map(printable);
  if (message !== '') io.stderr.write(lines.map((line) => `kernel-l2tp: ${line}\n`).join(''));
  return code;
}

function explain(error: unknown): { message: string; code: number } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CliError) return { message, code: error.exitCode };
  if (error instanceof UnreachableError) return { message, code: exitCode.unreachable };
  if (error instanceof ApiError) return { message: `the daemon refuses: ${message}`, code: exitCode.failed };
  return { message, code: exitCode.failed };
}

function buildProgram(io: CliIo, finish: (code: number) => void): Command {
  const program = new Command('kernel-l2tp')
    .description('L2TPv2 network server for Linux: TypeScript decides, the kernel forwards.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(`kernel-l2tp: ${text.replace(/^error: /, '')}`),
    });
  addServe(program, io, finish);
  addShow(program, io);
  addDisconnect(program, io);
  addConfig(program, io);
  addLoad(program, io);
  addDial(program, io, finish);
  addCall(program, io, socketOption(io));
  addSteering(program, io, () => socketOption(io));
  addMonitor(program, io, () => socketOption(io));
  addWatch(program, io, () => socketOption(io));
  addCompletion(program, io);
  return program;
}

interface ServeCommandOptions {
  readonly config: string;
  readonly check?: boolean;
  readonly logLevel?: LogLevel;
}

function addServe(program: Command, io: CliIo, finish: (code: number) => void): void {
  program
    .command('serve')
    .description('run the server in the foreground')
    .requiredOption('-c, --config <file>', 'configuration (YAML)')
    .option('--check', 'only check the configuration')
    .addOption(logLevelOption())
    .action(async ({ config: file, check, logLevel }: ServeCommandOptions) => {
      const { checkConfig, loadFor } = await import('./config.js');
      if (check === true) {
        checkConfig(io, file);
        return;
      }
      const { serve } = await import('../server/index.js');
      settleHeap();
      finish(
        await serve({
          config: loadFor(io, file),
          ...(logLevel !== undefined && { logLevel }),
          terminal: io.stdout.isTTY === true,
          color: hasColor(io.stdout, io.env),
          complain: (text) => void io.stderr.write(`${text}\n`),
        }),
      );
    });
  program
    .command('doctor')
    .description('check whether this host is ready, and say what mends it')
    .option('-c, --config <file>', 'check for this configuration')
    .option('--json', 'print JSON')
    .action(async (options: DoctorOptions) => (await import('./doctor.js')).doctor(io, options));
}

/** The option that names the daemon's control socket. */
const socketOption = (io: CliIo): Option =>
  new Option('--socket <path>', 'control socket of the daemon').default(
    io.env['KERNEL_L2TP_SOCKET'] ?? DEFAULT_SOCKET,
  );

function addShow(program: Command, io: CliIo): void {
  const show = program.command('show').description('show what the running server has');
  const add = (name: string, description: string, action: typeof showTunnels): void => {
    addShowCommand(show, io, name, description).action((options: ShowOptions) => action(io, options));
  };
  add('tunnels', 'tunnels', showTunnels);
  add('sessions', 'sessions with their counters', showSessions);
  add('lac', 'servers that subscribers are carried on to', showLac);
  addShowCommand(show, io, 'session', 'one session and its time line, also one that ended lately')
    .argument('<id>', 'session id of the log, or session number')
    .action((id: string, options: ShowOptions) => showSession(io, id, options));
  add('pools', 'address pools and their use', showPools);
  add('limits', 'limits in force, and how much of each is used', showLimits);
  add('stats', 'what the server does and did, in numbers', showStats);
  add('radius', 'RADIUS servers, their state and latency', showRadius);
}

const addShowCommand = (show: Command, io: CliIo, name: string, description: string): Command =>
  show.command(name).description(description).option('--json', 'print JSON').addOption(socketOption(io));

function addDisconnect(program: Command, io: CliIo): void {
  program
    .command('disconnect')
    .description(
      'end the sessions that match every option given; with --tunnel or --peer alone, whole tunnels',
    )
    .option('--user <name>', 'user name')
    .option('--session <id>', 'session number, or session id of the log')
    .option('--tunnel <id>', 'tunnel number')
    .option('--address <address>', "subscriber's IPv4 address")
    .option('--interface <name>', 'interface name')
    .option('--calling-number <number>', 'calling number')
    .option('--peer <address>', "LAC's address")
    .option('--all', 'everything')
    .option('--reason <text>', 'for the log')
    .option('--json', 'print JSON')
    .addOption(socketOption(io))
    .action((options: DisconnectOptions) => disconnect(io, options));
}

function addConfig(program: Command, io: CliIo): void {
  const config = program.command('config').description('work with configuration files');
  config
    .command('check')
    .description('check a configuration, and the secrets that it names')
    .argument('<file>', 'configuration (YAML)')
    .option('--json', 'print JSON, also of what is wrong')
    .action(async (file: string, { json }: { readonly json?: boolean }) =>
      (await import('./config.js')).checkConfig(io, file, json),
    );
  config
    .command('schema')
    .description('print the JSON Schema of configurations, for editors')
    .addArgument(new Argument('[command]', 'whose configuration').choices(['serve', 'dial']).default('serve'))
    .action(async (of: 'serve' | 'dial') => (await import('./config.js')).printSchema(io, of));
}
