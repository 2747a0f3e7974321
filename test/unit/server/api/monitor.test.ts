import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../../lib/server/api/index.js';
import { TooManyWatchesError } from '../../../../lib/monitor/index.js';
import { BlockSplitter } from '../../../../lib/pcapng/index.js';
import { fromHex } from '../../../../lib/wire/index.js';
import { until } from '../../../support/until.js';
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

const get = (url: string) => raw({ socketPath: listening.path }, 'GET', url);

/** Begins a stream; what has come of it, and its end. */
function open(url: string, query: Record<string, string | number | boolean> = {}) {
  const chunks: Uint8Array[] = [];
  const stopping = new AbortController();
  const ended = new ApiClient(listening.path).stream(
    url,
    query,
    stopping.signal,
    (chunk) => void chunks.push(chunk),
  );
  return {
    text: () => Buffer.concat(chunks).toString(),
    octets: () => Buffer.concat(chunks),
    stop: () => stopping.abort(),
    ended,
  };
}

/** The one watch that there is, once there is one. */
async function watch() {
  await until('somebody watches', () => bench.lns.watches.size === 1);
  const [only] = bench.lns.watches;
  if (only === undefined) throw new Error('nobody watches');
  return only;
}

const session = () => {
  const found = bench.lns.monitored('x1-1');
  if (found === undefined) throw new Error('there is no session');
  return found;
};

const frame = fromHex('c021 0101 0004');
const ppp = () => ({ kind: 'ppp', time: 1000, direction: 'sent', bytes: frame, session: session() }) as const;
const end = () =>
  ({
    kind: 'end',
    time: 2000,
    session: session(),
    reason: { by: 'peer', text: 'CDN', cause: 'normal' },
  }) as const;

describe('a trace', () => {
  it('has a line for each message, as long as its reader is there', async () => {
    const trace = open('/api/v1/trace', { user: 'alice' });
    const { selector, listener } = await watch();
    expect(selector).toEqual({ user: 'alice' });
    listener(ppp());
    listener(end());
    await until('the end is told', () => trace.text().includes('session ended'));
    const lines = [...trace.text().matchAll(/^data: (.*)$/gm)].map(
      ([, line]) => JSON.parse(line ?? '') as unknown,
    );
    expect(lines).toEqual([
      {
        time: 1000,
        kind: 'ppp',
        session: 'x1-1',
        user: 'alice',
        peer: '192.0.2.7',
        direction: 'sent',
        text: 'LCP Configure-Request id=1',
      },
      expect.objectContaining({ kind: 'end', text: 'session ended by peer: CDN' }),
    ]);
    trace.stop();
    await trace.ended;
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
  });

  it('of one session ends with it', async () => {
    const trace = open('/api/v1/trace', { id: 'x1-1' });
    (await watch()).listener(end());
    await trace.ended;
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
  });

  it('leaves lines out for a reader who does not read, and says how many', async () => {
    const response = await new Promise<IncomingMessage>((resolve) => {
      request({ socketPath: listening.path, path: '/api/v1/trace?user=alice', agent: false }, resolve).end();
    });
    response.pause();
    const { listener } = await watch();
    for (let turn = 0; turn < 60; turn++) {
      for (let i = 0; i < 200; i++) listener(ppp());
      await new Promise((resolve) => setImmediate(resolve));
    }
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.resume();
    await until('what waited has come', () => text.length > 1 << 20);
    await until('it is told', () => {
      listener(ppp());
      return text.includes('event: lost\ndata: {"lines":');
    });
    response.destroy();
  });

  it('wants to know of whom, and that not too many run', async () => {
    expect((await get('/api/v1/trace')).status).toBe(400);
    expect((await get('/api/v1/trace?name=x')).status).toBe(400);
    bench.lns.watch = () => {
      throw new TooManyWatchesError('16 run already');
    };
    expect(await get('/api/v1/trace?user=x')).toMatchObject({
      status: 409,
      body: { error: { code: 'too-many' } },
    });
  });
});

describe('a capture', () => {
  it('is a file of whole blocks that ends with its session', async () => {
    const capture = open('/api/v1/sessions/x1-1/capture', { snapLength: 64 });
    const { selector, listener } = await watch();
    expect(selector).toEqual({ id: 'x1-1', tunnelMessages: true });
    listener(ppp());
    listener(end());
    await capture.ended;
    const blocks = new BlockSplitter();
    expect(blocks.push(capture.octets()).length).toBe(capture.octets().length);
    expect(blocks.packets).toBe(1);
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
    expect(bench.lns.calls).toContain('capture closed');
  });

  it('ends after the seconds that it is given, and with its reader', async () => {
    const capture = open('/api/v1/sessions/x1-1/capture', { seconds: 1, data: false });
    await watch();
    await capture.ended;
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
    const other = open('/api/v1/sessions/x1-1/capture');
    await watch();
    other.stop();
    await other.ended;
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
    expect(bench.lns.calls).toContain('capture closed');
  });

  it('says why there is none', async () => {
    expect(await get('/api/v1/sessions/none/capture')).toMatchObject({ status: 404 });
    bench.lns.captureError = new Error('EPERM');
    expect(await get('/api/v1/sessions/x1-1/capture')).toMatchObject({
      status: 409,
      body: { error: { code: 'no-capture', message: expect.stringContaining('CAP_NET_RAW') as string } },
    });
    expect(bench.lns.watches.size).toBe(0);
    expect((await get('/api/v1/sessions/x1-1/capture?snapLength=1')).status).toBe(400);
  });
});
