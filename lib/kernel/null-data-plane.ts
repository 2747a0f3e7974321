import type {
  CapturedPacket,
  DataPlane,
  DataPlanePppoeOptions,
  DataPlaneSession,
  DataPlaneSessionOptions,
  DataPlaneTunnel,
  DataPlaneTunnelOptions,
  MppeSetup,
  PacketCapture,
  PppUnit,
  PppUnitOptions,
  FinalStats,
  Ipv6Stats,
  SessionStats,
  StatsTable,
  UnitChange,
} from './data-plane.js';
import { noStats, sessionStatsKey } from './stats.js';

/** One call that a {@link NullDataPlane} got. */
export interface NullCall {
  readonly operation:
    | 'openTunnel'
    | 'openPppoe'
    | 'closeTunnel'
    | 'addSession'
    | 'addPppSession'
    | 'attachPpp'
    | 'updatePpp'
    | 'prepareMppe'
    | 'openMppe'
    | 'bridge'
    | 'closeSession';
  readonly tunnelId: number;
  readonly sessionId?: number;
  readonly unit?: Partial<PppUnitOptions>;
  readonly removedRoutes?: UnitChange['removedRoutes'];
  readonly mppe?: MppeSetup;
}

export interface NullDataPlaneOptions {
  /** Keep every call in {@link NullDataPlane.calls}, for tests; without end. Default false. */
  readonly record?: boolean;
  /** Says of each call whether and how it fails. */
  readonly fail?: (call: NullCall) => Error | undefined;
  /** Runs before each call is answered: wait here to let other things happen first. */
  readonly before?: (call: NullCall) => Promise<void> | void;
}

const noTunnel: DataPlaneTunnelOptions = {
  local: { address: '', port: 0 },
  peer: { address: '', port: 0 },
  tunnelId: 0,
  peerTunnelId: 0,
  socket: 0,
};

/** A data plane without a kernel: knows what is open, and on request what was asked of it. */
export class NullDataPlane implements DataPlane {
  /** What was asked, with {@link NullDataPlaneOptions.record}. */
  readonly calls: NullCall[] = [];
  readonly tunnels = new Map<number, NullTunnel>();
  /** What {@link NullDataPlane.interfaceStats} answers, by interface index. */
  readonly counters = new Map<number, SessionStats>();
  /** What of them was IPv6. */
  readonly ipv6Counters = new Map<number, Ipv6Stats>();
  /** What {@link NullDataPlane.sessionStats} answers, by {@link NullSession.statsKey}. */
  readonly sessionCounters = new Map<number, SessionStats>();
  readonly #options: NullDataPlaneOptions;
  /** PPPoE sessions, as if they were in a tunnel without id. */
  readonly #pppoe = new NullTunnel(this, noTunnel);
  #next = 1;

  constructor(options: NullDataPlaneOptions = {}) {
    this.#options = options;
  }

