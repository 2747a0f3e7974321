import { type Authenticator, type SessionObserver, SessionObservers } from '../aaa/index.js';
import type { SubscriberPolicy, SubscriberTunnel } from '../aaa/index.js';
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
  TunnelProfile,
  TunnelRequest,
} from '../l2tp/index.js';
import { type MonitoredSession, SessionMonitor } from '../monitor/index.js';
import { Direction, type DisconnectCause, disconnectCause } from '../ppp/index.js';
import {
  type Bearer,
  type BearerFacts,
  carriedEnd,
  type EndReason,
  L2tpBearer,
  type Log,
  type TunnelLink,
  type TunnelRole,
  type TunnelService,
} from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import { CounterReader, type CounterReaderHost } from './counter-reader.js';
import type { LnsEventEmitter, LnsEvents } from './events.js';
import type { Forwarder } from './forwarder.js';
import type { Grant, GrantRefusal, Grants } from './grants.js';
import type {
  DisconnectFilter,
  LnsStatistics,
  SessionDetail,
  SessionInfo,
  SessionTable,
  TunnelInfo,
} from './info.js';
import type { LnsContext } from './lns-context.js';
import { LnsSession } from './lns-session.js';
import type { LnsOptions } from './options.js';
import { type OutgoingCallOptions, OutgoingCalls } from './outgoing-calls.js';
import { ProfileMatcher } from './profiles.js';
import { proxyOf } from './proxy-start.js';
import type { RouteGuard } from './route-guard.js';
import { Timeline, type TimelineEntry, type TimelineOwner } from './timeline.js';
import type { LacSettings, LnsSettings } from './settings.js';
import { StartingCalls } from './starting-calls.js';
import type { SubscriberLinks } from './subscriber-links.js';

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

/** Ended sessions whose time line can still be asked for. */
const endedKept = 500;

/** How often counters are read for the sake of echo and idle time-outs, in ms. */
const sweepInterval = 10_000;

