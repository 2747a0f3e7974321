import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { session, tunnel } from '../fake-lns.js';
import { ApiBench, type ListeningServer, raw } from './bench.js';

let bench: ApiBench;
let listening: ListeningServer;

beforeEach(async () => {
  bench = new ApiBench();
  listening = await bench.listen();
});
afterEach(async () => {
  await listening.close();
});

/** A stream of events, read as it comes. */
class EventReader {
  text = '';
  readonly response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (this.text += chunk));
    response.on('error', () => undefined);
  }

  static open(query = '', headers: Record<string, string> = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      request(
        { socketPath: listening.path, path: `/api/v1/events${query}`, headers, agent: false },
        (response) => resolve(new EventReader(response)),
      )
        .on('error', reject)
        .end();
    });
  }

  async until(text: string): Promise<void> {
    for (let i = 0; i < 400 && !this.text.includes(text); i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(this.text).toContain(text);
  }

  types(): string[] {
    return [...this.text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type ?? '');
  }
}

const reason = { by: 'peer' as const, text: 'CDN', cause: 'normal' };

it('streams what happens', async () => {
  const reader = await EventReader.open();
  expect(reader.response.headers['content-type']).toBe('text/event-stream');
  const { events } = bench.lns;
  events.emit('tunnel-up', tunnel());
  events.emit('session-up', session(), {});
  events.emit('authentication-failed', session({ user: 'mallory' }), 'wrong password');
  events.emit('session-failed', session({ user: 'mallory' }), { ...reason, cause: 'auth-failed' });
  events.emit('call-refused', { tunnelId: 17, peerAddress: '192.0.2.7', profile: undefined }, 'limit');
  events.emit('tunnel-failed', { peerAddress: '192.0.2.9', peerHostName: 'lac9' }, reason);
  events.emit('session-down', session(), reason);
  events.emit('tunnel-down', tunnel(), reason);
  await reader.until('event: tunnel-down');
  expect(reader.types()).toEqual([
    'tunnel-up',
    'session-up',
    'authentication-failed',
    'session-failed',
    'call-refused',
    'tunnel-failed',
    'session-down',
    'tunnel-down',
  ]);
  const data = /^data: (.*"session-up".*)$/m.exec(reader.text)?.[1] ?? '';
  expect(JSON.parse(data)).toMatchObject({ id: 2, type: 'session-up', session: { user: 'alice' } });
  expect(bench.telemetry.feed.listeners).toBe(1);
  reader.response.destroy();
  for (let i = 0; i < 200 && bench.telemetry.feed.listeners > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(bench.telemetry.feed.listeners).toBe(0);
});

it('goes on where a stream broke off, and gives only what is asked for', async () => {
  for (let i = 0; i < 3; i++) bench.lns.events.emit('session-up', session({ id: `s${i}` }), {});
  bench.lns.events.emit('tunnel-up', tunnel());
  const again = await EventReader.open('?types=session-up', { 'last-event-id': '1' });
  await again.until('"id":3');
  expect(again.types()).toEqual(['session-up', 'session-up']);
  again.response.destroy();
  const recent = await raw(
    { socketPath: listening.path },
    'GET',
    '/api/v1/events/recent?types=tunnel-up&since=0',
  );
  expect(recent.body).toMatchObject({ events: [{ id: 4, type: 'tunnel-up' }] });
  expect((await raw({ socketPath: listening.path }, 'GET', '/api/v1/events?types=nothing')).status).toBe(400);
});

it('lets go of a client that does not read', async () => {
  const reader = await EventReader.open();
  reader.response.pause();
  const text = 'x'.repeat(100_000);
  for (let i = 0; i < 200 && bench.telemetry.feed.listeners > 0; i++) {
    bench.lns.events.emit('authentication-failed', session(), text);
    await new Promise((resolve) => setImmediate(resolve));
  }
  reader.response.resume();
  for (let i = 0; i < 200 && bench.telemetry.feed.listeners > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(bench.telemetry.feed.listeners).toBe(0);
});

it('counts failures by cause', async () => {
  for (let i = 0; i < 3; i++) {
    bench.lns.events.emit('session-failed', session({ user: `u${i}` }), { ...reason, cause: 'auth-failed' });
  }
  bench.lns.events.emit(
    'call-refused',
    { tunnelId: 17, peerAddress: '192.0.2.7', profile: undefined },
    'limit',
  );
  await bench.telemetry.sample(Date.now());
  const { body } = await raw({ socketPath: listening.path }, 'GET', '/api/v1/stats');
  expect(body).toMatchObject({
    failuresSinceStart: 4,
    failures: [
      { cause: 'auth-failed', total: 3, lastHour: 3 },
      { cause: 'refused', total: 1, lastHour: 1 },
    ],
  });
  const failures = await raw({ socketPath: listening.path }, 'GET', '/api/v1/failures?limit=2');
  expect(failures.body).toMatchObject({ total: 4, failures: [{ cause: 'refused' }, { user: 'u2' }] });
  const history = await raw({ socketPath: listening.path }, 'GET', '/api/v1/stats/history');
  expect(history.body).toMatchObject({ step: 5000, series: { sessions: [1], rxRate: [3000] } });
});
