import type { DisconnectFilter, SessionInfo, TunnelInfo } from '../lns/index.js';

/** What the daemon needs of an LNS. */
export interface ManagedLns {
  /** Opens the sockets. @throws KernelError, RangeError */
  start(): Promise<void>;
  tunnels(): readonly TunnelInfo[];
  /** With counters, read in bulk. */
  sessions(): Promise<readonly SessionInfo[]>;
  /** Ends what matches every given field, and says how many that were. */
  disconnect(filter: DisconnectFilter, reason?: string): number;
  /** CDN and StopCCN to all; resolves when interfaces and addresses are gone. `timeout` in ms. */
  close(options?: { readonly timeout?: number }): Promise<void>;
}
