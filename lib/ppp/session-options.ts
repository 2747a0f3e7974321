import type { Random } from '../wire/index.js';
import type { LocalCredentials } from './authentication.js';
import type { NetworkParameters, ResolvedPppOptions } from './parameters.js';
import type { ProxyAuth, ProxyLcp } from './proxy.js';

/** How far a session is. `open` means that at least one network layer is open. */
export type PppPhase = 'initial' | 'lcp' | 'authenticate' | 'network' | 'open' | 'closing' | 'dead';

export interface PppSessionOptions {
  /** A server authenticates its peer and gives it addresses; a client dials in. */
  readonly role: 'server' | 'client';
  /** Shared by all sessions that speak alike; see `resolvePppOptions`. */
  readonly options: ResolvedPppOptions;
  readonly random: Random;
  /** Who this end is, for peers that ask. Without it every request to authenticate is rejected. */
  readonly credentials?: LocalCredentials;
  /** Client: what to ask the server for. A server learns its parameters by `handleAuthResult`. */
  readonly network?: NetworkParameters;
}

/** What is known of the peer before the first frame. */
export interface PppStart {
  readonly proxyLcp?: ProxyLcp | undefined;
  readonly proxyAuth?: ProxyAuth | undefined;
}
