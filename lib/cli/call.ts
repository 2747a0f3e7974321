import { type Command, InvalidArgumentError, type Option } from 'commander';
import { ApiClient, ApiError, type CallRequest, type ExitCode, exitCode } from '../server/remote.js';
import { CliError, type CliIo } from './io.js';

interface CallCommandOptions {
  readonly socket: string;
  readonly lac: string;
  readonly subAddress?: string;
  readonly minimumBps?: number;
  readonly maximumBps?: number;
  readonly timeout: number;
  readonly json?: boolean;
}

const outcomes: Readonly<Record<string, ExitCode>> = {
  busy: exitCode.busy,
  'no-answer': exitCode.noAnswer,
};

/** What the daemon may take longer than the call itself, in ms. */
const grace = 10_000;

/** `kernel-l2tp call`: an outgoing call through a LAC. */
export function addCall(program: Command, io: CliIo, socket: Option): void {
  program
    .command('call')
    .description('have a LAC call a subscriber (OCRQ), and wait until its session is up')
    .argument('<number>', 'called number')
    .requiredOption('--lac <address>', 'address of the LAC, or address:port')
    .option('--sub-address <text>', 'sub-address')
    .option('--minimum-bps <n>', 'least speed of the line in bit/s', whole)
    .option('--maximum-bps <n>', 'greatest speed of the line in bit/s', whole)
    .option('--timeout <seconds>', 'give up after so long', whole, 60)
    .option('--json', 'print JSON')
    .addOption(socket)
    .action((calledNumber: string, options: CallCommandOptions) => call(io, calledNumber, options));
}

async function call(io: CliIo, calledNumber: string, options: CallCommandOptions): Promise<void> {
  const { lac, subAddress, minimumBps, maximumBps, timeout } = options;
  const request: CallRequest = {
    lac,
    calledNumber,
    timeout,
    ...(subAddress !== undefined && { subAddress }),
    ...(minimumBps !== undefined && { minimumBps }),
    ...(maximumBps !== undefined && { maximumBps }),
  };
  try {
    const session = await new ApiClient(options.socket, timeout * 1000 + grace).call(request);
    io.stdout.write(
      options.json === true
        ? `${JSON.stringify(session)}\n`
        : `session ${session.sessionId} is up: ${session.user ?? 'nobody'} ${session.address ?? ''} ${session.interfaceName ?? ''}\n`,
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    throw new CliError(outcomes[error.code] ?? exitCode.callFailed, `${error.code}: ${error.message}`);
  }
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('It takes a whole number above 0.');
  return Number(text);
}
