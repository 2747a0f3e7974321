import type {
  AssignedIpv6,
  AuthenticationAnswer,
  CallContext,
  OnwardTunnel,
  PolicyChange,
  SubscriberPolicy,
  SubscriberSession,
  TrafficCounters,
  TunnelChoice,
} from '../aaa/index.js';
import { noStats, type PacketCapture, type SessionStats, type StatsTable } from '../kernel/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import {
  describeMppe,
  Direction,
  disconnectCause,
  formatInterfaceId,
  interfaceIdBytes,
  PppSession,
} from '../ppp/index.js';
import type {
  AuthMethod,
  Credentials,
  DisconnectCause,
  DisconnectReason,
  PppEvent,
  PppStart,
} from '../ppp/index.js';
import {
  type Bearer,
  type BearerSequencing,
  type EndReason,
  type LegEnd,
  type LogFields,
  PppCall,
  pppEndReason,
} from '../tunnels/index.js';
import { ask, PendingAuthentication } from './authentication.js';
import { withoutUnaskedCompression } from './field-compression.js';
import type { ForwardedSubscriber, Forwarding, ForwardingDecision } from './forwarder.js';
import type { Grant } from './grants.js';
import type { SessionFacts, SessionInfo } from './info.js';
import type { LnsContext } from './lns-context.js';
import { isOverQuota, SessionLimits } from './session-limits.js';
import { limitPayload } from './payload-limit.js';
import { describeIpv6, hasIpv6 } from './ipv6-grants.js';
import { routesOf, unitChange, unitOptions } from './session-network.js';
import type { LacSettings } from './settings.js';
import { SetUpTimes } from './set-up-times.js';
import type { SubscriberLink } from './subscriber-links.js';
import { TrafficMeter } from './traffic-meter.js';
import { formatIpv4 } from '../wire/index.js';

/** One subscriber's session: its PPP, who it is and what it was given, or where it is carried on to. */
export class LnsSession extends PppCall implements SubscriberSession, SessionFacts, ForwardedSubscriber {
  /** Changes with the server's options, for what is still to be decided. */
  lac: LacSettings;
  readonly id: string;
  readonly since = Date.now();
  /** Counts sessions from 1. */
  readonly serial: number;
  readonly setUp: SetUpTimes;
  readonly traffic = new TrafficMeter();
  readonly #context: LnsContext;
  #user: string | undefined;
  #method: AuthMethod | undefined;
  #mppe: string | undefined;
  #mtu: number | undefined;
  /** Kept after it was given back, for the record of the session's end. */
  #grant: Grant | undefined;
  #holdsGrant = false;
  /** The subscriber's, once IPV6CP is open. */
  #interfaceId: bigint | undefined;
  /** What the authenticator said of a subscriber that it has carried on; only time-outs, quota and accounting count. */
  #carriedPolicy: SubscriberPolicy | undefined;
  /** Kept after the call in it has ended, for the record of the session's end. */
  onwardTunnel: OnwardTunnel | undefined;
  /** Where router advertisements go. */
  #link: SubscriberLink | undefined;
  #pending: PendingAuthentication | undefined;
  #forwarding: Forwarding | undefined;
  /** PPP is between the subscriber and another server. */
  #takenOver = false;
  /** Why the subscriber's own link ended, for the call to the other server. */
  #ending: LegEnd | undefined;
  #forwardingEnded: Promise<SessionStats | undefined> | undefined;
  #up = false;
  #endReason: EndReason | undefined;
  readonly #limits = new SessionLimits();
  /** As last read: any change of the packets is activity. */
  #counters: SessionStats = noStats;

  constructor(context: LnsContext, bearer: Bearer, lac: LacSettings) {
    super(context.service, bearer);
    this.#context = context;
    this.lac = lac;
    this.serial = context.nextSerial();
    this.id = context.sessionId(this.serial);
    this.setUp = new SetUpTimes(context.service.io.now());
    context.enterSession(this);
  }

  get user(): string | undefined {
    return this.#user;
  }

  get authMethod(): AuthMethod | undefined {
    return this.#method;
  }

  get policy(): SubscriberPolicy | undefined {
    return this.#grant?.policy ?? this.#carriedPolicy;
  }

