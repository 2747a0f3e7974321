import type { AttributeDefinition } from '../radius/index.js';

/** One RADIUS server. */
export interface RadiusServer {
  /** IP address. */
  readonly host: string;
  readonly secret: string;
  /** Default 1812. */
  readonly authPort?: number;
  /** Default 1813. */
  readonly acctPort?: number;
  /** The lower is asked first. Default 0. */
  readonly priority?: number;
  /** Share of the requests among servers of the same priority. Default 1. */
  readonly weight?: number;
}

/** Who may change or end sessions (RFC 5176). */
export interface CoaOptions {
  /** `address:port`. Default `0.0.0.0:3799`. */
  readonly listen?: string;
  readonly clients: readonly CoaClient[];
  /** Requests without Event-Timestamp are dropped. Default false: then only that of a request that has one is checked. */
  readonly requireEventTimestamp?: boolean;
  /** Requests without Message-Authenticator are dropped. Default false: then only that of a request that has one is checked. */
  readonly requireMessageAuthenticator?: boolean;
  /** Seconds that an Event-Timestamp may differ from our clock. Default 300. */
  readonly window?: number;
}

export interface CoaClient {
  /** Address or CIDR. */
  readonly address: string;
  readonly secret: string;
}

/** Where accounting records wait that no server has accepted yet. */
export interface AccountingQueueOptions {
  /** Folder; in memory alone, when absent. */
  readonly directory?: string;
  /** Octets; when they are used up, further records are lost, and that is logged. Default 67108864. */
  readonly maxSize?: number;
}

/** RADIUS: who decides about subscribers that are not local, and who gets the records. Times are in seconds. */
export interface RadiusOptions {
  readonly servers: readonly RadiusServer[];
  /** Instead of the accounting ports of {@link RadiusOptions.servers}. */
  readonly accountingServers?: readonly RadiusServer[];
  /** Default the host's name. */
  readonly nasIdentifier?: string;
  /** NAS-IP-Address or NAS-IPv6-Address. */
  readonly nasIpAddress?: string;
  /** Wait before the first repetition; each wait is twice the one before. Default 2. */
  readonly timeout?: number;
  /** Repetitions before the next server is asked. Default 2. */
  readonly retries?: number;
  /** How long a server that did not answer is left alone. Default 60. */
  readonly deadTime?: number;
  /** Ask dead servers for signs of life (RFC 5997). Default true. */
  readonly statusServer?: boolean;
  /** Drop answers to Access-Requests without Message-Authenticator (CVE-2024-3596). Default true. */
  readonly requireMessageAuthenticator?: boolean;
  /** Send accounting records. Default true. */
  readonly accounting?: boolean;
  /** Seconds between interim records of subscribers whose server says nothing of it; 0: none. Default 0. */
  readonly interimInterval?: number;
  /** Records of tunnels and of the sessions in them, too (RFC 2867). Default false. */
  readonly tunnelAccounting?: boolean;
  readonly queue?: AccountingQueueOptions;
  readonly coa?: CoaOptions;
  /** Attributes beside those that are known. */
  readonly dictionary?: readonly AttributeDefinition[];
  /** Attributes that every request carries, too. */
  readonly send?: Readonly<Record<string, string | number>>;
}
