import { afterAll, beforeAll, expect, it } from 'vitest';
import { session } from '../fake-lns.js';
import { ApiBench, type ListeningServer, raw } from './bench.js';

const bench = new ApiBench();
let listening: ListeningServer;

beforeAll(async () => {
  listening = await bench.listen();
});
afterAll(async () => {
  bench.target.drain.close();
  await listening.close();
});

const ask = (method: string, at: string, body?: unknown) =>
  raw(
    { socketPath: listening.path },
    method,
    `/api/v1/${at}`,
    body === undefined ? undefined : JSON.stringify(body),
  );

it('drains, ends what is left when the time is up, and takes calls again', async () => {
  const { lns } = bench;
  lns.sessionList = [session({ id: 'a' }), session({ id: 'b' })];
  expect((await ask('GET', 'drain')).body).toMatchObject({ state: 'off', sessionsLeft: 2 });
  expect((await ask('PUT', 'drain', { enabled: true })).body).toMatchObject({
    state: 'draining',
    sessionsAtStart: 2,
  });
  expect(lns.calls).toEqual(['drain']);
  expect(lns.disconnected).toEqual([]);
  lns.sessionList = [session({ id: 'b' })];
  expect((await ask('PUT', 'drain', { enabled: true, timeout: 0 })).body).toMatchObject({
    sessionsAtStart: 2,
    sessionsLeft: 1,
  });
  expect(lns.disconnected).toMatchObject([{ filter: { id: 'b' }, reason: 'the server drains' }]);
  lns.sessionList = [];
  expect((await ask('GET', 'drain')).body).toMatchObject({ state: 'drained' });
  expect((await ask('PUT', 'drain', { enabled: false })).body).toMatchObject({ state: 'off' });
  expect(lns.calls.at(-1)).toBe('undrain');
  expect((await ask('PUT', 'drain', { enabled: true, timeout: -1 })).status).toBe(400);
});

it('says why a configuration is not taken', async () => {
  expect(await ask('POST', 'reload', {})).toMatchObject({
    status: 409,
    body: { error: { code: 'wrong-config', message: 'lns.yaml:1:1: wrong' } },
  });
});

it('sets the level of the log', async () => {
  expect((await ask('PUT', 'log', { level: 'trace' })).body).toEqual({ level: 'trace' });
  expect((await ask('GET', 'log')).body).toEqual({ level: 'trace' });
  expect((await ask('PUT', 'log', { level: 'loud' })).status).toBe(400);
});

it('tells Prometheus', async () => {
  bench.lns.events.emit('session-up', session(), { call: 0, connected: 4, lcp: 10, up: 120 });
  bench.telemetry.metrics.noteKernelOperation('RTM_GETSTATS', 2, false);
  const { status, text, headers } = await raw({ socketPath: listening.path }, 'GET', '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    'kernel_l2tp_sessions_established_total 1',
    'kernel_l2tp_session_setup_seconds_bucket{le="0.25",stage="total"} 1',
    'kernel_l2tp_session_setup_seconds_count{stage="lcp"} 1',
    'kernel_l2tp_kernel_operation_seconds_count{operation="RTM_GETSTATS",result="ok"} 1',
    'kernel_l2tp_pool_addresses{pool="main",state="free"} 9',
    'kernel_l2tp_limit{limit="call-rate",profile="isp",value="allowed"} 20',
    'kernel_l2tp_limit_refusals_total{limit="max-sessions",profile=""} 2',
    'kernel_l2tp_control_messages_total{direction="sent",type="ICRP"} 0',
    'kernel_l2tp_control_retransmissions_total 0',
    'nodejs_eventloop_lag_seconds',
    'kernel_l2tp_event_loop_lag_max_seconds 0',
    'kernel_l2tp_event_loop_lag_mean_seconds 0',
  ]) {
    expect(text).toContain(line);
  }
});
