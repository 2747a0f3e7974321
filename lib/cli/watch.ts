import { type Command, InvalidArgumentError, type Option } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiClient, printable, type SessionInfo, type Stats } from '../server/remote.js';
import { formatBytes, formatDuration, formatTime } from './format.js';
import type { CliIo } from './io.js';
import { wholeNumber } from './options.js';
import { type Column, fitTable, formatTable, truncate } from './table.js';

const orders = ['rate', 'since', 'user', 'address', 'state', 'tunnel', 'bytes'] as const;

interface WatchOptions {
  readonly socket: string;
  readonly interval: number;
  readonly sort: (typeof orders)[number];
  readonly count?: number;
  readonly json?: boolean;
}

interface WatchedEvent {
  readonly id: number;
  readonly time: number;
  readonly type: string;
  readonly text?: string;
  readonly reason?: { readonly text: string };
  readonly session?: Pick<SessionInfo, 'user' | 'address' | 'peerAddress'>;
  readonly tunnel?: { readonly peerAddress: string };
  readonly call?: { readonly peerAddress: string };
  readonly peer?: { readonly peerAddress: string };
}

interface Look {
  readonly time: number;
  readonly stats: Stats;
  readonly sessions: readonly SessionInfo[];
  readonly total: number;
  readonly events: readonly WatchedEvent[];
}

/** Of a terminal that does not say. */
const usualSize = { columns: 80, rows: 24 } as const;
const eventLines = 4;
/** Sessions in a look that is printed as a line. */
const pageSize = 20;

const screen = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  clearLine: '\u001b[K',
  clearRest: '\u001b[J',
} as const;

const bits = (rate: number): string => `${formatBytes(rate / 8)}/s`;

/** The last ones are left out first where a terminal is narrow. */
const columns = (now: number): readonly Column<SessionInfo>[] => [
  { title: 'USER', value: ({ user, callingNumber }) => user ?? callingNumber },
  { title: 'FROM SUB', value: ({ rxRate }) => bits(rxRate), right: true },
  { title: 'TO SUB', value: ({ txRate }) => bits(txRate), right: true },
  { title: 'ADDRESS', value: ({ address }) => address },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'UP', value: ({ since }) => formatDuration(now - since), right: true },
  { title: 'SESSION', value: ({ sessionId }) => sessionId, right: true },
  { title: 'PEER', value: ({ peerAddress }) => peerAddress },
  { title: 'INTERFACE', value: ({ interfaceName }) => interfaceName },
  { title: 'RX', value: ({ rxBytes }) => formatBytes(rxBytes), right: true },
  { title: 'TX', value: ({ txBytes }) => formatBytes(txBytes), right: true },
];

/** `kernel-l2tp watch`: sessions in a table that is drawn anew, like `top`. */
export function addWatch(program: Command, io: CliIo, socketOption: () => Option): void {
  program
    .command('watch')
    .description('show sessions, rates and events live in the terminal, until Ctrl-C')
    .option('--interval <seconds>', 'draw anew after so long', seconds, 1)
    .option('--sort <key>', `first is the greatest of ${orders.join(', ')}; by name the first`, order, 'rate')
    .option('--count <n>', 'end after so many looks', wholeNumber(6))
    .option('--json', 'print a line of JSON for each look')
    .addOption(socketOption())
    .action((options: WatchOptions) => watch(io, options));
}

async function watch(io: CliIo, options: WatchOptions): Promise<void> {
  const client = new ApiClient(options.socket);
  const interruption = io.interruption();
  const live = io.stdout.isTTY === true && options.json !== true;
  let events: readonly WatchedEvent[] = [];
  if (live) io.stdout.write(screen.enter);
  try {
    for (let looks = 1; !interruption.aborted; looks++) {
      const look = await lookAt(client, options, live ? rowsOf(io) : pageSize, events);
      events = look.events;
      io.stdout.write(options.json === true ? `${JSON.stringify(look)}\n` : draw(io, look, live));
      if (looks === options.count) break;
      await pause(options.interval * 1000, undefined, { signal: interruption }).catch(() => undefined);
    }
  } finally {
    if (live) io.stdout.write(screen.leave);
  }
}

async function lookAt(
  client: ApiClient,
  { sort }: WatchOptions,
  limit: number,
  known: readonly WatchedEvent[],
): Promise<Look> {
  const ascending = sort === 'user' || sort === 'address' || sort === 'state' || sort === 'tunnel';
  const [page, stats, recent] = await Promise.all([
    client.get('/api/v1/sessions', { sort: ascending ? sort : `-${sort}`, limit }),
    client.stats(),
    client.get('/api/v1/events/recent', { since: known.at(-1)?.id ?? 0 }),
  ]);
  const { sessions, total } = page as { readonly sessions: readonly SessionInfo[]; readonly total: number };
  const { events } = recent as { readonly events: readonly WatchedEvent[] };
  return { time: stats.time, stats, sessions, total, events: [...known, ...events].slice(-eventLines) };
}

/** Rows of the terminal that are left for sessions. */
const rowsOf = (io: CliIo): number => Math.max(1, (io.stdout.rows ?? usualSize.rows) - eventLines - 5);

function draw(io: CliIo, { time, stats, sessions, total, events }: Look, live: boolean): string {
  const width = live ? (io.stdout.columns ?? usualSize.columns) : Infinity;
  const table = columns(time);
  const lines = [
    `${formatTime(time).slice(0, 8)}  ${stats.sessionsUp} sessions up, ${stats.callsInProgress} being set up, ${stats.tunnels} tunnels`,
    `from subscribers ${bits(stats.rxRate)}, to subscribers ${bits(stats.txRate)}, ${stats.failuresSinceStart} failures`,
    '',
    ...(live ? fitTable(table, sessions, width) : formatTable(table, sessions)).trimEnd().split('\n'),
    ...(total > sessions.length ? [`${total - sessions.length} more`] : []),
    '',
    ...events.map(eventLine),
  ].map((line) => truncate(line, width));
  if (!live) return `${lines.join('\n')}\n\n`;
  // Drawn over what is there: clearing first would flicker.
  const shown = lines.slice(0, io.stdout.rows ?? usualSize.rows);
  return screen.home + shown.map((line) => line + screen.clearLine).join('\r\n') + screen.clearRest;
}

function eventLine({ time, type, text, reason, session, tunnel, call, peer }: WatchedEvent): string {
  const who =
    session?.user ?? session?.address ?? session?.peerAddress ?? (tunnel ?? call ?? peer)?.peerAddress ?? '';
  const parts = [formatTime(time).slice(0, 8), type, who, reason?.text ?? text ?? ''];
  return printable(parts.filter((part) => part !== '').join(' '));
}

function order(text: string): string {
  if (!(orders as readonly string[]).includes(text))
    throw new InvalidArgumentError(`It takes one of ${orders.join(', ')}.`);
  return text;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text) || value < 0.1)
    throw new InvalidArgumentError('It takes seconds, 0.1 at least.');
  return value;
}
