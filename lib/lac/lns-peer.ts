import type { FrameSink, Timed } from '../io/index.js';
import { type IncomingCallFields, PlacementError, stopResult } from '../l2tp/index.js';
import type { LnsInfo } from '../lns/index.js';
import { L2tpBearer, type TunnelLink, type TunnelRole, type TunnelService } from '../tunnels/index.js';
import { matchesGlob } from '../wire/index.js';
import { LnsHealth } from './lns-health.js';
import type { Candidate } from './selection.js';
import type { PeerSettings } from './settings.js';

/** One LNS of a group: its health, and the tunnels to it. */
export class LnsPeer implements Candidate {
  readonly settings: PeerSettings;
  readonly health: LnsHealth;
  readonly #service: TunnelService;
  readonly #role: TunnelRole;
  readonly #opened: (link: TunnelLink) => void;
  readonly #tunnels = new Map<TunnelLink, IdleWatch>();

  /**
   * @param role decides about the tunnels and their calls
   * @param opened hears of each tunnel before anything happens to it
   */
  constructor(
    settings: PeerSettings,
    service: TunnelService,
    role: TunnelRole,
    opened: (link: TunnelLink) => void,
  ) {
    this.settings = settings;
    this.health = new LnsHealth(settings.retry);
    this.#service = service;
    this.#role = role;
    this.#opened = opened;
  }

  get priority(): number {
    return this.settings.priority;
  }

  get weight(): number {
    return this.settings.weight;
  }

  get sessions(): number {
    let sum = 0;
    for (const link of this.#tunnels.keys()) sum += link.calls.size;
    return sum;
  }

  get tunnels(): number {
    return this.#tunnels.size;
  }

  get hasRoom(): boolean {
    const { maxSessions, maxTunnels } = this.settings;
    if (this.sessions >= maxSessions) return false;
    return this.#tunnels.size < maxTunnels || this.#roomyTunnel() !== undefined;
  }

  info(now: number): LnsInfo {
    const { group, remote, priority, weight } = this.settings;
    const { aside } = this.health;
    const waiting = aside !== undefined && aside.until > now;
    return {
      group,
      address: remote.address,
      port: remote.port,
      priority,
      weight,
      state: aside === undefined ? 'up' : waiting ? 'aside' : 'trial',
      reason: aside?.reason,
      retryIn: waiting ? Math.ceil((aside.until - now) / 1000) : undefined,
      tunnels: this.#tunnels.size,
      sessions: this.sessions,
    };
  }

  /**
   * Asks the LNS for a call, in a tunnel with room or a new one.
   * @param sink gets the frames of the call
   * @throws PlacementError, RangeError when that cannot be, AvpValueError for a value that its AVP cannot hold
   */
  place(sink: FrameSink, fields: IncomingCallFields, now: number): L2tpBearer {
    const link = this.#roomyTunnel() ?? this.#open();
    const call = link.tunnel.placeIncomingCall(fields, now);
    const bearer = new L2tpBearer(this.#service, link, call);
    bearer.sink = sink;
    this.health.beginCall();
    this.#service.touchLink(link);
    return bearer;
  }

  /** The call is over: a tunnel without calls is closed after a while. */
  release(bearer: L2tpBearer): void {
    bearer.release();
    this.#tunnels.get(bearer.link)?.start();
  }

  /** Why a tunnel that is up is not to be used; it ends then. */
  refusal(link: TunnelLink): string | undefined {
    const expected = this.settings.hostName;
    const actual = link.tunnel.peer?.hostName ?? '';
    if (expected === undefined || matchesGlob(expected, actual)) return undefined;
    return `its host name is ${JSON.stringify(actual)}`;
  }

  handleTunnelUp(link: TunnelLink): void {
    this.#tunnels.get(link)?.start();
  }

  handleTunnelDown(link: TunnelLink): void {
    this.#tunnels.get(link)?.stop();
    this.#tunnels.delete(link);
  }

  #roomyTunnel(): TunnelLink | undefined {
    for (const link of this.#tunnels.keys())
      if (link.calls.size < this.settings.maxSessionsPerTunnel) return link;
    return undefined;
  }

  #open(): TunnelLink {
    const { remote, localAddress, dscp, profile, maxTunnels, idleTimeout } = this.settings;
    if (this.#tunnels.size >= maxTunnels) throw new PlacementError('all tunnels are full');
    const link = this.#service.connect(remote, profile, { role: this.#role, localAddress, dscp });
    this.#opened(link);
    this.#tunnels.set(link, new IdleWatch(this.#service, link, idleTimeout));
    return link;
  }
}

/** Closes a tunnel that has had no calls for a while. */
class IdleWatch implements Timed {
  readonly #service: TunnelService;
  readonly #link: TunnelLink;
  readonly #idleTimeout: number;

  constructor(service: TunnelService, link: TunnelLink, idleTimeout: number) {
    this.#service = service;
    this.#link = link;
    this.#idleTimeout = idleTimeout;
  }

  start(): void {
    if (this.#link.calls.size > 0) return;
    this.#service.io.timers.schedule(this, this.#service.io.now() + this.#idleTimeout);
  }

  stop(): void {
    this.#service.io.timers.schedule(this, undefined);
  }

  handleTimeout(now: number): void {
    if (this.#link.calls.size > 0) return;
    this.#link.tunnel.close({ resultCode: stopResult.generalRequest, message: 'no sessions' }, now);
    this.#service.touchLink(this.#link);
  }
}
