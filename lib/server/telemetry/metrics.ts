import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LnsStatistics, SetUpDurations } from '../../lns/index.js';
import type { ManagedLns } from '../managed-lns.js';
import { optionName } from '../option-name.js';
import type { FailureCounts } from './failures.js';
import type { LoopLag } from './loop-lag.js';
import { addRadiusMetrics } from './radius-metrics.js';

/** Seconds; a call in a LAN takes some 20 ms, one with a slow RADIUS server seconds. */
const setUpBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const kernelBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Stages of a set-up: from which step to which. */
const stages = {
  call: ['call', 'connected'],
  lcp: ['connected', 'lcp'],
  credentials: ['lcp', 'credentials'],
  authentication: ['credentials', 'authenticated'],
  addresses: ['authenticated', 'attaching'],
  kernel: ['attaching', 'up'],
  total: ['call', 'up'],
} as const satisfies Record<string, readonly [keyof SetUpDurations, keyof SetUpDurations]>;

/** L2TP's counters that are more than numbers of messages, and what their metrics are called. */
const l2tpCounters = {
  retransmissions: ['control_retransmissions', 'Control messages that were sent again'],
  duplicates: ['control_duplicates', 'Control messages that came again'],
  beyondWindow: ['control_beyond_window', 'Control messages dropped beyond the receive window'],
  malformedHeaders: ['malformed_headers', 'Datagrams whose header is malformed'],
  faultyMessages: ['faulty_messages', 'Messages with a fault that ended their session or tunnel'],
  failedAuthentications: ['tunnel_authentication_failures', 'Tunnels whose peer did not know the secret'],
  refusedTunnels: ['tunnels_refused', 'Tunnels refused, by policy or a limit'],
  tunnelsEstablished: ['tunnels_established', 'Tunnels that came up'],
  tunnelsLost: ['tunnels_lost', 'Tunnels given up because the peer did not answer'],
} as const satisfies Partial<Record<keyof LnsStatistics['l2tp'], readonly [string, string]>>;

/** Packets of PPPoE discovery, and what of them was not answered. */
const pppoeCounters = {
  padi: ['received', 'PADI'],
  padr: ['received', 'PADR'],
  padtReceived: ['received', 'PADT'],
  pado: ['sent', 'PADO'],
  pads: ['sent', 'PADS'],
  padtSent: ['sent', 'PADT'],
  padiDropped: ['dropped', 'PADI over the rate'],
  padrDropped: ['dropped', 'PADR without our cookie'],
  refused: ['dropped', 'PADR refused'],
  ignored: ['dropped', 'unreadable, or not for us'],
} as const satisfies Record<
  Exclude<keyof NonNullable<LnsStatistics['pppoe']>, 'limited' | 'limitedPerMac'>,
  readonly [string, string]
>;

const prefix = 'kernel_l2tp_';

/** prom-client's own look at the event loop, which would wake the process as often again as {@link LoopLag}. */
const lagByDefault = /^nodejs_eventloop_lag_[a-z0-9]+_seconds$/;
const hour = 3_600_000;

