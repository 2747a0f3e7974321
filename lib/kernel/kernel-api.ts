import { release } from 'node:os';
import { nativeApi } from '../native/index.js';

/**
 * How tunnels and sessions are made: by generic netlink (`l2tp_netlink`), by connecting PPPoL2TP sockets alone, or by
 * whichever the kernel has.
 */
export type KernelApi = 'auto' | 'netlink' | 'pppox';

export const apiNumber: Readonly<Record<KernelApi, number>> = nativeApi;

/** The name of an api number of the addon. */
export const apiName = (number: number): Exclude<KernelApi, 'auto'> =>
  number === nativeApi.pppox ? 'pppox' : 'netlink';

/** Whether the running kernel is of this version or a later one. */
export function kernelAtLeast(major: number, minor: number, running = release()): boolean {
  const [runningMajor = 0, runningMinor = 0] = running.split('.').map((part) => Number.parseInt(part, 10));
  return runningMajor > major || (runningMajor === major && runningMinor >= minor);
}

/** Since 6.11 the kernel finds a session by the tunnel id in the packet; before, by the socket alone. */
export const looksUpByTunnelId = (running = release()): boolean => kernelAtLeast(6, 11, running);