  /** Open sessions of all tunnels. */
  get sessions(): NullSession[] {
    return [this.#pppoe, ...this.tunnels.values()].flatMap((tunnel) => [...tunnel.sessions.values()]);
  }

  async openTunnel(options: DataPlaneTunnelOptions): Promise<NullTunnel> {
    await this.note({ operation: 'openTunnel', tunnelId: options.tunnelId });
    if (this.tunnels.has(options.tunnelId)) throw new Error(`tunnel ${options.tunnelId} exists`);
    const tunnel = new NullTunnel(this, options);
    this.tunnels.set(options.tunnelId, tunnel);
    return tunnel;
  }

  /** The session's options tell only its id and sink. */
  async openPppoe(options: DataPlanePppoeOptions, unit?: PppUnitOptions): Promise<NullSession> {
    const { sessionId, sink } = options;
    await this.note({ operation: 'openPppoe', tunnelId: 0, sessionId, ...(unit && { unit }) });
    if (this.#pppoe.sessions.has(sessionId)) throw new Error(`PPPoE session ${sessionId} exists`);
    const session = new NullSession(
      this.#pppoe,
      { sessionId, peerSessionId: sessionId, lnsMode: true, sink },
      unit,
    );
    this.#pppoe.sessions.set(sessionId, session);
    return session;
  }

  interfaceStats(): Promise<StatsTable> {
    return Promise.resolve(new Map(this.counters));
  }

  sessionStats(): Promise<ReadonlyMap<number, SessionStats>> {
    return Promise.resolve(new Map(this.sessionCounters));
  }

  setMulticast(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.all(Array.from([this.#pppoe, ...this.tunnels.values()], (tunnel) => tunnel.close()));
  }

  /** A number that nothing else here has: a descriptor or an interface index. */
  number(): number {
    return this.#next++;
  }

  /** Answers a call, and fails it where the options say so. */
  async note(call: NullCall): Promise<void> {
    if (this.#options.record === true) this.calls.push(call);
    await this.#options.before?.(call);
    const error = this.#options.fail?.(call);
    if (error !== undefined) throw error;
  }
}

export class NullTunnel implements DataPlaneTunnel {
  readonly plane: NullDataPlane;
  readonly options: DataPlaneTunnelOptions;
  readonly sessions = new Map<number, NullSession>();
  #closing: Promise<void> | undefined;

  constructor(plane: NullDataPlane, options: DataPlaneTunnelOptions) {
    this.plane = plane;
    this.options = options;
  }

  get tunnelId(): number {
    return this.options.tunnelId;
  }

  addSession(options: DataPlaneSessionOptions): Promise<NullSession> {
    return this.#add(options, undefined);
  }

  addPppSession(options: DataPlaneSessionOptions, unit: PppUnitOptions): Promise<NullSession> {
    return this.#add(options, unit);
  }

  stats(): Promise<SessionStats> {
    return Promise.resolve(noStats);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #add(options: DataPlaneSessionOptions, unit: PppUnitOptions | undefined): Promise<NullSession> {
    const { sessionId } = options;
    await this.plane.note({
      operation: unit === undefined ? 'addSession' : 'addPppSession',
      tunnelId: this.tunnelId,
      sessionId,
      ...(unit && { unit }),
    });
    if (this.#closing !== undefined) throw new Error(`tunnel ${this.tunnelId} is closed`);
    if (this.sessions.has(sessionId)) throw new Error(`session ${sessionId} exists`);
    const session = new NullSession(this, options, unit);
    this.sessions.set(sessionId, session);
    return session;
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.sessions.values(), (session) => session.close()));
    this.plane.tunnels.delete(this.tunnelId);
    await this.plane.note({ operation: 'closeTunnel', tunnelId: this.tunnelId });
  }
}

export class NullSession implements DataPlaneSession {
  readonly tunnel: NullTunnel;
  readonly options: DataPlaneSessionOptions;
  readonly channel: number;
  /** What was asked for the interface, and what was added since. */
  unitOptions: Partial<PppUnitOptions> | undefined;
  /** The other session of a bridge. */
  bridged: NullSession | undefined;
  /** What a capture is handed next, and the captures that are open. */
  readonly captured: CapturedPacket[] = [];
  readonly captures = new Set<PacketCapture>();
  #unit: PppUnit | undefined;
  #closing: Promise<FinalStats | undefined> | undefined;

  constructor(tunnel: NullTunnel, options: DataPlaneSessionOptions, unit: PppUnitOptions | undefined) {
    this.tunnel = tunnel;
    this.options = options;
    this.channel = tunnel.plane.number();
    if (unit !== undefined) this.#attach(unit);
  }

  get sessionId(): number {
    return this.options.sessionId;
  }

  get statsKey(): number {
    return sessionStatsKey(this.tunnel.tunnelId, this.sessionId);
  }

  get unit(): PppUnit | undefined {
    return this.#unit;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  async attachPpp(unit: PppUnitOptions): Promise<PppUnit> {
    await this.#note('attachPpp', { unit });
    if (this.#unit !== undefined) throw new Error(`session ${this.sessionId} has an interface already`);
    return this.#attach(unit);
  }

  async updatePpp({ removedRoutes, ...change }: UnitChange): Promise<void> {
    await this.#note('updatePpp', { unit: change, ...(removedRoutes && { removedRoutes }) });
    this.unitOptions = { ...this.unitOptions, ...change };
  }

  prepareMppe(mppe: MppeSetup): Promise<void> {
    return this.#note('prepareMppe', { mppe });
  }

  openMppe(): Promise<void> {
    return this.#note('openMppe', {});
  }

  async bridge(other: NullSession): Promise<void> {
    await this.#note('bridge', {});
    for (const one of [this, other]) {
      if (one.unit !== undefined) throw new Error(`session ${one.sessionId} has an interface`);
      if (one.bridged !== undefined) throw new Error(`session ${one.sessionId} is bridged already`);
    }
    this.bridged = other;
    other.bridged = this;
  }

  stats(): Promise<SessionStats> {
    const carried = this.tunnel.plane.sessionCounters.get(this.statsKey);
    return carried === undefined ? this.unitStats() : Promise.resolve(carried);
  }

  unitStats(): Promise<SessionStats> {
    return Promise.resolve(this.tunnel.plane.counters.get(this.#unit?.index ?? 0) ?? noStats);
  }

  ipv6Stats(): Promise<Ipv6Stats | undefined> {
    return Promise.resolve(this.tunnel.plane.ipv6Counters.get(this.#unit?.index ?? 0));
  }

  capture(): PacketCapture {
    if (this.#unit === undefined) throw new Error(`session ${this.sessionId} has no interface`);
    const { captured, captures } = this;
    const capture = {
      dropped: 0,
      read: (take: (packet: CapturedPacket) => void): void => captured.splice(0).forEach(take),
      close: (): void => void captures.delete(capture),
    };
    captures.add(capture);
    return capture;
  }

  close(): Promise<FinalStats | undefined> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<FinalStats | undefined> {
    if (this.bridged !== undefined) this.bridged.bridged = undefined;
    this.bridged = undefined;
    this.tunnel.sessions.delete(this.sessionId);
    await this.#note('closeSession', {});
    if (this.#unit === undefined) return undefined;
    return { ...(await this.unitStats()), ipv6: await this.ipv6Stats() };
  }

  #attach(unit: PppUnitOptions): PppUnit {
    const index = this.tunnel.plane.number();
    this.unitOptions = unit;
    this.#unit = {
      name: unit.name ?? `ppp${index}`,
      index,
      statsKey: index,
      descriptor: this.tunnel.plane.number(),
    };
    return this.#unit;
  }

  #note(
    operation: NullCall['operation'],
    extra: Pick<NullCall, 'unit' | 'mppe' | 'removedRoutes'>,
  ): Promise<void> {
    return this.tunnel.plane.note({
      operation,
      tunnelId: this.tunnel.tunnelId,
      sessionId: this.sessionId,
      ...extra,
    });
  }
}
