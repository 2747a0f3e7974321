import type { AccessLine } from '../access-line/index.js';
import type { AuthMethod, AuthResult, Credentials } from '../ppp/index.js';

/** Which call asks: what a decision may depend on beside the credentials. */
export interface CallContext {
  /** Id of the session in logs and records; unique over the life of the server. */
  readonly id: string;
  /** What the subscriber's PPP comes by. */
  readonly bearer: 'l2tp' | 'pppoe';
  /** The LAC's IP address, or the PPPoE subscriber's MAC address. */
  readonly peerAddress: string;
  /** The LAC's UDP port; 0 for PPPoE. */
  readonly peerPort: number;
  /** The LAC's Host Name AVP; empty for PPPoE. */
  readonly peerHostName: string;
  /** `undefined` for PPPoE. */
  readonly tunnelId: number | undefined;
  /** Id of the tunnel in records: the same for all its sessions, and unique over the life of the server. */
  readonly tunnelKey?: string | undefined;
  readonly sessionId: number;
  /** Calling Number AVP (the line, in wholesale), or what stands for it in PPPoE. */
  readonly callingNumber?: string | undefined;
  /** Called Number AVP, or the Service-Name of PPPoE. */
  readonly calledNumber?: string | undefined;
  /** Name of the Ethernet interface that a PPPoE subscriber comes by. */
  readonly interfaceName?: string | undefined;
  /** What the access node tells of the subscriber's line. */
  readonly accessLine?: AccessLine | undefined;
  /** Bit/s towards the subscriber and from it, where they are known. */
  readonly txConnectSpeed?: number | undefined;
  readonly rxConnectSpeed?: number | undefined;
  /** Name of the LAC profile that matched, where one did. */
  readonly profile?: string;
  /** Our address and Host Name AVP in the tunnel. */
  readonly localAddress?: string | undefined;
  readonly localHostName?: string | undefined;
  /** Call Serial Number AVP. */
  readonly callSerialNumber?: number | undefined;
}

export interface AuthenticationRequest {
  readonly user: string;
  readonly method: AuthMethod;
  readonly credentials: Credentials;
  readonly call: CallContext;
  /** Aborted when the session ends before the answer. */
  readonly signal: AbortSignal;
}

/** What an accepted subscriber gets. Whatever is absent comes from the profile, then from the server's options. */
export interface SubscriberPolicy {
  /** IPv4 address from this named pool; of several, from the first that has one left. */
  readonly pool?: string | readonly string[];
  /** This IPv4 address, in a pool or not. */
  readonly address?: string;
  readonly dns?: readonly string[];
  readonly nbns?: readonly string[];
  /** Octets; bounds the MTU of the session's interface. */
  readonly mtu?: number;
  /** Sessions that this user may have at once. */
  readonly maxSessions?: number;
  /** Seconds without traffic after which the session ends; 0 is none. */
  readonly idleTimeout?: number;
  /** Seconds after which the session ends; 0 is none. */
  readonly sessionTimeout?: number;
  /** Prefix length of the network behind {@link SubscriberPolicy.address}, which is routed to the session; 32 is none. */
  readonly netmask?: number;
  /** IPv4 and IPv6 networks behind the subscriber, routed to the session. */
  readonly routes?: readonly (string | SubscriberRoute)[];
  readonly ipv6?: SubscriberIpv6;
  readonly rate?: SubscriberRate;
  /** Names of nftables sets that the session joins (RADIUS Filter-Id). */
  readonly filters?: readonly string[];
  /** Name of the VRF that the session's interface is in. */
  readonly vrf?: string;
  /** Name of the network namespace (as of `ip netns`) that the session's interface is moved to. */
  readonly netns?: string;
  /** Name of the session's interface; at most 15 octets. */
  readonly interfaceName?: string;
  /** PPP options that differ for this subscriber. */
  readonly ppp?: SubscriberPppOptions;
  /** The subscriber is carried on to one of these servers instead of being terminated here. */
  readonly tunnels?: readonly TunnelChoice[];
  /** Octets after which the session ends. */
  readonly quota?: TrafficQuota;
  readonly accounting?: AccountingPolicy;
}

/**
 * A tunnel that a subscriber may be carried on in: the attributes of RFC 2868 with one tag. Of several the one with
 * the lowest preference is tried first, and subscribers are spread over those with the same.
 */
