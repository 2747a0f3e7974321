import {
  ApiClient,
  type LimitAnswer,
  type LnsInfo,
  type PoolInfo,
  type SessionInfo,
  type TunnelInfo,
} from '../server/remote.js';
import { formatBytes, formatDuration } from './format.js';
import type { CliIo } from './io.js';
import { type Column, formatTable } from './table.js';

export interface ShowOptions {
  readonly socket: string;
  readonly json?: boolean;
}

const tunnelColumns = (now: number): readonly Column<TunnelInfo>[] => [
  { title: 'TUNNEL', value: ({ tunnelId }) => tunnelId, right: true },
  { title: 'PEER TUNNEL', value: ({ peerTunnelId }) => peerTunnelId, right: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'PEER', value: ({ peerAddress, peerPort }) => endpoint(peerAddress, peerPort) },
  { title: 'LOCAL', value: ({ localAddress }) => localAddress },
  { title: 'HOST NAME', value: ({ peerHostName }) => peerHostName },
  { title: 'VENDOR', value: ({ peerVendorName }) => peerVendorName, optional: true },
  { title: 'PROFILE', value: ({ profile }) => profile, optional: true },
  { title: 'SESSIONS', value: ({ sessions }) => sessions, right: true },
  { title: 'UP', value: ({ since }) => formatDuration(now - since), right: true },
];

const sessionColumns = (now: number): readonly Column<SessionInfo>[] => [
  { title: 'SESSION', value: ({ sessionId }) => sessionId, right: true },
  { title: 'TUNNEL', value: ({ tunnelId }) => tunnelId, right: true },
  { title: 'USER', value: ({ user }) => user },
  { title: 'ADDRESS', value: ({ address }) => address },
  { title: 'INTERFACE', value: ({ interfaceName }) => interfaceName },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'PEER', value: ({ peerAddress }) => peerAddress },
  { title: 'CARRIED TO', value: ({ forwardedTo }) => forwardedTo?.server, optional: true },
  { title: 'CALLING', value: ({ callingNumber }) => callingNumber, optional: true },
  { title: 'AUTH', value: ({ authMethod }) => authMethod },
  { title: 'MPPE', value: ({ mppe }) => mppe, optional: true },
  { title: 'MTU', value: ({ mtu }) => mtu, right: true },
  { title: 'RX', value: ({ rxBytes }) => formatBytes(rxBytes), right: true },
  { title: 'RX PKTS', value: ({ rxPackets }) => rxPackets, right: true },
  { title: 'TX', value: ({ txBytes }) => formatBytes(txBytes), right: true },
  { title: 'TX PKTS', value: ({ txPackets }) => txPackets, right: true },
  { title: 'UP', value: ({ since }) => formatDuration(now - since), right: true },
];

const serverColumns: readonly Column<LnsInfo>[] = [
  { title: 'GROUP', value: ({ group }) => group },
  { title: 'LNS', value: ({ address, port }) => endpoint(address, port) },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'RETRY IN', value: ({ retryIn }) => retryIn && `${retryIn} s`, right: true, optional: true },
  { title: 'TUNNELS', value: ({ tunnels }) => tunnels, right: true },
  { title: 'SESSIONS', value: ({ sessions }) => sessions, right: true },
  { title: 'WHY', value: ({ reason }) => reason, optional: true },
];

const poolColumns: readonly Column<PoolInfo>[] = [
  { title: 'POOL', value: ({ name }) => name },
  { title: 'SIZE', value: ({ size }) => size, right: true },
  { title: 'USED', value: ({ used }) => used, right: true },
  { title: 'FREE', value: ({ free }) => free, right: true },
];

const limitColumns: readonly Column<LimitAnswer>[] = [
  { title: 'LIMIT', value: ({ name }) => name },
  { title: 'PROFILE', value: ({ profile }) => profile, optional: true },
  { title: 'USED', value: ({ used }) => used, right: true },
  { title: 'OF', value: ({ limit }) => limit, right: true },
  { title: 'RATE', value: ({ perSecond }) => perSecond && `${perSecond}/s`, right: true, optional: true },
  { title: 'REFUSED', value: ({ refused }) => refused, right: true },
];

const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

export async function showTunnels(io: CliIo, { socket, json }: ShowOptions): Promise<void> {
  show(io, 'tunnels', await new ApiClient(socket).tunnels(), tunnelColumns(io.now()), json);
}

export async function showSessions(io: CliIo, { socket, json }: ShowOptions): Promise<void> {
  show(io, 'sessions', await new ApiClient(socket).sessions(), sessionColumns(io.now()), json);
}

export async function showLac(io: CliIo, { socket, json }: ShowOptions): Promise<void> {
  show(io, 'LNSs', await new ApiClient(socket).servers(), serverColumns, json);
}

export async function showPools(io: CliIo, { socket, json }: ShowOptions): Promise<void> {
  show(io, 'pools', await new ApiClient(socket).pools(), poolColumns, json);
}

export async function showLimits(io: CliIo, { socket, json }: ShowOptions): Promise<void> {
  show(io, 'limits', await new ApiClient(socket).limits(), limitColumns, json);
}

function show<T>(
  io: CliIo,
  what: string,
  rows: readonly T[],
  columns: readonly Column<T>[],
  json: boolean | undefined,
): void {
  if (json === true) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else io.stdout.write(rows.length === 0 ? `no ${what}\n` : formatTable(columns, rows));
}
