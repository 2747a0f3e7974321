import type { ClientIpv4, ClientIpv6 } from '../client/index.js';

/** A link that is up, for whoever sets this host up for it. */
export interface DialLink {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly user: string;
  /** The LNS's address. */
  readonly lns: string;
  readonly ipv4: ClientIpv4 | undefined;
  readonly ipv6: ClientIpv6 | undefined;
}

/**
 * What a {@link Dialer} changes on its host: routes, name servers, hook. Calls come one after the other. Each may
 * reject with an Error, which ends the try.
 */
export interface DialHost {
  /** Undoes what an earlier dialler that was killed has left. Called once, first. */
  recover(): Promise<void>;
  /** A tunnel to `lns` is about to be opened: its packets have to go past the link, whatever routes follow. */
  guard(lns: string): Promise<void>;
  /** A network layer of the link is open. */
  up(link: DialLink, family: 'ipv4' | 'ipv6'): Promise<void>;
  /** The link is gone. Undoes `up`; not called without one. */
  down(link: DialLink): Promise<void>;
  /** The tunnel is gone. Undoes `guard`. */
  release(): Promise<void>;
}

/** A host that nothing is to change on. */
export const untouchedHost: DialHost = {
  recover: () => Promise.resolve(),
  guard: () => Promise.resolve(),
  up: () => Promise.resolve(),
  down: () => Promise.resolve(),
  release: () => Promise.resolve(),
};
