import type { StatsTable } from '../kernel/index.js';
import type { TunnelService } from '../tunnels/index.js';
import type { LnsSession } from './lns-session.js';
import { TunnelTraffic } from './tunnel-traffic.js';

const noCounters: StatsTable = new Map();

/** What the reader of counters has to know of the server, and tells it. */
export interface CounterReaderHost {
  readonly service: TunnelService;
  /** Whether some subscribers are carried on, and so have no interface here. */
  readonly isCarrying: boolean;
  readonly sessions: ReadonlyMap<string, LnsSession>;
  /** Every session has been told of its counters. @param now monotonic ms */
  handleCountersRead(now: number): void;
}

/** Reads the counters of all sessions at once; one reading serves whoever asks meanwhile. */
export class CounterReader {
  readonly traffic = new TunnelTraffic();
  readonly #host: CounterReaderHost;
  #reading: Promise<number> | undefined;
  #readAt: number | undefined;

  constructor(host: CounterReaderHost) {
    this.#host = host;
  }

  /**
   * Has every session told of its counters.
   * @param maxAge of the last reading, in ms, for it to do
   * @returns when they were read, in monotonic ms
   */
  read(maxAge: number): Promise<number> {
    const readAt = this.#readAt;
    if (readAt !== undefined && this.#host.service.io.now() - readAt <= maxAge)
      return Promise.resolve(readAt);
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<number> {
    const { dataPlane, io } = this.#host.service;
    const [interfaces, sessions] = await Promise.all([
      dataPlane.interfaceStats(),
      this.#host.isCarrying ? dataPlane.sessionStats() : noCounters,
    ]);
    const readAt = io.now();
    this.#readAt = readAt;
    this.traffic.reset();
    for (const session of [...this.#host.sessions.values()]) {
      session.noteCounters(interfaces, sessions, readAt);
      if (session.rxRate + session.txRate > 0) {
        this.traffic.add([session.tunnelId, session.forwardedTo?.tunnelId], session.traffic);
      }
    }
    this.#host.handleCountersRead(readAt);
    return readAt;
  }
}
