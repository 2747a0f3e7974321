import { closeSync, openSync, writeSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { BlockSplitter } from '../pcapng/index.js';
import { ApiClient, exitCode, printable, type TraceLine } from '../server/remote.js';
import { EventReader } from './event-reader.js';
import { formatBytes, formatTime } from './format.js';
import { CliError, type CliIo } from './io.js';
import { wholeNumber } from './options.js';
import { sessionIdOf } from './session-id.js';

interface TraceOptions {
  readonly socket: string;
  readonly json?: boolean;
}

interface CaptureOptions {
  readonly socket: string;
  readonly output: string;
  readonly data: boolean;
  readonly snapLength?: number;
  readonly maxSize?: number;
  readonly seconds?: number;
  readonly json?: boolean;
}

/** Ms between two looks at how far a capture is. */
const progressInterval = 1000;

/** `trace` and `capture`: what is said in sessions. */
export function addMonitor(program: Command, io: CliIo, socketOption: () => Option): void {
  const trace = program
    .command('trace')
    .description('print the control and PPP messages of sessions, decoded, until Ctrl-C');
  const selectors = [
    ['user', '<name>', 'sessions of this user, from their first message on', 'user'],
    ['session', '<id>', 'one session, by its id or number, until it ends', 'id'],
    ['calling-number', '<number>', 'sessions with this calling number', 'callingNumber'],
    ['peer', '<address>', 'sessions of this LAC', 'peerAddress'],
  ] as const;
  for (const [what, argument, description, key] of selectors) {
    trace
      .command(what)
      .description(description)
      .argument(argument)
      .option('--json', 'print a line of JSON for each message')
      .addOption(socketOption())
      .action(async (value: string, options: TraceOptions) => {
        const id = key === 'id' ? await sessionIdOf(new ApiClient(options.socket), value) : value;
        await traceSessions(io, { [key]: id }, options);
      });
  }
  program
    .command('capture')
    .description('capture what a session says and sends, for Wireshark')
    .command('session')
    .description("one session's PPP frames and its tunnel's control messages, until it ends or Ctrl-C")
    .argument('<id>', 'session id of the log, or session number')
    .requiredOption('-o, --output <file>', 'pcapng file; - is standard output')
    .option('--no-data', 'leave IP packets out')
    .option('--snap-length <octets>', 'octets of an IP packet that are kept (1600)', wholeNumber(9))
    .option('--max-size <MiB>', 'end when the file is so large (100)', wholeNumber(9))
    .option('--seconds <n>', 'end after so long', wholeNumber(9))
    .option('--json', 'print JSON about the file')
    .addOption(socketOption())
    .action((id: string, options: CaptureOptions) => capture(io, id, options));
}

async function traceSessions(
  io: CliIo,
  selector: Readonly<Record<string, string>>,
  { socket, json }: TraceOptions,
): Promise<void> {
  const reader = new EventReader();
  await new ApiClient(socket).stream('/api/v1/trace', selector, io.interruption(), (chunk) => {
    for (const { type, data } of reader.push(chunk)) {
      if (type === 'lost')
        io.stderr.write(`kernel-l2tp: too fast to follow, messages are left out: ${data}\n`);
      else io.stdout.write(json === true ? `${data}\n` : formatTraceLine(JSON.parse(data) as TraceLine));
    }
  });
}

const arrows = { sent: '->', received: '<-' } as const;

function formatTraceLine({ time, direction, session, user, peer, text }: TraceLine): string {
  const arrow = direction === undefined ? '--' : arrows[direction];
  return printable(`${formatTime(time)} ${user ?? session ?? peer ?? ''} ${arrow} ${text}`) + '\n';
}

async function capture(io: CliIo, key: string, options: CaptureOptions): Promise<void> {
  const client = new ApiClient(options.socket);
  const id = await sessionIdOf(client, key);
  const { data, snapLength, maxSize, seconds, output } = options;
  const query = {
    data,
    ...(snapLength !== undefined && { snapLength }),
    ...(maxSize !== undefined && { maxBytes: maxSize * 1024 * 1024 }),
    ...(seconds !== undefined && { seconds }),
  };
  const blocks = new BlockSplitter();
  let file: number | undefined;
  let octets = 0;
  const text = (): string => `${blocks.packets} packets, ${formatBytes(octets)}`;
  const progress = setInterval(() => {
    if (io.stderr.isTTY === true) io.stderr.write(`\r${text()} `);
  }, progressInterval);
  try {
    const path = `/api/v1/sessions/${encodeURIComponent(id)}/capture`;
    await client.stream(path, query, io.interruption(), (chunk) => {
      // Not before there is something to write: a session that is not there leaves a file alone.
      file ??= output === '-' ? 1 : create(output);
      octets += writeAll(file, blocks.push(chunk));
    });
  } finally {
    clearInterval(progress);
    if (file !== undefined && file !== 1) closeSync(file);
  }
  if (io.stderr.isTTY === true) io.stderr.write('\r');
  const about = { file: output, session: id, packets: blocks.packets, bytes: octets };
  // Standard output may be the file.
  const told = output === '-' ? io.stderr : io.stdout;
  told.write(options.json === true ? `${JSON.stringify(about)}\n` : `${text()} in ${output}\n`);
}

/** For its owner alone: it has what subscribers said. */
function create(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new CliError(exitCode.failed, error instanceof Error ? error.message : String(error));
  }
}

function writeAll(file: number, octets: Uint8Array): number {
  for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
  return octets.length;
}
