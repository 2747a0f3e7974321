import type {
  AssignedIpv6,
  CallContext,
  OnwardTunnel,
  PolicyChange,
  SubscriberPolicy,
  SubscriberSession,
  TrafficCounters,
} from '../aaa/index.js';
import { turnDate } from '../io/index.js';
import type { FinalStats, PacketCapture, SessionStats, StatsTable } from '../kernel/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import {
  describeMppe,
  Direction,
  disconnectCause,
  formatInterfaceId,
  interfaceIdBytes,
  PppSession,
} from '../ppp/index.js';
import type { AuthMethod, DisconnectCause, DisconnectReason, PppEvent, PppStart } from '../ppp/index.js';
import {
  type Bearer,
  type BearerSequencing,
  type EndReason,
  type LegEnd,
  type LogFields,
  PppCall,
  pppEndReason,
} from '../tunnels/index.js';
import { withoutUnaskedCompression } from './field-compression.js';
import type { ForwardedSubscriber, Forwarding, ForwardingInfo } from './forwarder.js';
import type { Grant } from './grants.js';
import type { SessionFacts, SessionInfo } from './info.js';
import type { LnsContext } from './lns-context.js';
import { SessionCounters } from './session-counters.js';
import { isOverQuota, SessionLimits } from './session-limits.js';
import { limitPayload } from './payload-limit.js';
import { hasIpv6 } from './ipv6-grants.js';
import { callContext, failedCall, loggable, sessionInfo } from './session-report.js';
import { routesOf, unitChange, unitOptions } from './session-network.js';
import type { LacSettings } from './settings.js';
import { SetUpTimes } from './set-up-times.js';
import { Subscriber } from './subscriber.js';
import type { SubscriberLink } from './subscriber-links.js';
import type { TrafficMeter } from './traffic-meter.js';
import { formatIpv4 } from '../wire/index.js';

const unsequenced: BearerSequencing = {};

/** One subscriber's session: its PPP, who it is and what it was given, or where it is carried on to. */
export class LnsSession extends PppCall implements SubscriberSession, SessionFacts, ForwardedSubscriber {
  /** Changes with the server's options, for what is still to be decided. */
  lac: LacSettings;
  readonly id: string;
  readonly since = turnDate();
  /** Counts sessions from 1. */
  readonly serial: number;
  readonly setUp: SetUpTimes;
  readonly #context: LnsContext;
  readonly #subscriber: Subscriber;
  #mppe: string | undefined;
  #mtu: number | undefined;
  /** The subscriber's, once IPV6CP is open. */
  #interfaceId: bigint | undefined;
  /** Kept after the call in it has ended, for the record of the session's end. */
  onwardTunnel: OnwardTunnel | undefined;
  /** Where router advertisements go. */
  #link: SubscriberLink | undefined;
  #forwarding: Forwarding | undefined;
  /** PPP is between the subscriber and another server. */
  #takenOver = false;
  /** Why the subscriber's own link ended, for the call to the other server. */
  #ending: LegEnd | undefined;
  #forwardingEnded: Promise<SessionStats | undefined> | undefined;
  #up = false;
  #endReason: EndReason | undefined;
  readonly #limits = new SessionLimits();
  readonly #counters = new SessionCounters();

  constructor(context: LnsContext, bearer: Bearer, lac: LacSettings) {
    super(context.service, bearer);
    this.#context = context;
    this.lac = lac;
    this.serial = context.nextSerial();
    this.id = context.sessionId(this.serial);
    this.#subscriber = new Subscriber(context, this);
    this.setUp = new SetUpTimes(context.service.io.now());
    context.enterSession(this);
  }

  get user(): string | undefined {
    return this.#subscriber.user;
  }

  get authMethod(): AuthMethod | undefined {
    return this.#subscriber.method;
  }

  get policy(): SubscriberPolicy | undefined {
    return this.#subscriber.policy;
  }

  /** It has an address, or could have: it is terminated here. */
  get hasGrant(): boolean {
    return this.#subscriber.grant !== undefined;
  }

  get mppe(): string | undefined {
    return this.#mppe;
  }

  get mtu(): number | undefined {
    return this.#mtu;
  }

  /** Where another server has the subscriber. */
  get forwardedTo(): ForwardingInfo | undefined {
    return this.#forwarding?.info;
  }

  get interfaceName(): string | undefined {
    return this.kernel?.unit?.name;
  }

  get interfaceIndex(): number | undefined {
    return this.kernel?.unit?.index;
  }

  get counters(): TrafficCounters {
    return this.#counters.all;
  }

  get ipv6Counters(): TrafficCounters | undefined {
    return this.#counters.ipv6;
  }

  get lostPackets(): number {
    return this.#counters.all.rxSeqDiscards;
  }

