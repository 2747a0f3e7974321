import { Counter, Gauge, type Registry } from 'prom-client';
import type { RadiusStatus } from '../../nas/index.js';
import type { ManagedLns } from '../managed-lns.js';

type Server = RadiusStatus['authentication'][number];

/** Counters of a server, and what happened each time. */
const serverCounters = {
  requests: 'Requests to RADIUS servers; repetitions not counted',
  repetitions: 'Requests to RADIUS servers that were sent again',
  accepts: 'Access-Accepts',
  rejects: 'Access-Rejects',
  challenges: 'Access-Challenges',
  accounted: 'Accounting-Responses',
  timeouts: 'Requests that a RADIUS server did not answer',
  unmatched: 'Answers that were dropped because nothing in flight asked for them',
  malformed: 'Answers that were dropped because they could not be read',
  forged: 'Answers that were dropped because the RADIUS server did not make them',
} as const satisfies Partial<Record<keyof Server, string>>;

/** What became of CoA- and Disconnect-Requests. */
const coaResults = ['acks', 'naks', 'repeated', 'strangers', 'malformed', 'forged', 'stale'] as const;

const labelNames = ['purpose', 'server', 'profile'] as const;

/** Metrics of RADIUS: servers, accounting records, CoA. */
export function addRadiusMetrics(lns: ManagedLns, registry: Registry, prefix: string): void {
  const registers = [registry];
  const eachServer = (
    tell: (labels: Record<(typeof labelNames)[number], string>, server: Server) => void,
  ): void => {
    const status = lns.radius?.();
    if (status === undefined) return;
    for (const purpose of ['authentication', 'accounting'] as const) {
      for (const server of status[purpose])
        tell({ purpose, server: server.name, profile: server.profile ?? '' }, server);
    }
  };
  const serverGauge = (name: string, help: string, read: (server: Server) => number | undefined): void => {
    new Gauge({
      name: `${prefix}radius_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        eachServer((labels, server) => {
          const value = read(server);
          if (value !== undefined) this.set(labels, value);
        });
      },
    });
  };
  serverGauge('server_up', 'Whether a RADIUS server answers', ({ state }) => (state === 'up' ? 1 : 0));
  serverGauge('requests_in_flight', 'Requests that wait for an answer', ({ inFlight }) => inFlight);
  serverGauge('answer_seconds', 'Time of an answer, smoothed', ({ latency }) => latency && latency / 1000);
  for (const [key, help] of Object.entries(serverCounters)) {
    new Counter({
      name: `${prefix}radius_${key}_total`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        eachServer((labels, server) => this.inc(labels, server[key as keyof typeof serverCounters]));
      },
    });
  }
  addRecordMetrics(lns, registry, prefix);
}

function addRecordMetrics(lns: ManagedLns, registry: Registry, prefix: string): void {
  const registers = [registry];
  new Gauge({
    name: `${prefix}accounting_records_waiting`,
    help: 'Accounting records that no server has taken yet',
    registers,
    collect() {
      this.set(lns.radius?.()?.records.waiting ?? 0);
    },
  });
  const count = (name: 'made' | 'lost', help: string): void => {
    new Counter({
      name: `${prefix}accounting_records_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(lns.radius?.()?.records[name] ?? 0);
      },
    });
  };
  count('made', 'Accounting records that were made');
  count('lost', 'Accounting records that were lost for want of room');
  new Counter({
    name: `${prefix}coa_requests_total`,
    help: 'CoA- and Disconnect-Requests by what became of them',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      const counters = lns.radius?.()?.coa;
      for (const result of coaResults) if (counters !== undefined) this.inc({ result }, counters[result]);
    },
  });
}
