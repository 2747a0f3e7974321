/** One LNS of a group. */
export interface LnsTarget {
  /** IP address. */
  readonly address: string;
  /** UDP port. Default 1701. */
  readonly port?: number;
  /** Shared secret of the tunnels (RFC 2661 section 5.1.1). Default the group's. */
  readonly secret?: string;
  /** Share of the sessions among LNSs of the same priority. Default 1. */
  readonly weight?: number;
  /** LNSs of the lowest number come first; the others serve when none of those can. Default 0. */
  readonly priority?: number;
  /** The Host Name AVP that the LNS must have; `*` stands for any characters. Default any. */
  readonly hostName?: string;
  /** Sessions in all tunnels to this LNS. Default 65,535. */
  readonly maxSessions?: number;
}

/** LNSs that can stand in for each other, and the tunnels to them, which no other group shares. Times are in seconds. */
export interface LnsGroupOptions {
  readonly lns: readonly LnsTarget[];
  readonly secret?: string;
  /** Our Host Name AVP. Default that of the server. */
  readonly announceHostName?: string;
  /** IP address to send from. Default the system's choice. */
  readonly localAddress?: string;
  /** DSCP of data packets' outer headers, 0 to 63 (RFC 2474). Default that of the server. Control messages have CS6. */
  readonly dscp?: number;
  /** Hide the AVPs that may be hidden (RFC 2661 section 4.3). Needs a secret. Default false. */
  readonly hideAvps?: boolean;
  /** Sessions of one tunnel; when it is full another one is opened. Default 65,535. */
  readonly maxSessionsPerTunnel?: number;
  /** Tunnels to one LNS. Default 16. */
  readonly maxTunnels?: number;
  /** How long an LNS may take to answer before its callers move to the next one. Default 4. */
  readonly answerTimeout?: number;
  /** How long an LNS is left alone after a failure; it doubles with each further one, up to eight times. Default 30. */
  readonly retryAfter?: number;
  /** Silence of an LNS before a HELLO is sent. Default 20. */
  readonly helloInterval?: number;
  /** How long a tunnel without sessions stays. Default 300. */
  readonly idleTimeout?: number;
}

/** What a route changes in what the LNS is told. `{…}` stands for a fact: see {@link placeholders}. */
export interface Rewrite {
  /** Calling Number AVP. */
  readonly callingNumber?: string;
  /** Called Number AVP. */
  readonly calledNumber?: string;
  /** Sub-Address AVP. */
  readonly subAddress?: string;
  /** Private Group ID AVP. */
  readonly privateGroupId?: string;
  /** Proxy Authen Name AVP. A CHAP or MS-CHAPv1 response stays valid under another name, an MS-CHAPv2 response not. */
  readonly user?: string;
}

/** Which subscribers go where: the first route of which every given condition holds. */
export interface RouteOptions {
  /** What follows the last `@` of the user name, or precedes its first `\`; `*` stands for any characters. */
  readonly domain?: string;
  /** The whole user name; `*` stands for any characters. */
  readonly user?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** Host Name AVP of the LAC that a subscriber comes by (tunnel switching). */
  readonly hostName?: string;
  /** Name of the interface that a PPPoE subscriber comes by. */
  readonly interface?: string;
  /** Where to: the name of a group, `local` for the users of this server, or `refuse`. */
  readonly group?: string;
  /** The same for a route without conditions. */
  readonly default?: string;
  readonly rewrite?: Rewrite;
}

/** What carries subscribers on to other servers. */
export interface ForwardingOptions {
  /** By name. `local` and `refuse` cannot be names. */
  readonly groups?: Readonly<Record<string, LnsGroupOptions>>;
  /** In order. Subscribers whom no route matches are terminated here. */
  readonly routes?: readonly RouteOptions[];
  /** Seconds that a subscriber waits for an LNS, over all that are tried. Default 25. */
  readonly setupTimeout?: number;
}