  readIpv6Counters(): Promise<void> | undefined {
    if (this.#interfaceId === undefined || this.kernel?.unit === undefined) return undefined;
    return this.#counters.readIpv6(this.kernel);
  }

  get callContext(): CallContext {
    const { tunnelId } = this;
    return callContext(this, tunnelId === undefined ? undefined : this.#context.tunnelKey(tunnelId));
  }

  get address(): string | undefined {
    return this.#subscriber.address;
  }

  get ipv6(): AssignedIpv6 {
    return {
      ...this.#subscriber.ipv6,
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
    return this.#counters.all.rxBytes;
  }

  get txBytes(): number {
    return this.#counters.all.txBytes;
  }

  get traffic(): TrafficMeter {
    return this.#counters.rates;
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
    const { user } = this.#subscriber;
    return { ...this.bearer.logFields, ...(user !== undefined && { user }) };
  }

  info(stats: TrafficCounters = this.#counters.all): SessionInfo {
    return sessionInfo(this, stats);
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

  /** Another server gets the subscriber, if it takes it. */
  carryOn(forwarding: Forwarding): void {
    this.#forwarding = forwarding;
  }

  /** @param seconds that the session may last from now on; 0: for ever */
  endAfter(seconds: number, now: number): void {
    this.#limits.endAfter(seconds, now);
  }

  /**
   * The counters of all, read in bulk: traffic keeps the echo away and the idle time-out.
   * @param interfaces by their `statsKey`
   * @param sessions of L2TP, by their `statsKey`
   */
  noteCounters(interfaces: StatsTable, sessions: StatsTable, now: number): void {
    const stats = this.#forwarding?.statsIn(sessions) ?? this.#interfaceStats(interfaces);
    if (stats !== undefined) {
      const { received, active } = this.#counters.note(stats, now);
      if (received) this.ppp?.noteActivity(now);
      if (active) {
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
    return key === undefined ? undefined : interfaces.get(key, this.#counters.all);
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
    const { grant } = this.#subscriber;
    if (grant === undefined || !this.#up || this.ended) {
      throw new Error('the session is not up');
    }
    await this.#changeUnit(grant, change);
    if (this.ended) return;
    const now = this.service.io.now();
    const policy = { ...grant.policy, ...change };
    this.#subscriber.regrant({ ...grant, policy, routes: routesOf(policy, grant.address, grant.ipv6) });
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
    if (possible === 'none' || (!required && !sequencing)) return unsequenced;
    return { sendSequence: true, receiveSequence: required, reorderTimeout };
  }

  protected override unitOptions(): ReturnType<typeof unitOptions> {
    const { policy = {}, routes = [] } = this.#subscriber.grant ?? {};
    return unitOptions(this.lac, policy, routes, this.bearer.facts);
  }

  protected override handlePppEvent(event: PppEvent, now: number): void {
    switch (event.kind) {
      case 'authenticate':
        this.setUp.mark('credentials', now);
        this.#subscriber.authenticate(event.id, event.credentials, now);
        return;
      case 'authenticated':
        this.#subscriber.method = event.method;
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
    const { cause, result } = this.#ending ?? { cause: disconnectCause('carrier-lost'), result: undefined };
    this.#forwardingEnded = this.#forwarding?.close(cause, result);
    this.#context.leaveSession(this);
    if (this.#link !== undefined) this.#context.links.remove(this.#link);
    this.#subscriber.release();
  }

  /** The session is over and its last counters are known. */
  protected override handleFinalStats(stats: FinalStats | undefined): void {
    if (this.#forwardingEnded === undefined) {
      this.#tellDown(stats, stats?.ipv6);
      return;
    }
    const told = this.#forwardingEnded.then((carried) => this.#tellDown(carried));
    this.service.kernelWork.track(told, () => undefined);
  }

  #tellDown(stats: SessionStats | undefined, ipv6?: TrafficCounters): void {
    const reason: EndReason = this.#endReason ?? { by: 'local', text: 'ended', cause: 'unknown' };
    this.service.log.info({ ...this.logFields(), address: this.address, ...reason }, 'session down');
    const wasUp = this.#up;
    this.#context.sessionEnded(this, reason);
    this.#up = false;
    this.#counters.end(stats, ipv6);
    this.#context.emit(
      wasUp ? 'session-down' : 'session-failed',
      { ...this.info(), state: 'closing' },
      reason,
    );
    const now = this.service.io.now();
    if (wasUp) {
      this.#context.observers.sessionDown(this, reason, now);
      return;
    }
    const failed = failedCall(this.callContext, this.user);
    if (failed !== undefined) this.#context.observers.callFailed(failed, reason, now);
  }

  get state(): SessionInfo['state'] {
    const phase = this.ppp?.phase ?? 'initial';
    if (this.ended || phase === 'dead') return 'closing';
    if (this.#takenOver) return this.#up ? 'forwarded' : 'forwarding';
    if (phase === 'initial') return 'lcp';
    // Up is more than an open NCP: the counters and the interface are there.
    return phase === 'open' && !this.#up ? 'network' : phase;
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
    this.#comeUp('session up', { address, interface: interfaceName, method: this.authMethod }, now);
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
    const { grant } = this.#subscriber;
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
