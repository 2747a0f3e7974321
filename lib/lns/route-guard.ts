import { isIP } from 'node:net';
import { blockList } from './profiles.js';

/**
 * Knows the addresses of all LACs, and refuses routes that would send their tunnels' own packets into a session's
 * interface: the kernel would wrap each packet again without end.
 */
export class RouteGuard {
  readonly #peers = new Map<string, number>();

  /** A tunnel to `address` is up. */
  add(address: string): void {
    this.#peers.set(address, (this.#peers.get(address) ?? 0) + 1);
  }

  /** A tunnel to `address` is gone. */
  remove(address: string): void {
    const count = (this.#peers.get(address) ?? 0) - 1;
    if (count > 0) this.#peers.set(address, count);
    else this.#peers.delete(address);
  }

  /** Why a session must not get these, or `undefined` when it may. */
  refusal(address: string | undefined, routes: readonly string[]): string | undefined {
    if (address !== undefined && this.#peers.has(address)) {
      return `address ${address} is that of a LAC: its tunnel would be routed into the session`;
    }
    for (const route of routes) {
      const covered = blockList([route]);
      for (const peer of this.#peers.keys()) {
        if (covered.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4')) {
          return `route ${route} covers the LAC ${peer}: its tunnel would be routed into the session`;
        }
      }
    }
    return undefined;
  }
}
