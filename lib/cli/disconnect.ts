import { isIP } from 'node:net';
import { ApiClient, type DisconnectRequest, exitCode } from '../server/remote.js';
import { CliError, type CliIo } from './io.js';

/** Options of `disconnect` as they are on the command line. */
export interface DisconnectOptions {
  readonly socket: string;
  readonly json?: boolean;
  readonly user?: string;
  readonly session?: string;
  readonly tunnel?: string;
  readonly address?: string;
  readonly interface?: string;
  readonly callingNumber?: string;
  readonly peer?: string;
  readonly all?: boolean;
  readonly reason?: string;
}

export async function disconnect(io: CliIo, options: DisconnectOptions): Promise<void> {
  const filter = filterOf(options);
  const count = await new ApiClient(options.socket).disconnect({
    filter,
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  if (options.json === true) io.stdout.write(`${JSON.stringify({ disconnected: count })}\n`);
  if (count === 0) throw new CliError(exitCode.failed, 'nothing matches; see: kernel-l2tp show sessions');
  if (options.json !== true) io.stdout.write(`disconnected ${count}\n`);
}

function filterOf(options: DisconnectOptions): DisconnectRequest['filter'] {
  const { user, session, tunnel, address, peer, callingNumber, all } = options;
  const filter = {
    ...(user !== undefined && { user }),
    ...(session !== undefined && sessionFilter(session)),
    ...(tunnel !== undefined && { tunnelId: idOf('--tunnel', tunnel) }),
    ...(address !== undefined && { address: addressOf('--address', address) }),
    ...(options.interface !== undefined && { interfaceName: options.interface }),
    ...(callingNumber !== undefined && { callingNumber }),
    ...(peer !== undefined && { peerAddress: addressOf('--peer', peer) }),
    ...(all === true && { all: true as const }),
  };
  const count = Object.keys(filter).length;
  if (count === 0)
    throw usage('disconnect needs at least one of --user, --session, ...; --all ends everything');
  if (all === true && count > 1) throw usage('--all ends everything; leave the other options out');
  return filter;
}

const usage = (message: string): CliError => new CliError(exitCode.usage, message);

/** The number that `show sessions` has, or the id of logs and records. */
const sessionFilter = (text: string): DisconnectRequest['filter'] =>
  /^\d+$/.test(text) ? { sessionId: idOf('--session', text) } : { id: text };

function idOf(option: string, text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535) throw usage(`${option} takes a number from 1 to 65535`);
  return number;
}

function addressOf(option: string, text: string): string {
  if (isIP(text) === 0) throw usage(`${option} takes an IP address`);
  return text;
}
