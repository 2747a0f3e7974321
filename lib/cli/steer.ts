import { setTimeout as pause } from 'node:timers/promises';
import type { Command, Option } from 'commander';
import { ApiClient, exitCode, formatLine, type LogLine } from '../server/remote.js';
import { formatDuration } from './format.js';
import { CliError, type CliIo, hasColor } from './io.js';

interface SteerOptions {
  readonly socket: string;
  readonly json?: boolean;
}

interface DrainProgress {
  readonly state: 'off' | 'draining' | 'drained';
  readonly sessionsAtStart: number;
  readonly sessionsLeft: number;
}

interface ReloadAnswer {
  readonly applied: readonly string[];
  readonly needsRestart: readonly string[];
  readonly warnings: readonly string[];
}

/** Ms between two looks at a drain. */
const look = 1000;

/** `drain`, `reload` and `log`: what steers the running server. */
export function addSteering(program: Command, io: CliIo, socketOption: () => Option): void {
  program
    .command('drain')
    .description('take no new tunnels and calls, and wait until no session is left')
    .option('--timeout <seconds>', 'end the sessions that are left after so long', Number)
    .option('--stop', 'take calls again')
    .option('--no-wait', 'do not wait')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action((options: DrainOptions) => drain(io, options));
  program
    .command('reload')
    .description('have the server read its configuration again, without dropping a session')
    .option('--dry-run', 'only say what would change')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action((options: SteerOptions & { readonly dryRun?: boolean }) => reload(io, options));
  const log = program.command('log').description("the running server's log");
  log
    .command('show')
    .description('the last lines')
    .option('--level <level>', 'least severe lines: trace, debug, info, warn or error')
    .option('--search <text>', 'only lines with this text in them')
    .option('--lines <number>', 'at most so many', '50')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action((options: LogOptions) => showLog(io, options));
  log
    .command('level')
    .description('show or set the least severe lines that are logged')
    .argument('[level]', 'trace, debug, info, warn, error or silent')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action((level: string | undefined, options: SteerOptions) => logLevel(io, level, options));
}

interface DrainOptions extends SteerOptions {
  readonly timeout?: number;
  readonly stop?: boolean;
  readonly wait: boolean;
}

async function drain(io: CliIo, { socket, json, timeout, stop, wait }: DrainOptions): Promise<void> {
  if (timeout !== undefined && !(timeout >= 0))
    throw new CliError(exitCode.usage, '--timeout takes a number of seconds');
  const client = new ApiClient(socket);
  const body = { enabled: stop !== true, ...(timeout !== undefined && { timeout }) };
  let progress = (await client.put('/api/v1/drain', body)) as DrainProgress;
  const began = io.now();
  for (;;) {
    io.stdout.write(
      json === true ? `${JSON.stringify(progress)}\n` : progressLine(progress, io.now() - began),
    );
    if (!wait || progress.state !== 'draining') return;
    await pause(look);
    progress = (await client.get('/api/v1/drain')) as DrainProgress;
  }
}

const progressLine = ({ state, sessionsAtStart, sessionsLeft }: DrainProgress, elapsed: number): string =>
  state === 'off'
    ? 'calls are taken\n'
    : `${state}: ${sessionsLeft} of ${sessionsAtStart} sessions left after ${formatDuration(elapsed)}\n`;

async function reload(
  io: CliIo,
  { socket, json, dryRun }: SteerOptions & { readonly dryRun?: boolean },
): Promise<void> {
  const answer = (await new ApiClient(socket).post('/api/v1/reload', {
    dryRun: dryRun === true,
  })) as ReloadAnswer;
  if (json === true) {
    io.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  for (const warning of answer.warnings) io.stderr.write(`warning: ${warning}\n`);
  const { applied, needsRestart } = answer;
  io.stdout.write(applied.length === 0 ? 'nothing has changed\n' : `changed: ${applied.join(', ')}\n`);
  if (needsRestart.length > 0) io.stdout.write(`needs a restart: ${needsRestart.join(', ')}\n`);
}

interface LogOptions extends SteerOptions {
  readonly level?: string;
  readonly search?: string;
  readonly lines: string;
}

async function showLog(io: CliIo, { socket, json, level, search, lines: limit }: LogOptions): Promise<void> {
  const query = { limit, ...(level !== undefined && { level }), ...(search !== undefined && { search }) };
  const answer = (await new ApiClient(socket).get('/api/v1/logs', query)) as {
    readonly lines: readonly LogLine[];
  };
  const lines = answer.lines.toReversed();
  if (json === true) io.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
  else {
    const color = hasColor(io.stdout, io.env);
    for (const line of lines) io.stdout.write(`${formatLine(JSON.stringify(line), color)}\n`);
  }
}

async function logLevel(io: CliIo, level: string | undefined, { socket, json }: SteerOptions): Promise<void> {
  const client = new ApiClient(socket);
  const answer = (
    level === undefined ? await client.get('/api/v1/log') : await client.put('/api/v1/log', { level })
  ) as { readonly level: string };
  io.stdout.write(json === true ? `${JSON.stringify(answer)}\n` : `${answer.level}\n`);
}
