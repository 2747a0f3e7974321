import type { StatsTable } from '../kernel/index.js';
import type { TunnelService } from '../tunnels/index.js';
import type { CounterReading } from './counter-reading.js';
import type { LnsSession } from './lns-session.js';
import { TunnelTraffic } from './tunnel-traffic.js';

const noCounters: StatsTable = new Map();

/** What the reader of counters has to know of the server, and tells it. */
export interface CounterReaderHost {
  readonly service: TunnelService;
  /** Whether some subscribers are carried on, and so have no interface here. */
  readonly isCarrying: boolean;
  allSessions(): Iterable<LnsSession>;
  /** Every session has been told of its counters. @param now monotonic ms */
  handleCountersRead(now: number): void;
}

/** Reads the counters of all sessions at once; one reading serves whoever asks meanwhile. */
export class CounterReader {
  readonly traffic = new TunnelTraffic();
  readonly #host: CounterReaderHost;
  #reading: Promise<CounterReading> | undefined;
  #last: CounterReading | undefined;

  constructor(host: CounterReaderHost) {
    this.#host = host;
  }

  /** @param maxAge of the last reading, in ms, for it to do */
  read(maxAge: number): Promise<CounterReading> {
    const last = this.#last;
    if (last !== undefined && this.#host.service.io.now() - last.readAt <= maxAge)
      return Promise.resolve(last);
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<CounterReading> {
    const { dataPlane, io } = this.#host.service;
    const [interfaces, sessions] = await Promise.all([
      dataPlane.interfaceStats(),
      this.#host.isCarrying ? dataPlane.sessionStats() : noCounters,
    ]);
    const reading = { interfaces, sessions, readAt: io.now() };
    this.#last = reading;
    this.traffic.reset();
    for (const session of [...this.#host.allSessions()]) {
      session.noteCounters(session.countersIn(reading), reading.readAt);
      if (session.rxRate + session.txRate > 0) {
        this.traffic.add([session.tunnelId, session.forwardingTunnelId], session.traffic);
      }
    }
    this.#host.handleCountersRead(reading.readAt);
    return reading;
  }
}