  /** It has an address, or could have: it is terminated here. */
  get hasGrant(): boolean {
    return this.#grant !== undefined;
  }

  get interfaceName(): string | undefined {
    return this.kernel?.unit?.name;
  }

  get interfaceIndex(): number | undefined {
    return this.kernel?.unit?.index;
  }

  get counters(): TrafficCounters {
    return this.#counters;
  }

  get callContext(): CallContext {
    const { facts, kind } = this.bearer;
    return {
      ...facts,
      id: this.id,
      bearer: kind,
      ...(facts.tunnelId !== undefined && { tunnelKey: this.#context.tunnelKey(facts.tunnelId) }),
      ...(this.lac.name !== undefined && { profile: this.lac.name }),
    };
  }

  get address(): string | undefined {
    const address = this.#grant?.network.peerAddress;
    return address === undefined ? undefined : formatIpv4(address);
  }

  get ipv6(): AssignedIpv6 {
    const given = this.#grant?.ipv6;
    return {
      ...(given !== undefined && describeIpv6(given)),
      ...(this.#interfaceId !== undefined && { interfaceId: formatInterfaceId(this.#interfaceId) }),
    };
  }

  get sessionId(): number {
    return this.bearer.facts.sessionId;
  }

  get tunnelId(): number | undefined {
    return this.bearer.facts.tunnelId;
  }

  get peerSessionId(): number {
    return this.bearer.facts.peerSessionId;
  }

  get callingNumber(): string | undefined {
    return this.bearer.facts.callingNumber;
  }

  get peerAddress(): string {
    return this.bearer.facts.peerAddress;
  }

  get rxBytes(): number {
    return this.#counters.rxBytes;
  }

  get txBytes(): number {
    return this.#counters.txBytes;
  }

  get rxRate(): number {
    return this.traffic.rxRate;
  }

  get txRate(): number {
    return this.traffic.txRate;
  }

  /** Authenticated, addressed, and its interface is there. */
  get isUp(): boolean {
    return this.#up;
  }

  capture(snapLength: number): PacketCapture {
    if (this.kernel === undefined) throw new Error('the session has no interface');
    return this.kernel.capture(snapLength);
  }

  logFields(): LogFields {
    return { ...this.bearer.logFields, ...(this.#user !== undefined && { user: this.#user }) };
  }

  info(stats: TrafficCounters = this.#counters): SessionInfo {
    const { facts, kind } = this.bearer;
    return {
      id: this.id,
      bearer: kind,
      sessionId: facts.sessionId,
      peerSessionId: facts.peerSessionId,
      tunnelId: facts.tunnelId,
      state: this.state,
      forwardedTo: this.#forwarding?.info,
      user: this.#user,
      address: this.address,
      interfaceName: this.interfaceName,
      callingNumber: facts.callingNumber,
      peerAddress: facts.peerAddress,
      authMethod: this.#method,
      mppe: this.#mppe,
      mtu: this.#mtu,
      since: this.since,
      rxBytes: stats.rxBytes,
      rxPackets: stats.rxPackets,
      txBytes: stats.txBytes,
      txPackets: stats.txPackets,
      rxRate: this.traffic.rxRate,
      txRate: this.traffic.txRate,
    };
  }

  /** The link is there: PPP begins, with what a LAC has done of it already. */
  begin(start: PppStart, now: number): void {
    const limited = limitPayload(this.lac.ppp, this.bearer.maxPayload);
    const options = withoutUnaskedCompression(limited, start.proxyLcp);
    const ppp = new PppSession({ role: 'server', options, random: this.#context.random });
    const begin = (at: number): void => {
      this.setUp.mark('connected', at);
      ppp.start(start, at);
      this.startPpp(ppp);
    };
    if (this.sequencing().sendSequence !== true) {
      begin(now);
      return;
    }
    this.service.kernelWork.track(
      this.openChannel().then(() => {
        if (!this.ended) begin(this.service.io.now());
      }),
      (error) => {
        if (this.ended) return;
        this.service.log.error({ ...this.logFields(), error: String(error) }, 'no kernel session');
        this.#end('data-plane', 'the kernel session cannot be made');
      },
    );
  }

  /** Ends the session from here: LCP Terminate, then CDN or PADT. */
  disconnect(cause: DisconnectCause, now: number): void {
    this.#endReason ??= pppEndReason(cause);
    if (this.ppp === undefined) this.end(cause);
    else this.ppp.close(cause, now);
    this.touch();
  }

  /** The server shuts down: CDN or PADT at once. */
  shutDown(cause: DisconnectCause): void {
    this.#endReason ??= pppEndReason(cause);
    this.end(cause);
  }

  /** The call has ended, by the peer or with its tunnel. */
  callEnded(reason: EndReason, end?: LegEnd): void {
    // What PPP was ending for says more than the CDN that followed.
    const cause = this.ppp?.closeCause;
    this.#endReason ??= cause === undefined ? reason : pppEndReason(cause);
    this.#ending ??= end;
    this.handleEnd();
  }

  override end(cause: DisconnectCause, result?: CallCloseOptions): void {
    this.#ending ??= { cause, result };
    super.end(cause, result);
  }

  // ---- what those ask and tell who carry the subscriber on

  get proxy(): PppStart {
    return this.ppp?.proxy ?? {};
  }

  override handleFrame(frame: Uint8Array): void {
    if (this.#takenOver) this.#forwarding?.handleSubscriberFrame(frame);
    else super.handleFrame(frame);
  }

  handleTakenOver(): void {
    this.#takenOver = true;
    this.leavePpp();
  }

  handleForwarded(): void {
    this.onwardTunnel = this.#forwarding?.tunnel;
    this.touch();
    this.#comeUp('session forwarded', { ...this.#forwarding?.info }, this.service.io.now());
  }

  handleForwardingEnded(cause: DisconnectCause, result: CallCloseOptions): void {
    this.#endReason ??= pppEndReason(cause);
    this.end(cause, result);
  }

  /** What the subscriber sent and received, where the kernel carries it to another server. */
  forwardedStats(): Promise<SessionStats | undefined> | undefined {
    return this.#forwarding?.stats();
  }

  /** Our id of the tunnel that the subscriber is carried on in. */
  get forwardingTunnelId(): number | undefined {
    return this.#forwarding?.info?.tunnelId;
  }

  /**
   * The counters of all, read in bulk: traffic keeps the echo away and the idle time-out.
   * @param interfaces by their `statsKey`
   * @param sessions of L2TP, by their `statsKey`
   */
  noteCounters(interfaces: StatsTable, sessions: StatsTable, now: number): void {
    const seen = this.#counters;
    const stats = this.#forwarding?.statsIn(sessions) ?? this.#interfaceStats(interfaces);
    if (stats !== undefined) {
      this.traffic.note(stats, now);
      this.#counters = stats;
      if (stats.rxPackets !== seen.rxPackets) this.ppp?.noteActivity(now);
      if (stats.rxPackets !== seen.rxPackets || stats.txPackets !== seen.txPackets) {
        this.#limits.noteActivity(now);
        // Not for silent ones: of thousands most are, and nothing has changed for them.
        this.touch();
      }
      if (isOverQuota(this.policy?.quota, stats))
        this.disconnect(disconnectCause('quota', Direction.Local), now);
    }
    if (this.#limits.idleDue) this.disconnect(disconnectCause('idle-timeout', Direction.Local), now);
  }

  #interfaceStats(interfaces: StatsTable): SessionStats | undefined {
    const key = this.kernel?.unit?.statsKey;
    return key === undefined ? undefined : interfaces.get(key, this.#counters);
  }

  protected override deadline(): number | undefined {
    if (this.#endReason !== undefined) return undefined;
    return this.#limits.deadline(this.#up ? (this.policy?.idleTimeout ?? 0) : 0);
  }

  protected override handleDeadline(now: number): void {
    if (this.#limits.handleDeadline(now)) {
      this.disconnect(disconnectCause('session-timeout', Direction.Local), now);
    } else this.#context.readCounters();
  }

  async change(change: PolicyChange): Promise<void> {
    const grant = this.#grant;
    if (grant === undefined || !this.#up || this.ended) {
      throw new Error('the session is not up');
    }
    await this.#changeUnit(grant, change);
    if (this.ended) return;
    const now = this.service.io.now();
    const policy = { ...grant.policy, ...change };
    this.#grant = { ...grant, policy, routes: routesOf(policy, grant.address, grant.ipv6) };
    if (change.sessionTimeout !== undefined) this.#limits.endAfter(change.sessionTimeout, now);
    if (change.idleTimeout !== undefined) this.#limits.noteActivity(now);
    this.touch();
    this.#context.observers.sessionChanged(this, now);
  }

  /** Routes of a family that is not negotiated wait for it. */
  async #changeUnit(grant: Grant, change: PolicyChange): Promise<void> {
    const { routes, removedRoutes, ...rest } = unitChange(this.lac, grant.policy, change) ?? {};
    const added = this.negotiatedRoutes(routes);
    const removed = this.negotiatedRoutes(removedRoutes);
    const refused = this.#context.refusedRoutes(grant.policy, added);
    if (refused !== undefined) throw new RangeError(refused);
    if (added.length + removed.length === 0 && Object.keys(rest).length === 0) return;
    await this.kernel?.updatePpp({
      ...rest,
      ...(added.length > 0 && { routes: added }),
      ...(removed.length > 0 && { removedRoutes: removed }),
    });
  }

  protected override sequencing(): BearerSequencing {
    const { sequencing, reorderTimeout } = this.#context.settings;
    const possible = this.bearer.sequencing;
    const required = possible === 'required';
    if (possible === 'none' || (!required && !sequencing)) return {};
    return { sendSequence: true, receiveSequence: required, reorderTimeout };
  }

  protected override unitOptions(): ReturnType<typeof unitOptions> {
    const { policy = {}, routes = [] } = this.#grant ?? {};
    return unitOptions(this.lac, policy, routes, this.bearer.facts);
  }

  protected override handlePppEvent(event: PppEvent, now: number): void {
    switch (event.kind) {
      case 'authenticate':
        this.setUp.mark('credentials', now);
        this.#authenticate(event.id, event.credentials, now);
        return;
      case 'authenticated':
        this.#method = event.method;
        this.setUp.mark('authenticated', now);
        this.service.log.debug({ ...this.logFields(), method: event.method }, 'authenticated');
        return;
      case 'authentication-failed':
        this.service.log.warn(
          { ...this.logFields(), method: event.method, reason: event.reason },
          'not authenticated',
        );
        this.#context.emit('authentication-failed', this.info(), event.reason);
        return;
      case 'attach':
        this.setUp.mark('attaching', now);
        // What a user's policy says does not make the link wider.
        this.#mtu = Math.min(event.mtu, this.bearer.maxPayload ?? event.mtu);
        this.attach({ ...event, mtu: this.#mtu });
        return;
      case 'mppe':
        this.renewMppe(event);
        return;
      case 'network-up':
        this.#networkUp(event, now);
        return;
      case 'lcp-up':
        this.setUp.mark('lcp', now);
        this.service.log.debug({ ...this.logFields(), ...loggable(event) }, event.kind);
        return;
      case 'network-down':
      case 'renegotiating':
      case 'identification':
      case 'closing':
        this.service.log.debug({ ...this.logFields(), ...loggable(event) }, event.kind);
        return;
      case 'down':
        this.#endReason ??= pppEndReason(event.cause);
        this.end(event.cause);
    }
  }

  protected override release(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    const { cause, result } = this.#ending ?? { cause: disconnectCause('carrier-lost'), result: undefined };
    this.#forwardingEnded = this.#forwarding?.close(cause, result);
    this.#context.leaveSession(this);
    if (this.#link !== undefined) this.#context.links.remove(this.#link);
    if (this.#grant !== undefined && this.#holdsGrant) this.#context.revoke(this.#grant);
    this.#holdsGrant = false;
  }

  /** The session is over and its last counters are known. */
  protected override handleFinalStats(stats: SessionStats | undefined): void {
    if (this.#forwardingEnded === undefined) {
      this.#tellDown(stats);
      return;
    }
    const told = this.#forwardingEnded.then((carried) => this.#tellDown(carried));
    this.service.kernelWork.track(told, () => undefined);
  }

  #tellDown(stats: SessionStats | undefined): void {
    const reason: EndReason = this.#endReason ?? { by: 'local', text: 'ended', cause: 'unknown' };
    this.service.log.info({ ...this.logFields(), address: this.address, ...reason }, 'session down');
    const wasUp = this.#up;
    this.#context.sessionEnded(this, reason);
    this.#up = false;
    if (stats !== undefined) this.#counters = stats;
    this.#context.emit(
      wasUp ? 'session-down' : 'session-failed',
      { ...this.info(), state: 'closing' },
      reason,
    );
    if (wasUp) this.#context.observers.sessionDown(this, reason, this.service.io.now());
    else this.#tellFailed(reason);
  }

  #tellFailed(reason: EndReason): void {
    const { tunnelId, tunnelKey, localAddress, localHostName, profile, ...call } = this.callContext;
    if (tunnelId === undefined || tunnelKey === undefined) return;
    const { peerAddress, peerHostName } = call;
    const ends = {
      peerAddress,
      peerHostName,
      localAddress: localAddress ?? '',
      localHostName: localHostName ?? '',
    };
    const tunnel = { id: tunnelKey, tunnelId, profile, ...ends };
    this.#context.observers.callFailed({ ...call, tunnel, user: this.#user }, reason, this.service.io.now());
  }

  get state(): SessionInfo['state'] {
    const phase = this.ppp?.phase ?? 'initial';
    if (this.ended || phase === 'dead') return 'closing';
    if (this.#takenOver) return this.#up ? 'forwarded' : 'forwarding';
    if (phase === 'initial') return 'lcp';
    // Up is more than an open NCP: the counters and the interface are there.
    return phase === 'open' && !this.#up ? 'network' : phase;
  }

  #authenticate(id: number, credentials: Credentials | undefined, now: number): void {
    const { forwarder } = this.#context;
    // A user who authenticates again stays where the session is.
    if (forwarder !== undefined && this.#grant === undefined) {
      this.#name(credentials?.user);
      if (this.#follow(forwarder.decide(credentials?.user ?? '', this.callContext), now)) return;
    }
    if (credentials === undefined) {
      this.#answered(id, { result: { kind: 'accept' }, policy: {} }, now);
      return;
    }
    if (this.#grant !== undefined && this.#grant.user !== credentials.user) {
      // What this session has belongs to the user who was there first.
      const reason = `the session is of another user than ${JSON.stringify(credentials.user)}`;
      this.#answered(id, { result: { kind: 'reject' }, reason }, now);
      return;
    }
    this.#name(credentials.user);
    const pending = new PendingAuthentication(credentials, this.callContext);
    this.#pending = pending;
    ask(this.#context.authenticator, pending, (answer) => {
      if (this.#pending !== pending || this.ended) return;
      this.#pending = undefined;
      this.#context.sessionWaits(this, false);
      this.#answered(id, answer, this.service.io.now());
    });
    if (this.#pending === pending) this.#context.sessionWaits(this, true);
  }

  #name(user: string | undefined): void {
    this.#user = user;
    if (user !== undefined) this.#context.sessionNamed(this);
  }

  /** Carries the subscriber on, or refuses it. @returns false where it is to be terminated here */
  #follow(decision: ForwardingDecision, now: number): boolean {
    if (decision.kind === 'refuse') this.#refuse('administrative', decision.reason, now);
    if (decision.kind === 'forward') this.#forwarding = decision.begin(this, now);
    return decision.kind !== 'local';
  }

  #answered(id: number, answer: AuthenticationAnswer, now: number): void {
    try {
      this.#apply(id, answer, now);
    } catch (error) {
      // Answers come from outside: hooks, user databases.
      this.#refuse('administrative', error instanceof Error ? error.message : String(error), now);
    }
    this.touch();
  }

  #apply(id: number, { result, policy = {}, reason }: AuthenticationAnswer, now: number): void {
    if (result.kind === 'reject' && reason !== undefined) {
      this.service.log.warn({ ...this.logFields(), reason }, 'subscriber refused');
    }
    // A user who authenticates again keeps what the session has.
    if (result.kind === 'accept' && this.#grant === undefined) {
      if (policy.tunnels !== undefined && policy.tunnels.length > 0) {
        this.#carriedPolicy = policy;
        this.#limits.endAfter(policy.sessionTimeout ?? 0, now);
        this.#follow(this.#decideByTunnels(policy.tunnels), now);
        return;
      }
      const grant = this.#context.grant(this.#user ?? '', this, policy);
      if ('refused' in grant) {
        this.#refuse(grant.cause, grant.refused, now);
        return;
      }
      this.#grant = grant;
      this.#holdsGrant = true;
      this.#limits.endAfter(policy.sessionTimeout ?? 0, now);
    }
    this.ppp?.handleAuthResult(id, result, this.#grant?.network, now);
  }

  #decideByTunnels(tunnels: readonly TunnelChoice[]): ForwardingDecision {
    const { forwarder } = this.#context;
    return (
      forwarder?.decideByTunnels(tunnels, this.#user ?? '', this.callContext) ?? {
        kind: 'refuse',
        reason: 'the subscriber is to be carried on in a tunnel, and this server is no LAC',
      }
    );
  }

  #refuse(cause: DisconnectReason, reason: string, now: number): void {
    this.service.log.warn({ ...this.logFields(), reason }, 'subscriber refused');
    this.ppp?.close(disconnectCause(cause, Direction.Local, 0, reason), now);
  }

  #networkUp(event: Extract<PppEvent, { kind: 'network-up' }>, now: number): void {
    if (event.protocol === 'ccp') {
      this.#mppe = describeMppe(event.parameters.send ?? event.parameters.receive ?? 0);
      this.#mtu = event.parameters.mtu;
      this.openMppe(this.ppp?.options.mppe.mode === 'require');
      return;
    }
    if (event.protocol === 'ipcp') {
      const { local, peer } = event.parameters;
      this.updateAddresses({ ipv4: { local: formatIpv4(local), peer: formatIpv4(peer) } });
    } else {
      const { localInterfaceId, peerInterfaceId } = event.parameters;
      this.#interfaceId = peerInterfaceId;
      this.updateAddresses({
        ipv6: {
          localInterfaceId: interfaceIdBytes(localInterfaceId),
          peerInterfaceId: interfaceIdBytes(peerInterfaceId),
        },
      });
      this.#announce(localInterfaceId, now);
    }
    if (this.#up) return;
    const { address, interfaceName } = this;
    this.#comeUp('session up', { address, interface: interfaceName, method: this.#method }, now);
  }

  #comeUp(message: string, fields: LogFields, now: number): void {
    this.#up = true;
    this.#limits.noteActivity(now);
    this.setUp.mark('up', now);
    this.#context.sessionOpened(this);
    this.service.log.info({ ...this.logFields(), ...fields }, message);
    this.#context.emit('session-up', this.info(), this.setUp.get());
    this.#context.observers.sessionUp(this, now);
  }

  /** IPv6 is up: the subscriber hears of its prefixes. */
  #announce(localInterfaceId: bigint, now: number): void {
    const unit = this.kernel?.unit;
    const grant = this.#grant;
    if (unit === undefined || grant?.ipv6 === undefined || !hasIpv6(grant.ipv6)) return;
    this.#link = {
      interfaceIndex: unit.index,
      netns: grant.policy.netns,
      localInterfaceId,
      mtu: this.#mtu ?? 1280,
      grant: grant.ipv6,
    };
    this.#context.links.add(this.#link, now);
  }

  #end(reason: DisconnectReason, text: string): void {
    const cause = disconnectCause(reason, Direction.Local, 0, text);
    this.#endReason ??= pppEndReason(cause);
    this.end(cause);
  }
}

/** What of an event may be logged: causes and plain values, never keys. */
function loggable(event: PppEvent): LogFields {
  switch (event.kind) {
    case 'lcp-up':
      return { mru: event.mru, peerMru: event.peerMru, auth: event.authMethod, proxied: event.proxied };
    case 'identification':
      return { text: event.text };
    case 'closing':
      return { cause: event.cause.text };
    case 'renegotiating':
      return { by: event.by };
    case 'network-down':
      return { protocol: event.protocol };
    default:
      return {};
  }
}
