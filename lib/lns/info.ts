import type { ConcentratorCounters } from '../concentrator/index.js';
import type { Counters } from '../l2tp/index.js';
import type { SetUpDurations } from './set-up-times.js';
import type { TimelineEntry } from './timeline.js';
import type { ForwardingInfo } from './forwarder.js';

/** A tunnel as `show tunnels` and the library tell it. */
export interface TunnelInfo {
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  readonly state: string;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localAddress: string;
  readonly peerHostName: string;
  readonly peerVendorName: string;
  readonly profile: string | undefined;
  readonly sessions: number;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Control messages that wait for the peer's window or its acknowledgement. */
  readonly backlog: number;
  /** What all its subscribers sent and received lately, in bit/s. */
  readonly rxRate: number;
  readonly txRate: number;
}

/** A session as `show sessions` and the library tell it. */
export interface SessionInfo {
  /** Unique over the life of the server. */
  readonly id: string;
  /** What the subscriber's PPP comes by. */
  readonly bearer: 'l2tp' | 'pppoe';
  readonly sessionId: number;
  readonly peerSessionId: number;
  /** `undefined` where the subscriber does not come by L2TP. */
  readonly tunnelId: number | undefined;
  /** `forwarding` while an LNS authenticates the subscriber, `forwarded` when the kernel carries it there. */
  readonly state: 'lcp' | 'authenticate' | 'network' | 'open' | 'forwarding' | 'forwarded' | 'closing';
  /** The LNS that the subscriber is carried on to. */
  readonly forwardedTo?: ForwardingInfo | undefined;
  readonly user: string | undefined;
  readonly address: string | undefined;
  readonly interfaceName: string | undefined;
  readonly callingNumber: string | undefined;
  /** The LAC's IP address, or the PPPoE subscriber's MAC address. */
  readonly peerAddress: string;
  readonly authMethod: string | undefined;
  readonly mppe: string | undefined;
  readonly mtu: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** What the subscriber sent and received; zero before the interface exists. */
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly txBytes: number;
  readonly txPackets: number;
  /** The same between the last two readings of the counters, in bit/s. */
  readonly rxRate: number;
  readonly txRate: number;
}

/** A session with how it came about. */
export interface SessionDetail extends SessionInfo {
  readonly setUp: SetUpDurations;
  /** The steps, and the PPP packets as long as they are remembered, in the order of time. */
  readonly timeline: readonly TimelineEntry[];
}

/** What sessions are found and sorted by, as it is when looked at. */
export type SessionFacts = Pick<
  SessionInfo,
  | 'sessionId'
  | 'tunnelId'
  | 'state'
  | 'user'
  | 'address'
  | 'interfaceName'
  | 'callingNumber'
  | 'peerAddress'
  | 'since'
  | 'rxBytes'
  | 'txBytes'
  | 'rxRate'
  | 'txRate'
>;

/** All sessions at one moment, for whoever has to do with many: an entry costs nothing until it is asked for. */
export interface SessionTable {
  readonly size: number;
  /** When the counters were read, in milliseconds since the epoch. */
  readonly countersAt: number;
  /** In the order in which the sessions began. @throws RangeError for an index that is none */
  at(index: number): SessionInfo;
  /** The same without making anything. */
  facts(index: number): SessionFacts;
}

/** What a server does and did, in numbers. */
export interface LnsStatistics {
  /** Sessions in any state, and those of them that are up. */
  readonly sessions: number;
  readonly sessionsUp: number;
  /** Calls between ICRQ and the network layer. */
  readonly callsInProgress: number;
  readonly tunnels: number;
  readonly halfOpenTunnels: number;
  /** Control messages that wait for a peer's window or acknowledgement, over all tunnels. */
  readonly backlog: number;
  /** Operations that the kernel has not finished. */
  readonly kernelOperations: number;
  /** What all subscribers sent and received lately, in bit/s. */
  readonly rxRate: number;
  readonly txRate: number;
  /** L2TP's own counters since the start, by their names in {@link Counters}; messages are by type. */
  readonly l2tp: Counters;
  /** PPPoE discovery's since the start; absent where there is none. */
  readonly pppoe?: ConcentratorCounters;
}

/** How much of an address pool is given out. */
export interface PoolInfo {
  readonly name: string;
  readonly size: number;
  readonly used: number;
  readonly free: number;
}

/** Which sessions or tunnels to end: all that match every given field. */
export interface DisconnectFilter {
  readonly id?: string;
  readonly sessionId?: number;
  readonly tunnelId?: number;
  readonly user?: string;
  readonly address?: string;
  readonly interfaceName?: string;
  readonly callingNumber?: string;
  readonly peerAddress?: string;
  readonly all?: boolean;
}
