import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { PATIENCE } from './processes.js';

/** Result of an iperf3 run, as the receiver counts. */
export interface IperfResult {
  readonly bytes: number;
  readonly bitsPerSecond: number;
}

/** Sends TCP from `client` to an iperf3 server on `address` in `server` for some seconds. */
export async function iperf(
  lab: Lab,
  client: Namespace,
  server: Namespace,
  address: string,
  options: { seconds?: number; reverse?: boolean; args?: readonly string[] } = {},
): Promise<IperfResult> {
  const seconds = options.seconds ?? 2;
  const daemon = lab.own(server.start('iperf3 -s', ['iperf3', '-s', '-1', '-B', address, '--forceflush']));
  await daemon.waitForLine(/Server listening/);
  const { stdout } = await client.run(
    [
      ...['iperf3', '-c', address, '-t', `${seconds}`, '-J'],
      ...(options.reverse === true ? ['-R'] : []),
      ...(options.args ?? []),
    ],
    { timeout: PATIENCE + seconds * 1000 },
  );
  await daemon.waitForExit();
  const result = JSON.parse(stdout) as { end: { sum_received: { bytes: number; bits_per_second: number } } };
  return { bytes: result.end.sum_received.bytes, bitsPerSecond: result.end.sum_received.bits_per_second };
}
