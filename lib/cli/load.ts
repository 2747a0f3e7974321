import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { LoadOptions, RepeatCounts, SetUpReport, TearDownReport } from '../load/index.js';
import { exitCode } from '../server/remote.js';
import { settleHeap } from './heap.js';
import { CliError, type CliIo } from './io.js';

interface LoadCommandOptions {
  readonly lns: LoadOptions['lns'];
  readonly local?: string;
  readonly tunnels: number;
  readonly sessions: number;
  readonly inFlight: number;
  readonly user: string;
  readonly password: string;
  readonly secret?: string;
  readonly retry?: number;
  readonly warmUp?: number;
  readonly hold?: number;
  readonly json?: boolean;
}

/** `kernel-l2tp load`: many callers against an LNS. */
export function addLoad(program: Command, io: CliIo): void {
  program
    .command('load')
    .description('dial many calls into an LNS at once, and say how long they took; makes no interfaces here')
    .requiredOption('--lns <address>', 'address of the LNS, or address:port', lnsAddress)
    .option('--local <address>', 'address to send from', ipAddress)
    .option('--tunnels <n>', 'tunnels, each from a port of its own', count, 1)
    .option('--sessions <n>', 'calls, spread over the tunnels', count, 100)
    .option('--in-flight <n>', 'calls under way at once', count, 256)
    .option('--user <name>', '{n} stands for the number of the call', 'load{n}')
    .option('--password <text>', 'of every user', 'pass')
    .option('--secret <text>', 'shared secret of the tunnels')
    .option('--retry <seconds>', 'place calls that failed again after so long', seconds)
    .option(
      '--warm-up <n>',
      'first place so many calls that do not count, so that neither end is cold',
      count,
    )
    .option('--hold <seconds>', 'hang up after so long; without it at SIGINT (Ctrl-C) or SIGTERM', seconds)
    .option('--json', 'print JSON, one line for the set-up and one for the end')
    .action((options: LoadCommandOptions) => load(io, options));
}

/** The LNS takes away what the first calls had, in ms. */
const warmUpPause = 5000;

async function load(io: CliIo, options: LoadCommandOptions): Promise<void> {
  const { lns, local, tunnels, sessions, inFlight, user, password, secret, retry, warmUp } = options;
  // The native addon is not touched by any other command.
  const [{ LoadGenerator }, { networkIo }] = await Promise.all([
    import('../load/index.js'),
    import('../io/index.js'),
  ]);
  settleHeap();
  const loadOptions: LoadOptions = {
    lns,
    ...(local !== undefined && { localAddress: local }),
    tunnels,
    sessions,
    inFlight,
    user,
    password,
    ...(secret !== undefined && { secret }),
    ...(retry !== undefined && { retryAfter: retry * 1000 }),
  };
  const dependencies = { io: networkIo() };
  const json = options.json === true;
  const print = (event: string, report: object, text: string): void =>
    void io.stdout.write(json ? `${JSON.stringify({ event, ...report })}\n` : text);
  if (warmUp !== undefined) {
    const first = new LoadGenerator({ ...loadOptions, sessions: warmUp }, dependencies);
    const { failed } = await first.setUp().finally(() => first.hangUp().finally(() => first.close()));
    print('warm', { sessions: warmUp, failed }, `${warmUp} sessions were up first, ${failed} failed\n`);
    await sleep(warmUpPause);
  }
  const generator = new LoadGenerator(loadOptions, dependencies);
  try {
    const setUp = await generator.setUp();
    // Whoever reads that the sessions are up may end the wait at once.
    const wait = held(options.hold);
    print('up', setUp, setUpText(setUp));
    await wait;
    const tearDown = await generator.hangUp();
    print('down', { ...tearDown, lost: generator.lost }, tearDownText(tearDown));
    if (setUp.failed + generator.lost > 0) {
      throw new CliError(
        exitCode.failed,
        `${setUp.failed} calls failed, ${generator.lost} ended by themselves`,
      );
    }
  } finally {
    await generator.close();
  }
}

/** Resolves after `limit` seconds, or at a signal. */
function held(limit: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      process.off('SIGINT', done).off('SIGTERM', done);
      resolve();
    };
    const timer = limit === undefined ? undefined : setTimeout(done, limit * 1000);
    process.on('SIGINT', done).on('SIGTERM', done);
  });
}

function setUpText(report: SetUpReport): string {
  const { p50, p95, p99, max } = report.latency;
  const failures = Object.entries(report.failures).map(([text, times]) => `  ${times} times: ${text}\n`);
  return (
    `${report.sessions} sessions up in ${report.tunnels} tunnels after ${seconds1(report.milliseconds)}: ` +
    `${report.callsPerSecond.toFixed(0)} calls/s; ${report.failed} failed\n${failures.join('')}` +
    `ICRQ to IPCP open: half within ${p50} ms, 95 % ${p95} ms, 99 % ${p99} ms, all ${max} ms\n` +
    `${repeatsText(report.repeats)}\n`
  );
}

const tearDownText = (report: TearDownReport): string =>
  `${report.sessions} sessions hung up after ${seconds1(report.milliseconds)}: ` +
  `${report.callsPerSecond.toFixed(0)} calls/s\n${repeatsText(report.repeats)}\n`;

const seconds1 = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

const repeatsText = ({ l2tpSent, l2tpReceived, pppSent, pppReceived }: RepeatCounts): string =>
  `sent again: by us ${l2tpSent} L2TP and ${pppSent} PPP, by the LNS ${l2tpReceived} L2TP and ${pppReceived} PPP`;

function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,7}$/.test(text) || value < 1) throw new InvalidArgumentError('It takes a number above 0.');
  return value;
}

function seconds(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text))
    throw new InvalidArgumentError('It takes seconds, such as 3 or 0.5.');
  return Number(text);
}

function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('It takes an IP address.');
  return text;
}

function lnsAddress(text: string): LoadOptions['lns'] {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const address = isIP(text) === 6 ? text : (match?.[1] ?? match?.[2] ?? '');
  const port = isIP(text) === 6 ? 1701 : Number(match?.[3] ?? 1701);
  if (isIP(address) === 0 || port < 1 || port > 65_535) {
    throw new InvalidArgumentError(
      'It takes an address such as 192.0.2.1, 192.0.2.1:1701 or [2001:db8::1]:1701.',
    );
  }
  return { address, port };
}
