import type { TrafficCounters } from '../aaa/index.js';
import { type DataPlaneSession, noStats, type SessionStats } from '../kernel/index.js';
import { TrafficMeter } from './traffic-meter.js';

/** What one session has carried, as it was read last. */
export class SessionCounters {
  readonly rates = new TrafficMeter();
  #all: SessionStats = noStats;
  #ipv6: TrafficCounters | undefined;

  get all(): SessionStats {
    return this.#all;
  }

  /** What of it was IPv6; `undefined` where none has passed, or none is counted. */
  get ipv6(): TrafficCounters | undefined {
    return this.#ipv6;
  }

  /** @returns whether the subscriber has sent something since the last reading, and whether anything has passed */
  note(stats: SessionStats, now: number): { readonly received: boolean; readonly active: boolean } {
    const seen = this.#all;
    this.rates.note(stats, now);
    this.#all = stats;
    const received = stats.rxPackets !== seen.rxPackets;
    return { received, active: received || stats.txPackets !== seen.txPackets };
  }

  /** Reads the part of IPv6 anew. Never rejects. */
  async readIpv6(session: DataPlaneSession): Promise<void> {
    const stats = await session.ipv6Stats().catch(() => undefined);
    this.#ipv6 = stats ?? this.#ipv6;
  }

  /** The session is over: what is not known stays as it was. */
  end(stats: SessionStats | undefined, ipv6: TrafficCounters | undefined): void {
    this.#all = stats ?? this.#all;
    this.#ipv6 = ipv6 ?? this.#ipv6;
  }
}
