import type { PppOptions } from '../ppp/index.js';
import type { RedialOptions } from './redial-policy.js';

/** An LNS by its name or address. */
export interface LnsName {
  readonly host: string;
  readonly port: number;
}

/** Options of a {@link Dialer}. Everything but the LNS and the user has a default. Times are in ms. */
export interface DialOptions {
  /** The LNS, or several: a try takes the first that sets up a tunnel. */
  readonly lns: readonly LnsName[];
  readonly user: string;
  readonly password: string;
  /** Shared secret of the tunnel (RFC 2661 section 5.1.1). */
  readonly secret?: string;
  /** Hide the AVPs that may be hidden. Needs a secret. */
  readonly hideAvps?: boolean;
  /** Host Name AVP. Default the host's name. */
  readonly hostName?: string;
  /** The name that the LNS's CHAP challenge must bear; any unless given. */
  readonly serverName?: string;
  /** Address and port to send from; any address and a port of the kernel's choice unless given. */
  readonly local?: { readonly address: string; readonly port: number };
  /** Silence of the LNS before a HELLO. Default 60,000. */
  readonly helloInterval?: number;
  /** Repetition of control messages. Default 1,000 to 8,000, five times. */
  readonly retransmit?: { readonly first: number; readonly cap: number; readonly tries: number };
  /** PPP as a client. Authentication unless told otherwise: `mschapv2, eap, chap, pap`. */
  readonly ppp?: PppOptions;
  /** The IPv4 address to ask for; the LNS may give another. */
  readonly address?: string;
  readonly interfaceName?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** Waits for the LNS to ask for the call (OCRQ) instead of placing it. Default false. */
  readonly answer?: boolean;
  /** When to dial again. Default: always, after 1,000 to 60,000. */
  readonly redial?: Partial<RedialOptions>;
}

export const redialDefaults: RedialOptions = { persist: true, first: 1000, cap: 60_000, maxTries: 0 };
