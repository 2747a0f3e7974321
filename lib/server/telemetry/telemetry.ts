import type { EventLoopUtilization } from 'node:perf_hooks';
import { performance } from 'node:perf_hooks';
import { turnDate } from '../../io/index.js';
import type { EndReason, SessionInfo } from '../../lns/index.js';
import type { ManagedLns } from '../managed-lns.js';
import { EventFeed } from './event-feed.js';
import { type Failure, FailureCounts } from './failures.js';
import { History, sampleInterval } from './history.js';
import { LoopLag } from './loop-lag.js';
import { Metrics } from './metrics.js';
import { Ring } from '../ring.js';

/** A session that is over, or never came up. */
export interface PastSession {
  readonly session: SessionInfo;
  readonly reason: EndReason;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
  readonly wasUp: boolean;
}

/** Failures and past sessions that can be looked at. */
const kept = 500;

/** Follows an LNS: its events, its failures, and its course over time. */
export class Telemetry {
  readonly feed = new EventFeed();
  readonly metrics: Metrics;
  readonly history = new History();
  readonly failureCounts = new FailureCounts();
  readonly failures = new Ring<Failure>(kept);
  readonly pastSessions = new Ring<PastSession>(kept);
  readonly #lns: ManagedLns;
  readonly #lag = new LoopLag();
  #timer: NodeJS.Timeout | undefined;
  #sessionsUp = 0;
  #peak = 0;
  #last = {
    sessionsUp: 0,
    failures: 0,
    time: 0,
    cpu: process.cpuUsage(),
    loop: performance.eventLoopUtilization(),
  };
  #utilization = 0;

  constructor(lns: ManagedLns) {
    this.#lns = lns;
    this.metrics = new Metrics(lns, this.failureCounts, () => this.#sessionsUp, this.#lag);
    lns.on('tunnel-up', (tunnel) => this.feed.publish({ type: 'tunnel-up', tunnel }));
    lns.on('tunnel-down', (tunnel, reason) => this.feed.publish({ type: 'tunnel-down', tunnel, reason }));
    lns.on('tunnel-failed', (peer, reason) => {
      this.#fail(reason.cause, reason.text, peer.peerAddress);
      this.feed.publish({ type: 'tunnel-failed', peer, reason });
    });
    lns.on('session-up', (session, setUp) => {
      this.#sessionsUp += 1;
      this.metrics.noteSetUp(setUp);
      this.feed.publish({ type: 'session-up', session });
    });
    lns.on('session-down', (session, reason) => {
      this.pastSessions.push({ session, reason, endedAt: turnDate(), wasUp: true });
      this.feed.publish({ type: 'session-down', session, reason });
    });
    lns.on('session-failed', (session, reason) => {
      this.pastSessions.push({ session, reason, endedAt: turnDate(), wasUp: false });
      this.#fail(reason.cause, reason.text, session.peerAddress, session);
      this.feed.publish({ type: 'session-failed', session, reason });
    });
    lns.on('authentication-failed', (session, text) => {
      this.feed.publish({ type: 'authentication-failed', session, text });
    });
    lns.on('call-refused', (call, text) => {
      this.#fail('refused', text, call.peerAddress);
      this.feed.publish({ type: 'call-refused', call, text });
    });
  }

  /** Sessions that came up since the start. */
  get sessionsUp(): number {
    return this.#sessionsUp;
  }

  /** The most sessions that a sample has seen. */
  get peak(): number {
    return this.#peak;
  }

  /** The part of its time that the event loop was at work, 0 to 1, over the last sample. */
  get utilization(): number {
    return this.#utilization;
  }

  start(): void {
    this.#lag.start();
    this.#last = this.#reading(Date.now());
    this.#timer = setInterval(() => void this.sample(Date.now()), sampleInterval).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#lag.stop();
  }

  /** Takes one sample. @param time milliseconds since the epoch */
  async sample(time: number): Promise<void> {
    // Has the rates worked out, at every other sample where nobody else asks for them.
    await this.#lns.sessionTable({ maxAge: sampleInterval * 1.5 }).catch(() => undefined);
    const before = this.#last;
    const now = this.#reading(time);
    const statistics = this.#lns.statistics();
    const elapsed = Math.max(1, now.time - before.time);
    this.#utilization = performance.eventLoopUtilization(now.loop, before.loop).utilization;
    this.#peak = Math.max(this.#peak, statistics.sessionsUp);
    const cpu = now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system;
    this.history.push(time, {
      sessions: statistics.sessionsUp,
      tunnels: statistics.tunnels,
      callsInProgress: statistics.callsInProgress,
      callsPerSecond: ((now.sessionsUp - before.sessionsUp) * 1000) / elapsed,
      failuresPerSecond: ((now.failures - before.failures) * 1000) / elapsed,
      rxRate: statistics.rxRate,
      txRate: statistics.txRate,
      eventLoopLag: this.#lag.take().max,
      cpu: cpu / 1000 / elapsed,
      memory: process.memoryUsage.rss(),
    });
    this.#last = now;
  }

  #reading(time: number): {
    sessionsUp: number;
    failures: number;
    time: number;
    cpu: NodeJS.CpuUsage;
    loop: EventLoopUtilization;
  } {
    return {
      sessionsUp: this.#sessionsUp,
      failures: this.failureCounts.sum,
      time,
      cpu: process.cpuUsage(),
      loop: performance.eventLoopUtilization(),
    };
  }

  #fail(cause: string, text: string, peerAddress: string, session?: SessionInfo): void {
    const time = Date.now();
    this.failureCounts.count(cause, time);
    this.failures.push({ time, cause, text, user: session?.user, peerAddress, sessionId: session?.id });
  }
}
