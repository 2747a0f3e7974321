import { examineHost, formatReport } from '../server/index.js';
import { DEFAULT_SOCKET, exitCode } from '../server/remote.js';
import { loadFor } from './config.js';
import { CliError, type CliIo, hasColor } from './io.js';

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export async function doctor(io: CliIo, options: DoctorOptions): Promise<void> {
  const config = options.config === undefined ? undefined : loadFor(io, options.config);
  const checks = await examineHost({
    ...(config !== undefined && { lns: config.lns }),
    socket: config?.control.socket ?? DEFAULT_SOCKET,
  });
  if (options.json === true) io.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  else io.stdout.write(`${formatReport(checks, hasColor(io.stdout, io.env))}\n`);
  if (checks.some(({ status }) => status === 'fail')) throw new CliError(exitCode.unfit, '');
}
