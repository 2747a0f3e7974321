import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../../../../lib/server/api/paging.js';
import type { SessionInfo } from '../../../../lib/server/remote.js';
import { session, tunnel } from '../fake-lns.js';
import { ApiBench, type ListeningServer, raw } from './bench.js';

const bench = new ApiBench();
let listening: ListeningServer;

beforeAll(async () => {
  listening = await bench.listen();
  bench.lns.sessionList = Array.from({ length: 10_000 }, (_, n) =>
    session({
      id: `s-${n}`,
      sessionId: (n % 65_535) + 1,
      tunnelId: (n % 4) + 1,
      user: `user${n}`,
      address: `10.65.${n >> 8}.${n & 0xff}`,
      callingNumber: n % 2 === 0 ? `4930${n}` : undefined,
      state: n < 3 ? 'lcp' : 'open',
      rxRate: (n * 7919) % 10_007,
      txRate: 0,
    }),
  );
});
afterAll(async () => {
  await listening.close();
});

interface SessionPage {
  readonly sessions: readonly SessionInfo[];
  readonly total: number;
  readonly offset: number;
  readonly countersAt: number;
}

async function list(query: string): Promise<SessionPage> {
  const answer = await raw({ socketPath: listening.path }, 'GET', `/api/v1/sessions${query}`);
  expect(answer.status, query).toBe(200);
  return answer.body as SessionPage;
}

describe('GET /api/v1/sessions', () => {
  it('gives all, or a page', async () => {
    const all = await list('');
    expect(all).toMatchObject({ total: 10_000, offset: 0, countersAt: 1000 });
    expect(all.sessions).toHaveLength(10_000);
    const page = await list('?limit=3&offset=9998');
    expect(page).toMatchObject({ total: 10_000, offset: 9998 });
    expect(page.sessions.map(({ id }) => id)).toEqual(['s-9998', 's-9999']);
    expect((await list('?offset=20000')).sessions).toEqual([]);
  });

  it.each([
    ['?user=user77', ['s-77']],
    ['?address=10.65.1.2', ['s-258']],
    ['?callingNumber=49308', ['s-8']],
    ['?sessionId=5', ['s-4']],
    ['?state=lcp', ['s-0', 's-1', 's-2']],
    ['?tunnelId=2&state=lcp', ['s-1']],
    ['?search=USER9999', ['s-9999']],
    ['?search=493012', undefined],
    ['?user=nobody', []],
  ])('%s', async (query, ids) => {
    const { sessions, total } = await list(query);
    expect(total).toBe(sessions.length);
    if (ids === undefined)
      expect(sessions.every(({ callingNumber }) => callingNumber?.includes('493012'))).toBe(true);
    else expect(sessions.map(({ id }) => id)).toEqual(ids);
  });

  it('sorts, also upwards of addresses by number', async () => {
    const { sessions } = await list('?sort=-rate&limit=5');
    const rates = sessions.map(({ rxRate }) => rxRate);
    expect(rates).toEqual([10_006, 10_005, 10_004, 10_003, 10_002].filter((rate) => rates.includes(rate)));
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(
      (await list('?sort=address&limit=3&search=10.65.')).sessions.map(({ address }) => address),
    ).toEqual(['10.65.0.0', '10.65.0.1', '10.65.0.2']);
  });

  it.each([
    '?limit=0',
    '?limit=10001',
    '?limit=1e3',
    '?limit=',
    '?limit=1&limit=2',
    '?offset=-1',
    '?sort=password',
    '?sort=__proto__',
    '?address=10.0.0',
    '?nothing=1',
    '?__proto__=1',
    '?fresh=yes',
    '?search=',
    `?search=${'x'.repeat(101)}`,
  ])('%s is refused', async (query) => {
    const answer = await raw({ socketPath: listening.path }, 'GET', `/api/v1/sessions${query}`);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } });
  });
});

