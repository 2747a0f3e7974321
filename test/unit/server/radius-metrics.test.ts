import { expect, it } from 'vitest';
import type { RadiusStatus } from '../../../lib/nas/index.js';
import { Telemetry } from '../../../lib/server/telemetry/index.js';
import { FakeLns } from './fake-lns.js';

const server = {
  name: '192.0.2.5:1812',
  state: 'dead',
  inFlight: 3,
  latency: 20,
  requests: 9,
  repetitions: 8,
  accepts: 7,
  rejects: 6,
  challenges: 5,
  accounted: 4,
  timeouts: 3,
  unmatched: 2,
  malformed: 1,
  forged: 10,
} as const;
const status: RadiusStatus = {
  authentication: [{ ...server, profile: 'resale' }],
  accounting: [],
  records: { made: 5, lost: 1, waiting: 2, sessions: 2 },
  coa: { acks: 1, naks: 2, repeated: 3, strangers: 4, malformed: 5, forged: 6, stale: 7 },
};

it('tells of RADIUS servers, records and CoA, and of none where there are none', async () => {
  const without = await new Telemetry(new FakeLns()).metrics.text();
  expect(without).not.toContain('kernel_l2tp_radius_server_up{');
  const text = await new Telemetry(Object.assign(new FakeLns(), { radius: () => status })).metrics.text();
  const labels = '{purpose="authentication",server="192.0.2.5:1812",profile="resale"}';
  for (const line of [
    `kernel_l2tp_radius_server_up${labels} 0`,
    `kernel_l2tp_radius_answer_seconds${labels} 0.02`,
    `kernel_l2tp_radius_rejects_total${labels} 6`,
    `kernel_l2tp_radius_forged_total${labels} 10`,
    'kernel_l2tp_accounting_records_waiting 2',
    'kernel_l2tp_accounting_records_lost_total 1',
    'kernel_l2tp_coa_requests_total{result="stale"} 7',
  ])
    expect(text.split('\n')).toContain(line);
});
