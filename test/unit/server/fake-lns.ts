import type { ManagedLns, SessionInfo, TunnelInfo } from '../../../lib/server/index.js';

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
    ...change,
  };
}

/** An LNS that only remembers what it was told. */
export class FakeLns implements ManagedLns {
  tunnelList: TunnelInfo[] = [tunnel()];
  sessionList: SessionInfo[] = [session()];
  readonly calls: string[] = [];
  readonly disconnected: { filter: Filter; reason: string | undefined }[] = [];
  readonly closed: (number | undefined)[] = [];
  /** What the methods do instead of what they should. */
  startError: Error | undefined;
  sessionsError: Error | undefined;
  closing: Promise<void> = Promise.resolve();

  async start(): Promise<void> {
    this.calls.push('start');
    await Promise.resolve();
    if (this.startError !== undefined) throw this.startError;
  }

  tunnels(): TunnelInfo[] {
    return this.tunnelList;
  }

  async sessions(): Promise<SessionInfo[]> {
    await Promise.resolve();
    if (this.sessionsError !== undefined) throw this.sessionsError;
    return this.sessionList;
  }

  disconnect(filter: Filter, reason?: string): number {
    this.disconnected.push({ filter, reason });
    return this.sessionList.filter(({ user }) => filter.all === true || user === filter.user).length;
  }

  async close(options: { readonly timeout?: number } = {}): Promise<void> {
    this.calls.push('close');
    this.closed.push(options.timeout);
    await this.closing;
  }
}
