import type { SessionEnd, SubscriberSession, SubscriberTunnel, TrafficCounters } from '../aaa/index.js';
import { noTraffic } from '../aaa/index.js';
import { tunnelStatus } from './accounting-records.js';

/** What one record of a tunnel tells (RFC 2867 section 3). */
export interface TunnelReport {
  readonly status: (typeof tunnelStatus)[keyof typeof tunnelStatus];
  readonly tunnel: SubscriberTunnel;
  /** Of all its sessions, in a Tunnel-Stop. */
  readonly counters?: TrafficCounters;
  readonly lostPackets?: number;
  readonly end?: SessionEnd;
  /** Monotonic ms at which the tunnel came up. */
  readonly upAt: number;
}

interface AccountedTunnel {
  readonly tunnel: SubscriberTunnel;
  readonly upAt: number;
  /** Sessions whose last counters are not known. */
  sessions: number;
  counters: TrafficCounters;
  lostPackets: number;
  end: SessionEnd | undefined;
}

/** Tunnels and what their sessions carried. A tunnel's Stop waits for the last counters of its sessions. */
export class TunnelAccounting {
  readonly #tunnels = new Map<number, AccountedTunnel>();
  readonly #report: (report: TunnelReport, now: number) => void;

  constructor(report: (report: TunnelReport, now: number) => void) {
    this.#report = report;
  }

  tunnelUp(tunnel: SubscriberTunnel, now: number): void {
    this.#tunnels.set(tunnel.tunnelId, {
      tunnel,
      upAt: now,
      sessions: 0,
      counters: noTraffic,
      lostPackets: 0,
      end: undefined,
    });
    this.#report({ status: tunnelStatus.start, tunnel, upAt: now }, now);
  }

  tunnelDown({ tunnelId }: SubscriberTunnel, end: SessionEnd, now: number): void {
    const accounted = this.#tunnels.get(tunnelId);
    if (accounted === undefined) return;
    accounted.end = end;
    this.#stopWhenOver(accounted, now);
  }

  sessionUp({ callContext }: SubscriberSession): void {
    const accounted = this.#of(callContext.tunnelId);
    if (accounted !== undefined) accounted.sessions += 1;
  }

  sessionDown({ callContext, counters, lostPackets }: SubscriberSession, now: number): void {
    const accounted = this.#of(callContext.tunnelId);
    if (accounted === undefined) return;
    accounted.sessions -= 1;
    accounted.lostPackets += lostPackets;
    const { rxPackets, rxBytes, txPackets, txBytes } = accounted.counters;
    accounted.counters = {
      rxPackets: rxPackets + counters.rxPackets,
      rxBytes: rxBytes + counters.rxBytes,
      txPackets: txPackets + counters.txPackets,
      txBytes: txBytes + counters.txBytes,
    };
    this.#stopWhenOver(accounted, now);
  }

  #of(tunnelId: number | undefined): AccountedTunnel | undefined {
    return tunnelId === undefined ? undefined : this.#tunnels.get(tunnelId);
  }

  #stopWhenOver(accounted: AccountedTunnel, now: number): void {
    const { tunnel, upAt, sessions, counters, lostPackets, end } = accounted;
    if (end === undefined || sessions > 0) return;
    this.#tunnels.delete(tunnel.tunnelId);
    this.#report({ status: tunnelStatus.stop, tunnel, counters, lostPackets, end, upAt }, now);
  }
}
