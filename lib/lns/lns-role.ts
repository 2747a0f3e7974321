import { type Authenticator, type SessionObserver, SessionObservers } from '../aaa/index.js';
import type { SubscriberPolicy } from '../aaa/index.js';
import type { SubscriberHost } from '../concentrator/index.js';
import type { Timed } from '../io/index.js';
import { callResult, errorCode, stopResult } from '../l2tp/index.js';
import type {
  Call,
  CallCloseOptions,
  CallEnd,
  Iccn,
  Icrq,
  Occn,
  Ocrq,
  Refusal,
  Result,
  TunnelProfile,
  TunnelRequest,
} from '../l2tp/index.js';
import { type MonitoredSession, SessionMonitor } from '../monitor/index.js';
import { Direction, type DisconnectCause, disconnectCause } from '../ppp/index.js';
import {
  type Bearer,
  carriedEnd,
  type EndReason,
  L2tpBearer,
  type Log,
  type TunnelLink,
  type TunnelRole,
  type TunnelService,
} from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import type { LimitRefusal } from './admission.js';
import { CounterReader, type CounterReaderHost } from './counter-reader.js';
import { disconnectMatching } from './disconnect.js';
import type { LnsEventEmitter, LnsEvents } from './events.js';
import type { Forwarder } from './forwarder.js';
import type { Grant, GrantRefusal, Grants } from './grants.js';
import type { DisconnectFilter } from './info.js';
import { LacProfiles } from './lac-profiles.js';
import { LimitHits, ownsTunnelLimit } from './limits.js';
import type { LnsContext } from './lns-context.js';
import { LnsSession } from './lns-session.js';
import type { LnsOptions } from './options.js';
import { type OutgoingCallOptions, OutgoingCalls } from './outgoing-calls.js';
import { proxyOf } from './proxy-start.js';
import type { RouteGuard } from './route-guard.js';
import { Timeline } from './timeline.js';
import type { LacSettings, LnsSettings } from './settings.js';
import { StartingCalls } from './starting-calls.js';
import type { SubscriberLinks } from './subscriber-links.js';
import { TunnelReporter, type TunnelReporterHost } from './tunnel-reporter.js';
import { LnsView, type ViewHost } from './view.js';

export interface LnsRoleOptions {
  readonly options: LnsOptions;
  readonly settings: LnsSettings;
  readonly random: Random;
  readonly log: Log;
  readonly guard: RouteGuard;
  readonly authenticator: Authenticator;
  readonly observers: readonly SessionObserver[];
  readonly grants: Grants;
  readonly links: SubscriberLinks;
  readonly events: LnsEventEmitter;
  readonly forwarder: Forwarder | undefined;
}

/** How often counters are read for the sake of echo and idle time-outs, in ms. */
const sweepInterval = 10_000;

