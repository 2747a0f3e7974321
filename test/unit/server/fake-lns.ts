import { EventEmitter } from 'node:events';
import { Counters } from '../../../lib/l2tp/index.js';
import { OutgoingCallError } from '../../../lib/lns/index.js';
import type {
  LnsEvents,
  LnsInfo,
  LnsOptions,
  LimitInfo,
  LnsStatistics,
  MonitoredSession,
  MonitorListener,
  PoolInfo,
  PreparedOptions,
  SessionDetail,
  SessionSelector,
  SessionTable,
  TimelineEntry,
} from '../../../lib/lns/index.js';
import { optionChanges } from '../../../lib/lns/option-changes.js';
import type { ManagedLns } from '../../../lib/server/index.js';
import type { SessionInfo, TunnelInfo } from '../../../lib/server/remote.js';

type Filter = Parameters<ManagedLns['disconnect']>[0];

export function tunnel(change: Partial<TunnelInfo> = {}): TunnelInfo {
  return {
    tunnelId: 17,
    peerTunnelId: 4,
    state: 'established',
    peerAddress: '192.0.2.7',
    peerPort: 1701,
    localAddress: '192.0.2.1',
    peerHostName: 'lac.example.net',
    peerVendorName: 'xelerance.com',
    profile: undefined,
    sessions: 1,
    since: 0,
    backlog: 0,
    rxRate: 0,
    txRate: 0,
    ...change,
  };
}

export function session(change: Partial<SessionInfo> = {}): SessionInfo {
  return {
    id: 'x1-1',
    bearer: 'l2tp',
    sessionId: 100,
    peerSessionId: 7,
    tunnelId: 17,
    state: 'open',
    user: 'alice',
    address: '10.65.1.1',
    interfaceName: 'ppp0',
    callingNumber: undefined,
    peerAddress: '192.0.2.7',
    authMethod: 'mschapv2',
    mppe: undefined,
    mtu: 1460,
    since: 0,
    rxBytes: 123_456,
    rxPackets: 789,
    txBytes: 9_876_543,
    txPackets: 8765,
    rxRate: 1000,
    txRate: 2000,
    ...change,
  };
}

/** An LNS that only remembers what it was told. */
export class FakeLns implements ManagedLns {
  tunnelList: TunnelInfo[] = [tunnel()];
  sessionList: SessionInfo[] = [session()];
  serverList: LnsInfo[] = [];
  poolList: PoolInfo[] = [{ name: 'main', size: 10, used: 1, free: 9 }];
  readonly events = new EventEmitter<LnsEvents>();
  readonly calls: string[] = [];
  readonly disconnected: { filter: Filter; reason: string | undefined }[] = [];
  readonly closed: (number | undefined)[] = [];
  /** What the methods do instead of what they should. */
  startError: Error | undefined;
  sessionsError: Error | undefined;
  prepareError: Error | undefined;
  captureError: Error | undefined;
  readonly watches = new Set<{ readonly selector: SessionSelector; readonly listener: MonitorListener }>();
  options: LnsOptions = {};
  closing: Promise<void> = Promise.resolve();

  on<E extends keyof LnsEvents>(event: E, listener: (...parameters: LnsEvents[E]) => void): this {
    this.events.on<E>(event, listener as never);
    return this;
  }

  async start(): Promise<void> {
    this.calls.push('start');
    await Promise.resolve();
    if (this.startError !== undefined) throw this.startError;
  }

  tunnels(): TunnelInfo[] {
    return this.tunnelList;
  }

  limits(): LimitInfo[] {
    return [
      { name: 'maxSessions', limit: 100, used: 3, refused: 2 },
      { name: 'callRate', profile: 'isp', limit: 20, perSecond: 10, used: 1, refused: 0 },
    ];
  }

  pools(): PoolInfo[] {
    return this.poolList;
  }

  servers(): LnsInfo[] {
    return this.serverList;
  }

  async sessionTable(): Promise<SessionTable> {
    await Promise.resolve();
    if (this.sessionsError !== undefined) throw this.sessionsError;
    const list = this.sessionList;
    return {
      size: list.length,
      countersAt: 1000,
      at: (index) => list[index] as SessionInfo,
      facts: (index) => list[index] as SessionInfo,
    };
  }

  async session(id: string): Promise<SessionDetail | undefined> {
    await Promise.resolve();
    const found = this.sessionList.find((one) => one.id === id);
    return found && { ...found, setUp: { call: 0, up: 120 }, timeline: this.timeline() };
  }

  timeline(): TimelineEntry[] {
    return [{ after: 0, kind: 'step', text: 'call' }];
  }

  watch(selector: SessionSelector, listener: MonitorListener): () => void {
    const watch = { selector, listener };
    this.watches.add(watch);
    return () => this.watches.delete(watch);
  }

  monitored(id: string): MonitoredSession | undefined {
    const found = this.sessionList.find((one) => one.id === id);
    if (found === undefined) return undefined;
    return {
      ...found,
      capture: () => {
        if (this.captureError !== undefined) throw this.captureError;
        return { dropped: 0, read: () => undefined, close: () => void this.calls.push('capture closed') };
      },
    };
  }

  statistics(): LnsStatistics {
    return {
      sessions: this.sessionList.length,
      sessionsUp: this.sessionList.filter(({ state }) => state === 'open').length,
      callsInProgress: 0,
      tunnels: this.tunnelList.length,
      halfOpenTunnels: 0,
      backlog: 0,
      kernelOperations: 0,
      rxRate: 3000,
      txRate: 4000,
      l2tp: new Counters(),
    };
  }

  setDraining(draining: boolean): void {
    this.calls.push(draining ? 'drain' : 'undrain');
  }

  prepare(options: LnsOptions): PreparedOptions {
    if (this.prepareError !== undefined) throw this.prepareError;
    return {
      ...optionChanges(this.options, options),
      commit: () => {
        this.options = options;
        this.calls.push('commit');
      },
    };
  }

  disconnect(filter: Filter, reason?: string): number {
    this.disconnected.push({ filter, reason });
    return this.sessionList.filter(({ user }) => filter.all === true || user === filter.user).length;
  }

  async call(): Promise<SessionInfo> {
    await Promise.resolve();
    throw new OutgoingCallError('busy', 'the called party is busy');
  }

  async close(options: { readonly timeout?: number } = {}): Promise<void> {
    this.calls.push('close');
    this.closed.push(options.timeout);
    await this.closing;
  }
}
