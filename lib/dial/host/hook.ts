import { execFile } from 'node:child_process';
import type { Log } from '../../tunnels/index.js';

/** How long a hook may run, in ms. */
const hookTimeout = 30_000;
const maxOutput = 65_536;

/** Runs a hook and waits for it; its failure is logged and goes no further. */
export function runHook(
  command: string,
  environment: Readonly<Record<string, string>>,
  log: Log,
): Promise<void> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  const options = { env: { PATH, ...environment }, timeout: hookTimeout, maxBuffer: maxOutput };
  return new Promise((resolve) => {
    execFile(command, [environment['EVENT'] ?? ''], options, (error, _stdout, stderr) => {
      if (error !== null) {
        const { code, signal } = error;
        log.warn(
          { hook: command, event: environment['EVENT'], code, signal, stderr: stderr.trim().slice(0, 500) },
          'the hook has failed',
        );
      }
      resolve();
    });
  });
}