/** The LNS's decisions about tunnels and calls, and all sessions. */
export class LnsRole
  implements TunnelRole, SubscriberHost, LnsContext, CounterReaderHost, ViewHost, TunnelReporterHost
{
  settings: LnsSettings;
  readonly random: Random;
  authenticator: Authenticator;
  readonly links: SubscriberLinks;
  readonly observers: SessionObservers;
  readonly forwarder: Forwarder | undefined;
  readonly #log: Log;
  readonly #guard: RouteGuard;
  readonly #grants: Grants;
  readonly #events: LnsEventEmitter;
  readonly #profiles: LacProfiles;
  readonly #reporter: TunnelReporter;
  /** By their id, in the order in which they began. */
  readonly sessions = new Map<string, LnsSession>();
  readonly #idPrefix: string;
  #service: TunnelService | undefined;
  #outgoing: OutgoingCalls | undefined;
  #monitor: SessionMonitor | undefined;
  #nextSession = 0;
  readonly inProgress = new Set<LnsSession>();
  readonly #starting: StartingCalls<LnsSession>;
  readonly #startTimer: Timed = {
    handleTimeout: (now) => {
      this.#starting.handleTimeout(now);
      this.#scheduleStart();
    },
  };
  #closing = false;
  #draining = false;
  readonly counters = new CounterReader(this);
  readonly timeline: Timeline;
  readonly limitHits = new LimitHits();
  readonly view = new LnsView(this);

  constructor(options: LnsRoleOptions) {
    this.settings = options.settings;
    this.#starting = new StartingCalls(options.settings.maxStartingCalls);
    this.random = options.random;
    this.authenticator = options.authenticator;
    this.forwarder = options.forwarder;
    this.#log = options.log;
    this.observers = new SessionObservers(options.observers, (error) =>
      this.#log.error({ error: String(error) }, 'an observer of sessions has thrown'),
    );
    this.#guard = options.guard;
    this.#grants = options.grants;
    this.links = options.links;
    this.#events = options.events;
    this.timeline = new Timeline(
      () => this.service.io.now(),
      (call) => (call instanceof LnsSession ? call : undefined),
    );
    this.#profiles = new LacProfiles(options.options.profiles ?? [], this.settings);
    this.#reporter = new TunnelReporter(this, this.#log);
    this.#idPrefix = options.random.below(0x1_0000_0000).toString(16).padStart(8, '0');
  }

  get service(): TunnelService {
    if (this.#service === undefined) throw new Error('the role has no service yet');
    return this.#service;
  }

  /** The service that drives this role; once. */
  attach(service: TunnelService): void {
    this.#service = service;
    service.taps.add(this.timeline);
    this.#monitor = new SessionMonitor({
      taps: service.taps,
      sessions: () => this.sessions.values(),
      sessionOf: (call) => (call instanceof LnsSession ? call : undefined),
      onError: (error) => this.#log.error({ error: String(error) }, 'a watch of sessions has thrown'),
    });
    this.forwarder?.attach(service, this);
    this.#outgoing = new OutgoingCalls({
      service,
      role: this,
      profileFor: (address) => this.#profileOf(address, ''),
      refusal: (link) => this.#admission(link, this.lacOf(link), service.io.now()),
      newSession: (link, call, request) =>
        new LnsSession(this, new L2tpBearer(service, link, call, request), this.lacOf(link)),
    });
  }

  start(): void {
    this.service.io.timers.schedule(this, this.service.io.now() + sweepInterval);
  }

  /** No new tunnels and calls; every session ends. */
  stop(cause: DisconnectCause): void {
    this.#closing = true;
    this.service.io.timers.schedule(this, undefined);
    this.service.io.timers.schedule(this.#startTimer, undefined);
    for (const session of [...this.sessions.values()]) session.shutDown(cause);
  }

  /** Whether new tunnels and calls are refused; sessions go on. */
  setDraining(draining: boolean): void {
    this.#draining = draining;
  }

  /** Other settings from now on: for new tunnels and calls, and for new calls in tunnels that are there. */
  reconfigure(options: LnsOptions, settings: LnsSettings, authenticator: Authenticator): void {
    const inUse = new Set([...this.service.links.values()].map(({ tunnel }) => tunnel.profile));
    const successor = this.#profiles.reconfigure(options.profiles ?? [], settings, inUse);
    for (const session of this.sessions.values()) {
      session.lac = successor(session.lac);
      settings.quota.enter();
      session.lac.quota.enter();
    }
    this.settings = settings;
    this.service.endpoint.limits = settings.limits;
    this.#starting.limit = settings.maxStartingCalls;
    this.authenticator = authenticator;
  }

  // ---- tunnels

  profileFor(request: TunnelRequest): TunnelProfile | Refusal | undefined {
    return this.#profileOf(request.address, request.hostName ?? '');
  }

  #profileOf(address: string, hostName: string): TunnelProfile | Refusal {
    if (this.#closing) return { refuse: { resultCode: stopResult.shuttingDown } };
    if (this.#draining) return { refuse: tryAnother };
    const lac = this.#profiles.match(address, hostName);
    if (!lac.refuse) return lac.tunnel;
    return { refuse: { resultCode: stopResult.notAuthorized, message: 'not authorized' } };
  }

  handleTunnelRefused(request: TunnelRequest, result: Result): void {
    this.#reporter.refused(request, result, this.service.io.now());
  }

  lacOf(link: TunnelLink): LacSettings {
    return this.#profiles.of(link.tunnel.profile);
  }

  handleTunnelUp(link: TunnelLink): void {
    this.#guard.add(link.tunnel.path.remote.address);
    this.#reporter.up(link, this.service.io.now());
    this.#outgoing?.handleTunnelUp(link);
  }

  handleTunnelDown(link: TunnelLink, reason: EndReason, established: boolean): void {
    const now = this.service.io.now();
    this.#outgoing?.handleTunnelDown(link, reason);
    if (!established) {
      this.#reporter.notEstablished(link, reason, now);
      return;
    }
    this.#guard.remove(link.tunnel.path.remote.address);
    this.#reporter.down(link, reason, now);
  }

  // ---- calls

  handleCallRequest(link: TunnelLink, call: Call, request: Icrq | Ocrq, now: number): void {
    const lac = this.lacOf(link);
    const refused = request.type === 'OCRQ' ? outgoingRefused : this.#admission(link, lac, now);
    if (refused !== undefined) {
      call.reject(refused, now);
      this.#reporter.refusedCallOf(link, call, request, refused, now);
      return;
    }
    const session = new LnsSession(this, new L2tpBearer(this.service, link, call, request), lac);
    const begin = (): void => {
      call.accept(this.service.io.now());
      this.service.touchLink(link);
    };
    this.#starting.enter(session, begin, now);
    this.#scheduleStart();
  }

  handleCallAccepted(): void {
    // OCRP: the LAC is dialling.
  }

  handleCallConnected(link: TunnelLink, call: Call, connected: Iccn | Occn, now: number): void {
    link.calls.get(call.sessionId)?.connected(connected);
    this.#sessionOf(link, call)?.begin(proxyOf(connected), now);
  }

  handleCallEnded(link: TunnelLink, call: Call, reason: EndReason, _now: number, end: CallEnd): void {
    this.#sessionOf(link, call)?.callEnded(reason, carriedEnd(end));
  }

  // ---- subscribers by PPPoE

  refusal(peerAddress: string, now: number): string | undefined {
    const text = this.#refusal(this.settings.pppoe, 0, now);
    if (text !== undefined) this.#reporter.refusedCall({ peerAddress, profile: undefined }, text);
    return text;
  }

  accept(bearer: Bearer, now: number): void {
    new LnsSession(this, bearer, this.settings.pppoe).begin({}, now);
  }

  handleEnded(bearer: Bearer, reason: EndReason): void {
    if (bearer.sink instanceof LnsSession) bearer.sink.callEnded(reason);
  }

  // ---- what sessions ask for

  nextSerial(): number {
    this.#nextSession += 1;
    return this.#nextSession;
  }

  sessionId(serial: number): string {
    return `${this.#idPrefix}-${serial.toString(16)}`;
  }

  tunnelKey(tunnelId: number): string {
    return `${this.#idPrefix}-t${tunnelId.toString(16)}`;
  }

  enterSession(session: LnsSession): void {
    this.sessions.set(session.id, session);
    this.inProgress.add(session);
    this.settings.quota.enter();
    session.lac.quota.enter();
    this.#monitor?.sessionEntered(session);
  }

  sessionNamed(session: LnsSession): void {
    this.#monitor?.sessionNamed(session);
  }

  sessionOpened(session: LnsSession): void {
    this.inProgress.delete(session);
    this.#outgoing?.handleUp(session);
    this.#leaveStarting(session);
  }

  sessionWaits(session: LnsSession, waits: boolean): void {
    if (!this.inProgress.has(session)) return;
    if (waits) this.#leaveStarting(session);
    else this.#starting.resume(session, this.service.io.now());
  }

  leaveSession(session: LnsSession): void {
    this.sessions.delete(session.id);
    this.view.sessionEnded(session);
    this.inProgress.delete(session);
    this.#leaveStarting(session);
    this.settings.quota.leave();
    session.lac.quota.leave();
  }

  grant(user: string, session: LnsSession, policy: SubscriberPolicy): Grant | GrantRefusal {
    const limit = this.settings.sessionLimit;
    const maxSessions = policy.maxSessions ?? limit?.sessions;
    if (maxSessions === undefined) return this.#grants.grant(user, session.lac, policy);
    if (limit?.action === 'replace') this.#makeRoom(user, session, maxSessions);
    else if (policy.maxSessions === undefined && this.#grants.sessionsOf(user) >= maxSessions) {
      this.limitHits.note('sessionLimit');
    }
    const bounded = policy.maxSessions === undefined ? { ...policy, maxSessions } : policy;
    return this.#grants.grant(user, session.lac, bounded);
  }

  /** Ends the user's oldest sessions, so that one more fits. */
  #makeRoom(user: string, session: LnsSession, maxSessions: number): void {
    const tooMany = this.#grants.sessionsOf(user) + 1 - maxSessions;
    if (tooMany <= 0) return;
    const holders = [...this.sessions.values()].filter(
      (one) => one !== session && one.user === user && one.hasGrant,
    );
    const cause = disconnectCause('replaced', Direction.Local);
    for (const oldest of holders.slice(0, tooMany)) oldest.shutDown(cause);
  }

  revoke(grant: Grant): void {
    this.#grants.revoke(grant);
  }

  sessionEnded(session: LnsSession, reason: EndReason): void {
    const { bearer } = session;
    this.#monitor?.sessionEnded(session, reason);
    if (bearer instanceof L2tpBearer) this.#outgoing?.handleEnded(session, bearer.link, reason);
  }

  refusedRoutes(policy: SubscriberPolicy, routes: Grant['routes']): string | undefined {
    return this.#grants.refusedRoutes(policy, routes);
  }

  emit<E extends keyof LnsEvents>(event: E, ...parameters: LnsEvents[E]): void {
    try {
      this.#events.emit<E>(event, ...(parameters as never));
    } catch (error) {
      this.#log.error({ event, error: String(error) }, 'a listener has thrown');
    }
  }

  // ---- what the operator asks for

  get monitor(): SessionMonitor {
    if (this.#monitor === undefined) throw new Error('the role has no service yet');
    return this.#monitor;
  }

  monitored(id: string): MonitoredSession | undefined {
    return this.sessions.get(id);
  }

  disconnect(filter: DisconnectFilter, reason: string): number {
    return disconnectMatching(filter, reason, this.service, this.sessions);
  }

  mostSessionsOfUser(): number {
    return this.#grants.mostSessionsOfUser;
  }

  call(options: OutgoingCallOptions): Promise<LnsSession> {
    if (this.#outgoing === undefined) throw new Error('the role has no service yet');
    return this.#outgoing.place(options);
  }

  /** Reads all counters at once, so that echo requests go to silent sessions only, and idle ones end. */
  handleTimeout(now: number): void {
    this.service.io.timers.schedule(this, now + sweepInterval);
    // Who asked a moment ago has had every session told of its counters.
    this.#sweep(sweepInterval / 2);
  }

  readCounters(): void {
    this.#sweep(0);
  }

  #sweep(maxAge: number): void {
    if (this.sessions.size === this.inProgress.size) return;
    this.service.kernelWork.track(this.counters.read(maxAge), (error) =>
      this.#log.warn({ error: String(error) }, 'counters cannot be read'),
    );
  }

  get isCarrying(): boolean {
    return this.forwarder?.isCarrying === true;
  }

  handleCountersRead(now: number): void {
    this.observers.countersRead(now);
  }

  #leaveStarting(session: LnsSession): void {
    this.#starting.leave(session, this.service.io.now());
    this.#scheduleStart();
  }

  #scheduleStart(): void {
    this.service.io.timers.schedule(this.#startTimer, this.#starting.pollTimeout());
  }

  #sessionOf(link: TunnelLink, call: Call): LnsSession | undefined {
    const bearer = link.calls.get(call.sessionId);
    return bearer?.call === call && bearer.sink instanceof LnsSession ? bearer.sink : undefined;
  }

  /** Why a call is not taken; every refusal is answered, with CDN 2/4 (RFC 2661 section 4.4.2). */
  #admission(link: TunnelLink, lac: LacSettings, now: number): CallCloseOptions | undefined {
    const text = this.#refusal(lac, link.calls.size, now);
    return text === undefined ? undefined : noResources(text);
  }

  #refusal(lac: LacSettings, sessionsInTunnel: number, now: number): string | undefined {
    if (this.#closing) return 'the server shuts down';
    if (this.#draining) return draining;
    const { maxCallsInProgress, defaults, quota } = this.settings;
    if (this.inProgress.size >= maxCallsInProgress) {
      this.limitHits.note('maxCallsInProgress');
      return 'too many calls are under way';
    }
    if (sessionsInTunnel >= lac.maxSessionsPerTunnel) {
      this.limitHits.note('maxSessionsPerTunnel', ownsTunnelLimit(lac, defaults));
      return `tunnel: limit of ${lac.maxSessionsPerTunnel} sessions reached`;
    }
    return this.#over(lac.quota.refusal(now), lac.name) ?? this.#over(quota.refusal(now));
  }

  #over(refusal: LimitRefusal | undefined, profile?: string): string | undefined {
    if (refusal !== undefined) this.limitHits.note(refusal.limit, profile);
    return refusal?.text;
  }
}

const draining = 'the server drains';

/** For LACs that ask for a tunnel meanwhile (RFC 2661 section 4.4.2, General Error Code 7). */
const tryAnother = {
  resultCode: stopResult.generalError,
  errorCode: errorCode.tryAnother,
  message: draining,
} as const;

const noResources = (message: string): CallCloseOptions => ({
  resultCode: callResult.generalError,
  errorCode: errorCode.insufficientResources,
  message,
});

const outgoingRefused: CallCloseOptions = {
  resultCode: callResult.permanentlyNoFacilities,
  message: 'an LNS places no calls for its peer',
};
