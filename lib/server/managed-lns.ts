import type { RadiusStatus } from '../nas/index.js';
import type { MonitoredSession, MonitorListener, SessionSelector } from '../monitor/index.js';
import type {
  DisconnectFilter,
  LimitInfo,
  LnsEvents,
  LnsInfo,
  LnsOptions,
  LnsStatistics,
  OutgoingCallOptions,
  PoolInfo,
  PreparedOptions,
  SessionDetail,
  SessionInfo,
  SessionTable,
  TimelineEntry,
  TunnelInfo,
} from '../lns/index.js';

/** What the daemon needs of an LNS. */
export interface ManagedLns {
  /** Opens the sockets. @throws KernelError, RangeError */
  start(): Promise<void>;
  tunnels(): readonly TunnelInfo[];
  /** With counters that are at most `maxAge` ms old; of this moment, unless given. */
  sessionTable(options?: { readonly maxAge?: number }): Promise<SessionTable>;
  /** One session, with counters of this moment. */
  session(id: string): Promise<SessionDetail | undefined>;
  /** What happened to a session, also to one of the last that ended. */
  timeline(id: string): readonly TimelineEntry[] | undefined;
  /** Shows the messages of the sessions that match. @returns ends that @throws TooManyWatchesError */
  watch(selector: SessionSelector, listener: MonitorListener): () => void;
  /** A session that a capture can be made of. */
  monitored(id: string): MonitoredSession | undefined;
  /** RADIUS servers and what is on its way to them; `undefined` where there are none. */
  radius?(): RadiusStatus | undefined;
  pools(): readonly PoolInfo[];
  /** The limits in force. */
  limits(): readonly LimitInfo[];
  /** The LNSs that subscribers are carried on to. */
  servers(): readonly LnsInfo[];
  statistics(): LnsStatistics;
  on<E extends keyof LnsEvents>(event: E, listener: (...parameters: LnsEvents[E]) => void): unknown;
  /** Whether new tunnels and calls are refused. */
  setDraining(draining: boolean): void;
  /** Checks other options without any effect. @throws RangeError, PoolError */
  prepare(options: LnsOptions): PreparedOptions;
  /** Ends what matches every given field, and says how many that were. */
  disconnect(filter: DisconnectFilter, reason?: string): number;
  /** Places a call through a LAC, and waits until its session is up. @throws OutgoingCallError */
  call(options: OutgoingCallOptions): Promise<SessionInfo>;
  /** CDN and StopCCN to all; resolves when interfaces and addresses are gone. `timeout` in ms. */
  close(options?: { readonly timeout?: number }): Promise<void>;
}
