import { ApiClient } from '../server/remote.js';
import { formatBytes } from './format.js';
import type { CliIo } from './io.js';
import { sessionIdOf } from './session-id.js';
import type { ShowOptions } from './show.js';
import { type Column, formatTable } from './table.js';

interface Fact {
  readonly name: string;
  readonly value: string | number | undefined;
}

const factColumns: readonly Column<Fact>[] = [
  { title: 'WHAT', value: ({ name }) => name },
  { title: 'VALUE', value: ({ value }) => value },
];

const json = (io: CliIo, value: unknown): void => void io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** @param key session id, or the session number that `show sessions` has */
export async function showSession(io: CliIo, key: string, options: ShowOptions): Promise<void> {
  const client = new ApiClient(options.socket);
  const answer = await client.session(await sessionIdOf(client, key));
  if (options.json === true) {
    json(io, answer);
    return;
  }
  const { session, timeline, ended } = answer;
  const facts = Object.entries(session).flatMap(([name, value]): Fact[] =>
    typeof value === 'object' ? [] : [{ name, value: String(value) }],
  );
  if (ended !== undefined) facts.push({ name: 'ended', value: `${ended.reason.by}: ${ended.reason.text}` });
  io.stdout.write(formatTable(factColumns, facts));
  io.stdout.write(
    `\n${formatTable(
      [
        { title: 'AFTER', value: ({ after }) => `${after} ms`, right: true },
        { title: '', value: ({ kind }) => ({ step: '*', sent: '->', received: '<-' })[kind] },
        { title: 'WHAT', value: ({ text }) => text },
      ],
      timeline,
    )}`,
  );
}

export async function showStats(io: CliIo, options: ShowOptions): Promise<void> {
  const stats = await new ApiClient(options.socket).stats();
  if (options.json === true) {
    json(io, stats);
    return;
  }
  io.stdout.write(
    formatTable(factColumns, [
      { name: 'sessions', value: `${stats.sessionsUp} up, ${stats.callsInProgress} being set up` },
      { name: 'most sessions', value: stats.sessionsPeak },
      { name: 'sessions since start', value: stats.sessionsSinceStart },
      { name: 'tunnels', value: `${stats.tunnels} up, ${stats.halfOpenTunnels} being set up` },
      { name: 'failures since start', value: stats.failuresSinceStart },
      ...stats.failures.map(({ cause, total, lastHour }) => ({
        name: `  ${cause}`,
        value: `${total}, ${lastHour} in the last hour`,
      })),
      { name: 'from subscribers', value: `${formatBytes(stats.rxRate / 8)}/s` },
      { name: 'to subscribers', value: `${formatBytes(stats.txRate / 8)}/s` },
      { name: 'control messages waiting', value: stats.backlog },
      { name: 'kernel operations waiting', value: stats.kernelOperations },
      ...Object.entries(stats.pppoe ?? {}).map(([name, value]) => ({ name: `PPPoE ${name}`, value })),
      { name: 'memory', value: formatBytes(stats.memory) },
    ]),
  );
}

interface RadiusServer {
  readonly name: string;
  readonly state: string;
  readonly profile?: string;
  readonly inFlight: number;
  readonly latency?: number;
}

export async function showRadius(io: CliIo, options: ShowOptions): Promise<void> {
  const answer = (await new ApiClient(options.socket).get('/api/v1/radius')) as {
    readonly authentication: readonly RadiusServer[];
    readonly accounting: readonly RadiusServer[];
  };
  if (options.json === true) {
    json(io, answer);
    return;
  }
  const rows = [
    ...answer.authentication.map((server) => ({ use: 'authentication', ...server })),
    ...answer.accounting.map((server) => ({ use: 'accounting', ...server })),
  ];
  if (rows.length === 0) {
    io.stdout.write('no RADIUS servers\n');
    return;
  }
  io.stdout.write(
    formatTable(
      [
        { title: 'SERVER', value: ({ name }) => name },
        { title: 'FOR', value: ({ use }) => use },
        { title: 'PROFILE', value: ({ profile }) => profile, optional: true },
        { title: 'STATE', value: ({ state }) => state },
        { title: 'IN FLIGHT', value: ({ inFlight }) => inFlight, right: true },
        {
          title: 'LATENCY',
          value: ({ latency }) => (latency === undefined ? undefined : `${latency.toFixed(1)} ms`),
          right: true,
        },
      ],
      rows,
    ),
  );
}
