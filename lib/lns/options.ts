import type {
  AuthenticateHook,
  Authenticator,
  LocalUser,
  SubscriberIpv6,
  SubscriberPppOptions,
  SubscriberRate,
} from '../aaa/index.js';
import type { RadiusOptions, RadiusServer } from '../nas/index.js';
import type { AuthMethod } from '../ppp/index.js';
import type { PppoeOptions } from './pppoe.js';

/** PPP as the LNS offers it. Times are in seconds. */
export interface LnsPppOptions {
  /** The LNS's own IPv4 address on every session. Default the first address of the default pool. */
  readonly localAddress?: string;
  /** DNS servers for the peer, two at most (RFC 1877). */
  readonly dns?: readonly string[];
  /** NetBIOS name servers for the peer, two at most (RFC 1877). */
  readonly nbns?: readonly string[];
  /**
   * Authentication protocols in the order of offers. Default `mschapv2, chap, pap`; `chap, mschapv2, pap` where an
   * `authenticate` hook decides alone.
   */
  readonly auth?: readonly AuthMethod[];
  /** Largest packet that we take, in octets. Default 1460. */
  readonly mru?: number;
  /** Upper bound of the interface's MTU, in octets. Default 1460. */
  readonly mtu?: number;
  /**
   * Seconds of silence before an LCP echo request, which is sent again after 10 s at most; 0 sends none. Default 60.
   */
  readonly echoInterval?: number;
  /** Echo requests without an answer that end the session. Default 4. */
  readonly echoFailures?: number;
  /** Seconds between unanswered Configure-Requests. Default 3. */
  readonly restartTimer?: number;
  /** Configure-Requests without an answer that end the negotiation. Default 10. */
  readonly maxConfigure?: number;
  /** Seconds that authentication may take in all. Default 30. */
  readonly authTimeout?: number;
  /** Default true. */
  readonly ipv4?: boolean;
  /** IPV6CP. Default: whether there are `ipv6` options. */
  readonly ipv6?: boolean;
  readonly mppe?: 'off' | 'allow' | 'require';
  /** MPPE key lengths in bits that may be agreed on. Default `[128]`. */
  readonly mppeKeyLengths?: readonly (40 | 128)[];
  /** Stateful MPPE is agreed to when the client insists. Default false. */
  readonly mppeStateful?: boolean;
  /** Proxy LCP and proxy authentication of the LAC are used when they satisfy this policy. Default true. */
  readonly proxy?: boolean;
}

export interface PoolOptions {
  /** CIDRs (`10.65.0.0/18`) and ranges (`10.65.0.10-10.65.0.99`). */
  readonly ranges: readonly string[];
  /** Addresses, CIDRs and ranges that are never given out. */
  readonly exclude?: readonly string[];
}

/** IPv6 pools by name, each a network or a list of them. Which pool: the subscriber's, else the first. */
export interface LnsIpv6Options {
  /** Links get a /64 each, announced for SLAAC. */
  readonly pools?: Readonly<Record<string, string | readonly string[]>>;
  /** Addresses that DHCPv6 gives. */
  readonly addresses?: Readonly<Record<string, string | readonly string[]>>;
  /** Prefixes that DHCPv6 delegates, each of `length`. Default 56. */
  readonly delegated?: {
    readonly pools?: Readonly<Record<string, string | readonly string[]>>;
    readonly length?: number;
  };
  /** DNS servers, in router advertisements (RFC 8106) and DHCPv6 (RFC 3646). */
  readonly dns?: readonly string[];
  /** Seconds. Default 3600 and 7200. */
  readonly preferredLifetime?: number;
  readonly validLifetime?: number;
  /** Seconds between unsolicited router advertisements. Default 600. */
  readonly advertisementInterval?: number;
}

/** What applies to the LACs that match. The first profile that matches wins. */
export interface LacProfile {
  readonly name: string;
  /** Peer addresses, as CIDR or address. Any, when absent. */
  readonly addresses?: readonly string[];
  /** Host Name AVP, exact or with `*`. Any, when absent. */
  readonly hostName?: string;
  readonly secret?: string;
  /** Hide AVPs that may be hidden (RFC 2661 section 4.3). Needs a secret. */
  readonly hideAvps?: boolean;
  readonly receiveWindow?: number;
  /** The host name to announce to this LAC. */
  readonly announceHostName?: string;
  /** Sessions of one tunnel. */
  readonly maxSessionsPerTunnel?: number;
  /** Sessions of all tunnels of this profile. */
  readonly maxSessions?: number;
  readonly callRate?: CallRate;
  readonly auth?: readonly AuthMethod[];
  /** Pool of subscribers without one of their own; of several, the first that has an address left. */
  readonly pool?: string | readonly string[];
  /** What subscribers get, unless they have their own. */
  readonly ipv6?: Pick<SubscriberIpv6, 'pool' | 'addressPool' | 'delegatedPool' | 'dns'>;
  readonly rate?: SubscriberRate;
  readonly filters?: readonly string[];
  readonly vrf?: string;
  readonly netns?: string;
  /** As {@link LnsOptions.shapeUpstream}. */
  readonly shapeUpstream?: boolean;
  /** Rate that all sessions of a tunnel share, in bit/s. */
  readonly tunnelRate?: Pick<SubscriberRate, 'down' | 'up'>;
  readonly ppp?: SubscriberPppOptions;
  /** RADIUS servers of these LACs' subscribers instead of those of `radius`. */
  readonly radius?: { readonly servers: readonly RadiusServer[] };
  /** No LAC that matches may connect. */
  readonly refuse?: boolean;
}