/** The LNS's decisions about tunnels and calls, and all sessions. */
export class LnsRole implements TunnelRole, SubscriberHost, LnsContext, CounterReaderHost {
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
  #matcher: ProfileMatcher;
  /** Which LAC settings a core profile belongs to. */
  readonly #settingsOf = new Map<TunnelProfile, LacSettings>();
  /** By their id, in the order in which they began. */
  readonly #sessions = new Map<string, LnsSession>();
  readonly #idPrefix: string;
  #service: TunnelService | undefined;
  #outgoing: OutgoingCalls | undefined;
  #monitor: SessionMonitor | undefined;
  #nextSession = 0;
  #inProgress = new Set<LnsSession>();
  readonly #starting: StartingCalls<LnsSession>;
  readonly #startTimer: Timed = {
    handleTimeout: (now) => {
      this.#starting.handleTimeout(now);
      this.#scheduleStart();
    },
  };
  #closing = false;
  #draining = false;
  readonly #counters = new CounterReader(this);
  readonly #timeline: Timeline;
  /** Of the last sessions that ended, what their time lines are found by. */
  readonly #ended = new Map<string, TimelineOwner>();

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
    this.#timeline = new Timeline(
      () => this.service.io.now(),
      (call) => (call instanceof LnsSession ? call : undefined),
    );
    this.#matcher = new ProfileMatcher(options.options.profiles ?? []);
    for (const lac of [this.settings.defaults, ...this.settings.profiles.values()]) {
      this.#settingsOf.set(lac.tunnel, lac);
    }
    this.#idPrefix = options.random.below(0x1_0000_0000).toString(16).padStart(8, '0');
  }

  get service(): TunnelService {
    if (this.#service === undefined) throw new Error('the role has no service yet');
    return this.#service;
  }

  /** The service that drives this role; once. */
  attach(service: TunnelService): void {
    this.#service = service;
    service.taps.add(this.#timeline);
    this.#monitor = new SessionMonitor({
      taps: service.taps,
      sessions: () => this.#sessions.values(),
      sessionOf: (call) => (call instanceof LnsSession ? call : undefined),
      onError: (error) => this.#log.error({ error: String(error) }, 'a watch of sessions has thrown'),
    });
    this.forwarder?.attach(service, this);
    this.#outgoing = new OutgoingCalls({
      service,
      role: this,
      profileFor: (address) => this.#profileOf(address, ''),
      refusal: (link) => this.#admission(link, this.#lacOf(link), service.io.now()),
      newSession: (link, call, request) =>
        new LnsSession(this, new L2tpBearer(service, link, call, request), this.#lacOf(link)),
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
    for (const session of [...this.#sessions.values()]) session.shutDown(cause);
  }

  /** Whether new tunnels and calls are refused; sessions go on. */
  setDraining(draining: boolean): void {
    this.#draining = draining;
  }

  /** Other settings from now on: for new tunnels and calls, and for new calls in tunnels that are there. */
  reconfigure(options: LnsOptions, settings: LnsSettings, authenticator: Authenticator): void {
    const byName = new Map([...settings.profiles.values()].map((lac) => [lac.name, lac]));
    const { pppoe } = this.settings;
    const successor = (lac: LacSettings): LacSettings =>
      lac === pppoe ? settings.pppoe : (byName.get(lac.name) ?? settings.defaults);
    const inUse = new Set([...this.service.links.values()].map(({ tunnel }) => tunnel.profile));
    for (const [profile, lac] of this.#settingsOf) {
      if (inUse.has(profile)) this.#settingsOf.set(profile, successor(lac));
      else this.#settingsOf.delete(profile);
    }
    for (const lac of [settings.defaults, ...settings.profiles.values()])
      this.#settingsOf.set(lac.tunnel, lac);
    for (const session of this.#sessions.values()) {
      session.lac = successor(session.lac);
      settings.quota.enter();
      session.lac.quota.enter();
    }
    this.settings = settings;
    this.authenticator = authenticator;
    this.#matcher = new ProfileMatcher(options.profiles ?? []);
  }

  // ---- tunnels

  profileFor(request: TunnelRequest): TunnelProfile | Refusal | undefined {
    return this.#profileOf(request.address, request.hostName ?? '');
  }

  #profileOf(address: string, hostName: string): TunnelProfile | Refusal {
    if (this.#closing) return { refuse: { resultCode: stopResult.shuttingDown } };
    if (this.#draining) return { refuse: tryAnother };
    const profile = this.#matcher.match(address, hostName);
    const lac = (profile && this.settings.profiles.get(profile)) ?? this.settings.defaults;
    if (!lac.refuse) return lac.tunnel;
    this.#log.warn({ peer: address, host: hostName, profile: lac.name }, 'LAC refused by its profile');
    return { refuse: { resultCode: stopResult.notAuthorized, message: 'not authorized' } };
  }

  #lacOf(link: TunnelLink): LacSettings {
    return this.#settingsOf.get(link.tunnel.profile) ?? this.settings.defaults;
  }

  handleTunnelUp(link: TunnelLink): void {
    const { tunnel } = link;
    this.#guard.add(tunnel.path.remote.address);
    this.#log.info(
      { tunnel: tunnel.localTunnelId, peer: tunnel.path.remote.address, host: tunnel.peer?.hostName },
      'tunnel up',
    );
    this.emit('tunnel-up', this.#tunnelInfo(link));
    this.observers.tunnelUp(this.#accountedTunnel(link), this.service.io.now());
    this.#outgoing?.handleTunnelUp(link);
  }

  handleTunnelDown(link: TunnelLink, reason: EndReason, established: boolean): void {
    const { tunnel } = link;
    const fields = { tunnel: tunnel.localTunnelId, peer: tunnel.path.remote.address, ...reason };
    this.#outgoing?.handleTunnelDown(link, reason);
    if (!established) {
      this.#log.warn(fields, 'tunnel not established');
      this.observers.tunnelFailed(this.#accountedTunnel(link), reason, this.service.io.now());
      return;
    }
    this.#guard.remove(tunnel.path.remote.address);
    this.#log.info(fields, 'tunnel down');
    this.emit('tunnel-down', this.#tunnelInfo(link), reason);
    this.observers.tunnelDown(this.#accountedTunnel(link), reason, this.service.io.now());
  }

  // ---- calls

  handleCallRequest(link: TunnelLink, call: Call, request: Icrq | Ocrq, now: number): void {
    const lac = this.#lacOf(link);
    const refused = request.type === 'OCRQ' ? outgoingRefused : this.#admission(link, lac, now);
    if (refused !== undefined) {
      this.#log.warn({ tunnel: link.tunnel.localTunnelId, reason: refused.message }, 'call refused');
      call.reject(refused, now);
      const { localTunnelId: tunnelId, path } = link.tunnel;
      const refusedCall = { tunnelId, peerAddress: path.remote.address, profile: lac.name };
      this.emit('call-refused', refusedCall, refused.message ?? '');
      this.#callRefused(link, call, request, refused, now);
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

  #callRefused(
    link: TunnelLink,
    call: Call,
    request: Icrq | Ocrq,
    refused: CallCloseOptions,
    now: number,
  ): void {
    const failed = {
      tunnel: this.#accountedTunnel(link),
      callSerialNumber: call.serialNumber,
      callingNumber: request.type === 'ICRQ' ? request.callingNumber : undefined,
      calledNumber: request.calledNumber,
    };
    const { resultCode, message = '' } = refused;
    this.observers.callFailed(failed, { by: 'local', text: message, resultCode }, now);
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

  refusal(now: number): string | undefined {
    return this.#refusal(this.settings.pppoe, 0, now);
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
    this.#sessions.set(session.id, session);
    this.#inProgress.add(session);
    this.settings.quota.enter();
    session.lac.quota.enter();
    this.#monitor?.sessionEntered(session);
  }

  sessionNamed(session: LnsSession): void {
    this.#monitor?.sessionNamed(session);
  }

  sessionOpened(session: LnsSession): void {
    this.#inProgress.delete(session);
    this.#outgoing?.handleUp(session);
    this.#leaveStarting(session);
  }

  sessionWaits(session: LnsSession, waits: boolean): void {
    if (!this.#inProgress.has(session)) return;
    if (waits) this.#leaveStarting(session);
    else this.#starting.resume(session, this.service.io.now());
  }

  leaveSession(session: LnsSession): void {
    this.#sessions.delete(session.id);
    this.#ended.set(session.id, { serial: session.serial, setUp: session.setUp });
    if (this.#ended.size > endedKept) {
      const [oldest] = this.#ended.keys();
      if (oldest !== undefined) this.#ended.delete(oldest);
    }
    this.#inProgress.delete(session);
    this.#leaveStarting(session);
    this.settings.quota.leave();
    session.lac.quota.leave();
  }

  grant(user: string, session: LnsSession, policy: SubscriberPolicy): Grant | GrantRefusal {
    const limit = this.settings.sessionLimit;
    const maxSessions = policy.maxSessions ?? limit?.sessions;
    if (maxSessions === undefined) return this.#grants.grant(user, session.lac, policy);
    if (limit?.action === 'replace') this.#makeRoom(user, session, maxSessions);
    const bounded = policy.maxSessions === undefined ? { ...policy, maxSessions } : policy;
    return this.#grants.grant(user, session.lac, bounded);
  }

  /** Ends the user's oldest sessions, so that one more fits. */
  #makeRoom(user: string, session: LnsSession, maxSessions: number): void {
    const tooMany = this.#grants.sessionsOf(user) + 1 - maxSessions;
    if (tooMany <= 0) return;
    const holders = [...this.#sessions.values()].filter(
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

  tunnels(): TunnelInfo[] {
    return [...this.service.links.values()]
      .filter((link) => link.tunnel.established)
      .map((link) => this.#tunnelInfo(link));
  }

  async sessions(): Promise<SessionInfo[]> {
    await this.#counters.read(0);
    return Array.from(this.#sessions.values(), (session) => session.info());
  }

  /** @param maxAge how old the counters may be, in ms */
  async sessionTable(maxAge: number): Promise<SessionTable> {
    const readAt = await this.#counters.read(maxAge);
    const sessions = [...this.#sessions.values()];
    const sessionAt = (index: number): LnsSession => {
      const session = sessions[index];
      if (session === undefined) throw new RangeError(`there is no session ${index}`);
      return session;
    };
    return {
      size: sessions.length,
      countersAt: Date.now() - (this.service.io.now() - readAt),
      facts: sessionAt,
      at: (index) => sessionAt(index).info(),
    };
  }

  /** With counters of this moment. */
  async session(id: string): Promise<SessionDetail | undefined> {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    const reading = session.forwardedStats() ?? session.kernel?.unitStats();
    const stats = await reading?.catch(() => undefined);
    return { ...session.info(stats), setUp: session.setUp.get(), timeline: this.#timeline.of(session) };
  }

  get monitor(): SessionMonitor {
    if (this.#monitor === undefined) throw new Error('the role has no service yet');
    return this.#monitor;
  }

  monitored(id: string): MonitoredSession | undefined {
    return this.#sessions.get(id);
  }

  timeline(id: string): readonly TimelineEntry[] | undefined {
    const owner = this.#sessions.get(id) ?? this.#ended.get(id);
    return owner && this.#timeline.of(owner);
  }

  statistics(): LnsStatistics {
    const { endpoint, kernelWork, links } = this.service;
    let tunnels = 0;
    let backlog = 0;
    for (const { tunnel } of links.values()) {
      if (tunnel.established) tunnels += 1;
      backlog += tunnel.backlog;
    }
    return {
      sessions: this.#sessions.size,
      sessionsUp: this.#sessions.size - this.#inProgress.size,
      callsInProgress: this.#inProgress.size,
      tunnels,
      halfOpenTunnels: endpoint.halfOpenCount,
      backlog,
      kernelOperations: kernelWork.pending,
      rxRate: this.#counters.traffic.total.rxRate,
      txRate: this.#counters.traffic.total.txRate,
      l2tp: endpoint.counters,
    };
  }

  disconnect(filter: DisconnectFilter, reason: string): number {
    if (Object.values(filter).every((value) => value === undefined || value === false)) {
      throw new RangeError('nothing is said about which sessions to disconnect');
    }
    const now = this.service.io.now();
    if (concernsTunnels(filter)) {
      const links = [...this.service.links.values()].filter(
        (link) => link.tunnel.established && ofTunnel(filter, factsOf(link)),
      );
      for (const link of links) {
        link.tunnel.close({ resultCode: stopResult.generalRequest, message: reason }, now);
        this.service.touchLink(link);
      }
      return links.length;
    }
    const cause = disconnectCause('administrative', Direction.Local, 0, reason);
    const candidates =
      filter.id === undefined
        ? [...this.#sessions.values()]
        : [this.#sessions.get(filter.id)].filter((one) => one !== undefined);
    const matching = candidates.filter((session) => matches(filter, session));
    for (const session of matching) session.disconnect(cause, now);
    return matching.length;
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
    if (this.#sessions.size === this.#inProgress.size) return;
    this.service.kernelWork.track(this.#counters.read(maxAge), (error) =>
      this.#log.warn({ error: String(error) }, 'counters cannot be read'),
    );
  }

  get isCarrying(): boolean {
    return this.forwarder?.isCarrying === true;
  }

  allSessions(): Iterable<LnsSession> {
    return this.#sessions.values();
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
    if (this.#inProgress.size >= this.settings.maxCallsInProgress) return 'too many calls are under way';
    if (sessionsInTunnel >= lac.maxSessionsPerTunnel) {
      return `tunnel: limit of ${lac.maxSessionsPerTunnel} sessions reached`;
    }
    return lac.quota.refusal(now) ?? this.settings.quota.refusal(now);
  }

  #accountedTunnel(link: TunnelLink): SubscriberTunnel {
    const { path, peer, profile, localTunnelId } = link.tunnel;
    return {
      id: this.tunnelKey(localTunnelId),
      tunnelId: localTunnelId,
      peerAddress: path.remote.address,
      peerHostName: peer?.hostName ?? '',
      localAddress: path.local.address,
      localHostName: profile.hostName,
      profile: this.#settingsOf.get(profile)?.name,
    };
  }

  #tunnelInfo(link: TunnelLink): TunnelInfo {
    const { tunnel } = link;
    const { path, peer } = tunnel;
    return {
      tunnelId: tunnel.localTunnelId,
      peerTunnelId: tunnel.peerTunnelId,
      state: tunnel.state,
      peerAddress: path.remote.address,
      peerPort: path.remote.port,
      localAddress: path.local.address,
      peerHostName: peer?.hostName ?? '',
      peerVendorName: peer?.vendorName ?? '',
      profile: this.#settingsOf.get(tunnel.profile)?.name,
      sessions: link.calls.size,
      since: link.since,
      backlog: tunnel.backlog,
      ...this.#counters.traffic.of(tunnel.localTunnelId),
    };
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

const concernsTunnels = ({
  id,
  sessionId,
  user,
  address,
  interfaceName,
  callingNumber,
  all,
}: DisconnectFilter): boolean =>
  [id, sessionId, user, address, interfaceName, callingNumber].every((value) => value === undefined) &&
  all !== true;

type TunnelFacts = Pick<BearerFacts, 'tunnelId' | 'peerAddress'>;

const factsOf = ({ tunnel }: TunnelLink): TunnelFacts => ({
  tunnelId: tunnel.localTunnelId,
  peerAddress: tunnel.path.remote.address,
});

const ofTunnel = (filter: DisconnectFilter, { tunnelId, peerAddress }: TunnelFacts): boolean =>
  same(filter.tunnelId, tunnelId) && same(filter.peerAddress, peerAddress);

const same = <V>(wanted: V | undefined, actual: V): boolean => wanted === undefined || wanted === actual;

const matches = (filter: DisconnectFilter, session: LnsSession): boolean => {
  const { facts } = session.bearer;
  return (
    same(filter.id, session.id) &&
    same(filter.sessionId, facts.sessionId) &&
    same(filter.user, session.user) &&
    same(filter.address, session.address) &&
    same(filter.interfaceName, session.kernel?.unit?.name) &&
    same(filter.callingNumber, facts.callingNumber) &&
    ofTunnel(filter, facts)
  );
};
