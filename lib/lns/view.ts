import type { TunnelLink, TunnelService } from '../tunnels/index.js';
import type { CounterReader } from './counter-reader.js';
import type { LnsStatistics, SessionDetail, SessionInfo, SessionTable, TunnelInfo } from './info.js';
import { type LimitHits, type LimitInfo, limitInfos, type LimitName } from './limits.js';
import type { LnsSession } from './lns-session.js';
import type { LacSettings, LnsSettings } from './settings.js';
import type { Timeline, TimelineEntry, TimelineOwner } from './timeline.js';

/** What a view shows. */
export interface ViewHost {
  readonly service: TunnelService;
  readonly settings: LnsSettings;
  /** By their id, in the order in which they began. */
  readonly sessions: ReadonlyMap<string, LnsSession>;
  /** Those of them that are not up yet. */
  readonly inProgress: ReadonlySet<LnsSession>;
  readonly counters: CounterReader;
  readonly timeline: Timeline;
  readonly limitHits: LimitHits;
  lacOf(link: TunnelLink): LacSettings;
  /** The most sessions that one user has. */
  mostSessionsOfUser(): number;
}

/** Ended sessions whose time line can still be asked for. */
const endedKept = 500;

/** Tunnels, sessions, limits and numbers as operators and the library see them. */
export class LnsView {
  readonly #host: ViewHost;
  /** Of the last sessions that ended, what their time lines are found by. */
  readonly #ended = new Map<string, TimelineOwner>();

  constructor(host: ViewHost) {
    this.#host = host;
  }

  sessionEnded({ id, serial, setUp }: LnsSession): void {
    this.#ended.set(id, { serial, setUp });
    if (this.#ended.size <= endedKept) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  tunnels(): TunnelInfo[] {
    return [...this.#host.service.links.values()]
      .filter((link) => link.tunnel.established)
      .map((link) => this.tunnel(link));
  }

  tunnel(link: TunnelLink): TunnelInfo {
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
      profile: this.#host.lacOf(link).name,
      sessions: link.calls.size,
      since: link.since,
      backlog: tunnel.backlog,
      ...this.#host.counters.traffic.of(tunnel.localTunnelId),
    };
  }

  async sessions(): Promise<SessionInfo[]> {
    await this.#host.counters.read(0);
    return Array.from(this.#host.sessions.values(), (session) => session.info());
  }

  /** @param maxAge how old the counters may be, in ms */
  async sessionTable(maxAge: number): Promise<SessionTable> {
    const { counters, service } = this.#host;
    const readAt = await counters.read(maxAge);
    const sessions = [...this.#host.sessions.values()];
    const sessionAt = (index: number): LnsSession => {
      const session = sessions[index];
      if (session === undefined) throw new RangeError(`there is no session ${index}`);
      return session;
    };
    return {
      size: sessions.length,
      countersAt: Date.now() - (service.io.now() - readAt),
      facts: sessionAt,
      at: (index) => sessionAt(index).info(),
    };
  }

  /** With counters of this moment. */
  async session(id: string): Promise<SessionDetail | undefined> {
    const session = this.#host.sessions.get(id);
    if (session === undefined) return undefined;
    const reading = session.forwardedStats() ?? session.kernel?.unitStats();
    const stats = await reading?.catch(() => undefined);
    const timeline = this.#host.timeline.of(session);
    return { ...session.info(stats), setUp: session.setUp.get(), timeline };
  }

  timeline(id: string): readonly TimelineEntry[] | undefined {
    const owner = this.#host.sessions.get(id) ?? this.#ended.get(id);
    return owner && this.#host.timeline.of(owner);
  }

  statistics(): LnsStatistics {
    const { service, sessions, inProgress, counters } = this.#host;
    const { endpoint, kernelWork, links } = service;
    const { rxRate, txRate } = counters.traffic.total;
    let tunnels = 0;
    let backlog = 0;
    for (const { tunnel } of links.values()) {
      if (tunnel.established) tunnels += 1;
      backlog += tunnel.backlog;
    }
    return {
      sessions: sessions.size,
      sessionsUp: sessions.size - inProgress.size,
      callsInProgress: inProgress.size,
      tunnels,
      halfOpenTunnels: endpoint.halfOpenCount,
      backlog,
      kernelOperations: kernelWork.pending,
      rxRate,
      txRate,
      l2tp: endpoint.counters,
    };
  }

  limits(): LimitInfo[] {
    const { service, settings, inProgress, limitHits } = this.#host;
    const { endpoint, links } = service;
    const { limitedTunnels, limitedHalfOpen } = endpoint.counters;
    const ofTunnels: Partial<Record<LimitName, number>> = {
      maxTunnels: limitedTunnels - limitedHalfOpen,
      maxHalfOpenTunnels: limitedHalfOpen,
    };
    return limitInfos(settings, {
      now: service.io.now(),
      callsInProgress: inProgress.size,
      tunnels: endpoint.establishedCount,
      halfOpenTunnels: endpoint.mostHalfOpen,
      sessionsOfUser: this.#host.mostSessionsOfUser(),
      sessionsOfTunnels: Array.from(links.values(), (link) => [this.#host.lacOf(link), link.calls.size]),
      refused: (name, profile) => ofTunnels[name] ?? limitHits.of(name, profile),
    });
  }
}