/** A bound on the sessions of each user who has no `maxSessions` of its own, and what becomes of one too many. */
export interface SessionLimit {
  readonly sessions: number;
  /**
   * `deny`: the new session is refused; `replace`: the user's oldest one ends at once. Counts for users with their own
   * `maxSessions`, too. Default `deny`.
   */
  readonly action?: 'deny' | 'replace';
}

/** A token bucket of calls. */
export interface CallRate {
  /** Calls per second, in the long run. */
  readonly perSecond: number;
  /** Calls that may come at once. Default one second's worth. */
  readonly burst?: number;
}

/** Options of {@link Lns}. Everything but a way to authenticate and an address to give has a default. */
export interface LnsOptions {
  /** `address:port` of each listener, IPv6 in brackets. Default `0.0.0.0:1701`. */
  readonly listen?: string | readonly string[];
  /** Shared secret of the tunnels (RFC 2661 section 5.1.1). Tunnel authentication is off without one. */
  readonly secret?: string;
  readonly hideAvps?: boolean;
  /** Host Name AVP. Default the host's name. */
  readonly hostName?: string;
  /** Receive Window Size AVP, in messages. Default 128. */
  readonly receiveWindow?: number;
  /** Seconds of silence before a HELLO. Default 60. */
  readonly helloInterval?: number;
  readonly retransmit?: {
    /** Seconds before the first repeat. Default 1. */
    readonly first?: number;
    /** Longest wait in seconds. Default 8. */
    readonly cap?: number;
    /** Repeats before the tunnel is given up. Default 5. */
    readonly tries?: number;
  };
  /** Sessions at once, over all tunnels. Default 65535. */
  readonly maxSessions?: number;
  /** Sessions that one user may have at once, over all tunnels. Default no bound. */
  readonly sessionLimit?: SessionLimit;
  /** Tunnels at once. Default 65535. */
  readonly maxTunnels?: number;
  readonly maxSessionsPerTunnel?: number;
  /** Tunnels of one source address that are not yet established. Default 64. */
  readonly maxHalfOpenTunnels?: number;
  readonly callRate?: CallRate;
  /** Calls under way (ICRQ to network layer) at once; further ones are answered with CDN 2/4. Default 4096. */
  readonly maxCallsInProgress?: number;
  /**
   * How many of these may negotiate PPP at once, those that wait for an authenticator not counted; the others wait for
   * their ICRP. Default 128.
   */
  readonly maxStartingCalls?: number;
  /** Ask for sequence numbers on data packets. Default false. */
  readonly sequencing?: boolean;
  /** Milliseconds that an out-of-order data packet waits for the missing one. Default 0: no reordering. */
  readonly reorderTimeout?: number;
  readonly ppp?: LnsPppOptions;
  /** IPv6 for subscribers. IPV6CP is negotiated unless `ppp.ipv6` says otherwise. */
  readonly ipv6?: LnsIpv6Options;
  /** Table of nftables, family inet, with the sets that filters name. Default `kernel-l2tp`. */
  readonly filterTable?: string;
  /** DSCP of data packets' outer headers, 0 to 63. Default 0. Control messages have CS6 (RFC 4594). */
  readonly dscp?: number;
  /** Outer headers have the DSCP of the packet inside instead, by rules of nftables. Default false. */
  readonly copyDscp?: boolean;
  /** What subscribers send is shaped in a queue, each by an `ifb` device, instead of policed. Default false. */
  readonly shapeUpstream?: boolean;
  /** Named address pools; a string or list is short for `{ ranges }`. */
  readonly pools?: Readonly<Record<string, string | readonly string[] | PoolOptions>>;
  /** Pool of subscribers for whom nothing else is said. Default the first. */
  readonly defaultPool?: string;
  /** Local users by name; `*` stands for any user without an entry. */
  readonly users?: Readonly<Record<string, LocalUser>>;
  readonly profiles?: readonly LacProfile[];
  /** Subscribers by PPPoE, beside those by L2TP. Absent, there are none. */
  readonly pppoe?: PppoeOptions;
  /** Servers that decide about users that are not local, and get the records of all sessions. */
  readonly radius?: RadiusOptions;
  /** Decides about users that are not local. */
  readonly authenticate?: AuthenticateHook;
  /** The same, for a back end of its own: it sees the call and the credentials as they came. */
  readonly authenticator?: Authenticator;
}