/** What Prometheus scrapes. Labels have few values: none is chosen by a peer. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #setUp: Histogram<'stage'>;
  readonly #kernelOperations: Histogram<'operation' | 'result'>;

  constructor(lns: ManagedLns, failures: FailureCounts, sessionsUp: () => number, lag: LoopLag) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: hour });
    for (const { name } of this.#registry.getMetricsAsArray()) {
      if (lagByDefault.test(name)) this.#registry.removeSingleMetric(name);
    }
    this.#setUp = new Histogram({
      name: `${prefix}session_setup_seconds`,
      help: 'Time that the stages of the set-up of sessions took',
      labelNames: ['stage'],
      buckets: setUpBuckets,
      registers,
    });
    this.#kernelOperations = new Histogram({
      name: `${prefix}kernel_operation_seconds`,
      help: 'Time that operations of the kernel took, queueing included',
      labelNames: ['operation', 'result'],
      buckets: kernelBuckets,
      registers,
    });
    this.#gauges(lns);
    this.#lagGauges(lag);
    this.#counters(lns, failures, sessionsUp);
    addRadiusMetrics(lns, this.#registry, prefix);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** In Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  noteSetUp(times: SetUpDurations): void {
    for (const [stage, [from, to]] of Object.entries(stages)) {
      const [begin, end] = [times[from], times[to]];
      if (begin !== undefined && end !== undefined && end >= begin) {
        this.#setUp.observe({ stage }, (end - begin) / 1000);
      }
    }
  }

  noteKernelOperation(operation: string, milliseconds: number, failed: boolean): void {
    this.#kernelOperations.observe({ operation, result: failed ? 'error' : 'ok' }, milliseconds / 1000);
  }

  #lagGauges(lag: LoopLag): void {
    for (const statistic of ['mean', 'max'] as const) {
      new Gauge({
        name: `${prefix}event_loop_lag_${statistic}_seconds`,
        help: `How late the event loop was, ${statistic} of the last 5 s`,
        registers: [this.#registry],
        collect() {
          this.set(lag.latest[statistic] / 1000);
        },
      });
    }
  }

  #gauges(lns: ManagedLns): void {
    const gauge = (name: string, help: string, read: (statistics: LnsStatistics) => number): void => {
      new Gauge({
        name: prefix + name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read(lns.statistics()));
        },
      });
    };
    gauge('sessions', 'Sessions in any state', ({ sessions }) => sessions);
    gauge('sessions_up', 'Sessions that are up', (all) => all.sessionsUp);
    gauge('calls_in_progress', 'Calls being set up', (all) => all.callsInProgress);
    gauge('tunnels', 'Established tunnels', ({ tunnels }) => tunnels);
    gauge('tunnels_half_open', 'Tunnels being set up by peers', (all) => all.halfOpenTunnels);
    gauge(
      'control_backlog_messages',
      'Control messages that wait for a window or an acknowledgement',
      (all) => all.backlog,
    );
    gauge(
      'kernel_operations_pending',
      'Operations that the kernel has not finished',
      (all) => all.kernelOperations,
    );
    gauge('receive_bits_per_second', 'What all subscribers send', ({ rxRate }) => rxRate);
    gauge('transmit_bits_per_second', 'What all subscribers receive', ({ txRate }) => txRate);
    new Gauge({
      name: `${prefix}pool_addresses`,
      help: 'Addresses of each pool, by whether they are given out',
      labelNames: ['pool', 'state'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name, used, free } of lns.pools()) {
          this.set({ pool: name, state: 'used' }, used);
          this.set({ pool: name, state: 'free' }, free);
        }
      },
    });
    new Gauge({
      name: `${prefix}limit`,
      help: 'Limits in force, of the server and of profiles, and how much of each is used',
      labelNames: ['limit', 'profile', 'value'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name, profile = '', limit, used } of lns.limits()) {
          const labels = { limit: optionName(name), profile };
          this.set({ ...labels, value: 'allowed' }, limit);
          this.set({ ...labels, value: 'used' }, used);
        }
      },
    });
  }

  #counters(lns: ManagedLns, failures: FailureCounts, sessionsUp: () => number): void {
    const registers = [this.#registry];
    // What is counted elsewhere is taken over at each scrape.
    new Counter({
      name: `${prefix}sessions_established_total`,
      help: 'Sessions that came up',
      registers,
      collect() {
        this.reset();
        this.inc(sessionsUp());
      },
    });
    new Counter({
      name: `${prefix}failures_total`,
      help: 'Tunnels and calls that failed or were refused, by cause',
      labelNames: ['cause'],
      registers,
      collect() {
        this.reset();
        for (const { cause, total } of failures.byCause(Date.now())) this.inc({ cause }, total);
      },
    });
    new Counter({
      name: `${prefix}limit_refusals_total`,
      help: 'Calls, tunnels and subscribers refused, by the limit that they would have exceeded',
      labelNames: ['limit', 'profile'],
      registers,
      collect() {
        this.reset();
        for (const { name, profile = '', refused } of lns.limits()) {
          this.inc({ limit: optionName(name), profile }, refused);
        }
      },
    });
    new Counter({
      name: `${prefix}control_messages_total`,
      help: 'Control messages by type; repetitions not counted',
      labelNames: ['direction', 'type'],
      registers,
      collect() {
        this.reset();
        const { received, sent } = lns.statistics().l2tp;
        for (const [type, count] of Object.entries(received))
          this.inc({ direction: 'received', type }, count);
        for (const [type, count] of Object.entries(sent)) this.inc({ direction: 'sent', type }, count);
      },
    });
    new Counter({
      name: `${prefix}pppoe_discovery_packets_total`,
      help: 'Packets of PPPoE discovery, and those of the received that were not answered',
      labelNames: ['direction', 'type'],
      registers,
      collect() {
        this.reset();
        const { pppoe } = lns.statistics();
        if (pppoe === undefined) return;
        for (const [key, [direction, type]] of Object.entries(pppoeCounters))
          this.inc({ direction, type }, pppoe[key as keyof typeof pppoeCounters]);
      },
    });
    for (const [key, [name, help]] of Object.entries(l2tpCounters)) {
      new Counter({
        name: `${prefix}${name}_total`,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(lns.statistics().l2tp[key as keyof typeof l2tpCounters]);
        },
      });
    }
  }
}
