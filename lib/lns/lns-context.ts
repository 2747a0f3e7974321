import type { Authenticator, SessionObservers, SubscriberPolicy } from '../aaa/index.js';
import type { EndReason, TunnelService } from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import type { LnsEvents } from './events.js';
import type { Forwarder } from './forwarder.js';
import type { Grant, GrantRefusal } from './grants.js';
import type { LnsSession } from './lns-session.js';
import type { LnsSettings } from './settings.js';
import type { SubscriberLinks } from './subscriber-links.js';

/** What the server is to its sessions. */
export interface LnsContext {
  readonly service: TunnelService;
  readonly settings: LnsSettings;
  readonly random: Random;
  readonly authenticator: Authenticator;
  readonly observers: SessionObservers;
  /** Absent where every subscriber is terminated here. */
  readonly forwarder: Forwarder | undefined;
  /** Counts sessions from 1. */
  nextSerial(): number;
  /** Id of a session in logs and records. */
  sessionId(serial: number): string;
  /** Id of a tunnel in records. */
  tunnelKey(tunnelId: number): string;
  /** The session counts from now on, among those that are being set up. */
  enterSession(session: LnsSession): void;
  /** The session's user is known. */
  sessionNamed(session: LnsSession): void;
  /** The session is set up. */
  sessionOpened(session: LnsSession): void;
  /** The session waits for an answer from outside, or waits no longer: others may start meanwhile. */
  sessionWaits(session: LnsSession, waits: boolean): void;
  leaveSession(session: LnsSession): void;
  /** The session is over, and all that it held is given back. */
  sessionEnded(session: LnsSession, reason: EndReason): void;
  grant(user: string, session: LnsSession, policy: SubscriberPolicy): Grant | GrantRefusal;
  revoke(grant: Grant): void;
  /** Why a session must not get further routes, or `undefined` when it may. */
  refusedRoutes(policy: SubscriberPolicy, routes: Grant['routes']): string | undefined;
  /** Router advertisements and DHCPv6. */
  readonly links: SubscriberLinks;
  /** Has the counters of all sessions read soon, and given to {@link LnsSession.noteCounters}. */
  readCounters(): void;
  emit<E extends keyof LnsEvents>(event: E, ...parameters: LnsEvents[E]): void;
}