it('finds one session, also one that is over, or none', async () => {
  const get = (id: string) => raw({ socketPath: listening.path }, 'GET', `/api/v1/sessions/${id}`);
  expect(await get('s-5')).toMatchObject({ status: 200, body: { session: { user: 'user5' } } });
  expect(await get('nobody')).toMatchObject({ status: 404, body: { error: { code: 'no-session' } } });
  const reason = { by: 'peer' as const, text: 'gone', cause: 'normal' };
  bench.lns.events.emit('session-down', session({ id: 'gone', user: 'past' }), reason);
  expect(await get('gone')).toMatchObject({
    status: 200,
    body: { session: { user: 'past' }, ended: { reason, wasUp: true } },
  });
  expect((await raw({ socketPath: listening.path }, 'GET', '/api/v1/sessions/past')).body).toMatchObject({
    total: 1,
    sessions: [{ session: { id: 'gone' } }],
  });
});

it('lists tunnels, pools and limits', async () => {
  bench.lns.tunnelList = [
    tunnel(),
    tunnel({ tunnelId: 18, peerHostName: 'other', peerAddress: '192.0.2.8' }),
  ];
  const get = async (path_: string) =>
    (await raw({ socketPath: listening.path }, 'GET', `/api/v1/${path_}`)).body;
  expect(await get('tunnels?search=OTHER')).toMatchObject({ total: 1, tunnels: [{ tunnelId: 18 }] });
  expect(await get('tunnels/17')).toMatchObject({ tunnel: { peerAddress: '192.0.2.7' } });
  expect(await get('tunnels/19')).toMatchObject({ error: { code: 'no-tunnel' } });
  expect(await get('lac')).toEqual({ servers: [] });
  expect(await get('pools')).toEqual({ pools: [{ name: 'main', size: 10, used: 1, free: 9 }] });
  expect(await get('limits')).toEqual({
    limits: [
      { name: 'max-sessions', limit: 100, used: 3, refused: 2 },
      { name: 'call-rate', profile: 'isp', limit: 20, perSecond: 10, used: 1, refused: 0 },
    ],
  });
});

it('has the last lines of the log, the latest first', async () => {
  const time = '2026-01-02T03:04:05.678Z';
  const logged = (level: string, msg: string, fields = {}) =>
    void bench.logLines.push(`${JSON.stringify({ level, time, ...fields, msg })}\n`);
  logged('info', 'session up', { user: 'alice' });
  logged('warn', 'call refused');
  logged('debug', 'LCP is up', { user: 'alice' });
  logged('error', 'no kernel session');
  const get = async (query: string) =>
    (await raw({ socketPath: listening.path }, 'GET', `/api/v1/logs${query}`)).body;
  const texts = (body: unknown) => (body as { lines: { msg: string }[] }).lines.map(({ msg }) => msg);
  expect(await get('?search=alice&limit=1')).toEqual({
    lines: [{ level: 'debug', time, user: 'alice', msg: 'LCP is up' }],
    total: 2,
    offset: 0,
  });
  expect(texts(await get(''))).toHaveLength(4);
  expect(texts(await get('?level=warn'))).toEqual(['no kernel session', 'call refused']);
  expect(texts(await get('?level=info&offset=2'))).toEqual(['session up']);
  for (const wrong of ['?level=silent', '?level=loud', '?search=', '?limit=0', '?limit=1001']) {
    expect((await raw({ socketPath: listening.path }, 'GET', `/api/v1/logs${wrong}`)).status).toBe(400);
  }
});

it('pages as filter, sort and slice would', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(50), { maxLength: 300 }),
      fc.nat(320),
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      fc.option(fc.nat(50), { nil: undefined }),
      fc.option(fc.boolean(), { nil: undefined }),
      async (values, offset, limit, bound, descending) => {
        const source = { size: values.length, at: (index: number) => values[index] as number };
        const filter = bound === undefined ? undefined : (value: number) => value < bound;
        const order = descending === undefined ? undefined : { key: (value: number) => value, descending };
        const page = await pageOf(source, { offset, limit }, filter, order);
        let expected = filter === undefined ? [...values] : values.filter(filter);
        expect(page.total).toBe(expected.length);
        if (descending !== undefined) expected.sort((a, b) => (descending ? b - a : a - b));
        expected = expected.slice(offset, limit === undefined ? undefined : offset + limit);
        expect(Array.from({ length: page.size }, (_, index) => page.at(index))).toEqual(expected);
      },
    ),
  );
});