export interface TunnelChoice {
  /** Tunnel-Server-Endpoint: the IP address of the LNS. */
  readonly server: string;
  /** Tunnel-Client-Endpoint: the IP address that we send from; the system's choice unless given. */
  readonly client?: string;
  /** Tunnel-Password: the secret of the tunnel, which is not authenticated without one. */
  readonly secret?: string;
  /** Tunnel-Client-Auth-ID: our Host Name AVP. */
  readonly clientAuthId?: string;
  /** Tunnel-Server-Auth-ID: the Host Name AVP that the LNS must have. */
  readonly serverAuthId?: string;
  /** Tunnel-Assignment-ID: sessions with the same one share tunnels, and with no other. */
  readonly assignmentId?: string;
  /** Tunnel-Preference, 0 to 0xffffff; the lower the better. Default 0. */
  readonly preference?: number;
  /** Tunnel-Private-Group-ID: goes to the LNS as Private Group ID AVP. */
  readonly privateGroupId?: string;
}

/** A network behind a subscriber. A text alone is its prefix. */
export interface SubscriberRoute {
  /** CIDR, IPv4 or IPv6. */
  readonly prefix: string;
  /** Next hop, of the same family; the session's peer unless given. */
  readonly gateway?: string;
  /** Lower wins. The kernel's default unless given. */
  readonly metric?: number;
}

/** What a subscriber gets for IPv6. Whatever is absent comes from the server's pools. */
export interface SubscriberIpv6 {
  /** Interface identifier for the peer, such as `0:0:0:1` (RADIUS Framed-Interface-Id, RFC 3162). */
  readonly interfaceId?: string;
  /** Prefix of the link, announced for SLAAC (Framed-IPv6-Prefix). */
  readonly prefix?: string;
  /** Pools for the prefix of the link (Framed-IPv6-Pool); the first that has one left. */
  readonly pool?: string | readonly string[];
  /** Address given by DHCPv6 (Framed-IPv6-Address, RFC 6911). */
  readonly address?: string;
  /** Pool for that address (Stateful-IPv6-Address-Pool). */
  readonly addressPool?: string | readonly string[];
  /** Prefix delegated by DHCPv6 (Delegated-IPv6-Prefix, RFC 4818). */
  readonly delegatedPrefix?: string;
  /** Pools for it (Delegated-IPv6-Prefix-Pool). */
  readonly delegatedPool?: string | readonly string[];
  /** DNS servers, in router advertisements and DHCPv6 (DNS-Server-IPv6-Address). */
  readonly dns?: readonly string[];
  /** Networks that router advertisements name (Route-IPv6-Information, RFC 6911; RFC 4191); at most 16. */
  readonly announcedRoutes?: readonly string[];
}

/** Limits of a session, of IP packets. A direction without one is unlimited. */
export interface SubscriberRate {
  /** To the subscriber, in bit/s. */
  readonly down?: number;
  /** From the subscriber, in bit/s. */
  readonly up?: number;
  /** Octets that may pass at once above the rate; chosen from the rate unless given. */
  readonly burstDown?: number;
  readonly burstUp?: number;
}

/** Octets that a session may carry. */
export interface TrafficQuota {
  /** Both ways together. */
  readonly total?: number;
  /** From the subscriber. */
  readonly input?: number;
  /** To the subscriber. */
  readonly output?: number;
}

/** What the one who accepted a subscriber wants to see in its records. */
export interface AccountingPolicy {
  /** The name in records, where it is not that of the log-in. */
  readonly user?: string;
  /** Seconds between interim records. */
  readonly interimInterval?: number;
  /** Class attributes (RFC 2865 section 5.25), to be sent back as they are. */
  readonly class?: readonly Uint8Array[];
}

/** PPP options that can still change after authentication. */
export interface SubscriberPppOptions {
  /** Seconds of silence before an LCP echo request; 0 sends none. */
  readonly echoInterval?: number;
  readonly echoFailures?: number;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly mppe?: 'off' | 'allow' | 'require';
  readonly localAddress?: string;
}

export interface AuthenticationAnswer {
  readonly result: AuthResult;
  /** With an accepting result. */
  readonly policy?: SubscriberPolicy;
  /** Why the subscriber is refused, for the log: one line, never a secret, never shown to the peer. */
  readonly reason?: string;
}

/** Decides who may. An answer at hand is returned at once; a promise that rejects refuses the subscriber. */
export interface Authenticator {
  /** Whether this one decides about the user at all; about any user, when absent. @see chain */
  knows?(user: string): boolean;
  authenticate(request: AuthenticationRequest): AuthenticationAnswer | Promise<AuthenticationAnswer>;
}
