import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventReader } from '../../../lib/cli/event-reader.js';
import { BlockSplitter } from '../../../lib/pcapng/index.js';
import { fromHex } from '../../../lib/wire/index.js';
import { until } from '../../support/until.js';
import { ApiBench, type ListeningServer } from '../server/api/bench.js';
import { run } from './run.js';

let listening: ListeningServer;
const bench = new ApiBench();
const { lns } = bench;

beforeAll(async () => {
  listening = await bench.listen();
});
afterAll(async () => {
  await listening.close();
});
beforeEach(() => lns.watches.clear());

/** Begins a command, and tells the one who watches what it has to say. */
async function watching(args: readonly string[], tell: (stop: () => void) => void) {
  const stopping = new AbortController();
  const result = run([...args, '--socket', listening.path], {}, stopping.signal);
  await until('somebody watches', () => lns.watches.size === 1);
  tell(() => stopping.abort());
  return result;
}

const message = (bytes = fromHex('c021 0101 0004')) => {
  const session = lns.monitored('x1-1');
  if (session === undefined) throw new Error('there is no session');
  return {
    ppp: { kind: 'ppp', time: 1000, direction: 'received', bytes, session },
    end: { kind: 'end', time: 2000, session, reason: { by: 'peer', text: 'CDN', cause: 'normal' } },
  } as const;
};

const tell = (event: ReturnType<typeof message>['ppp' | 'end']): void => {
  for (const { listener } of lns.watches) listener(event);
};

describe('trace', () => {
  it('prints messages until it is interrupted', async () => {
    const { code, out } = await watching(['trace', 'user', 'alice'], (stop) => {
      tell(message().ppp);
      setTimeout(stop, 200);
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^\d\d:\d\d:01\.000 alice <- LCP Configure-Request id=1\n$/);
    await until('nobody watches any more', () => lns.watches.size === 0);
  });

  it('of a session ends with it, and prints JSON where that is asked for', async () => {
    const { code, out } = await watching(['trace', 'session', '100', '--json'], () => {
      expect([...lns.watches][0]?.selector).toEqual({ id: 'x1-1' });
      tell(message().ppp);
      tell(message().end);
    });
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind),
    ).toEqual(['ppp', 'end']);
  });

  it('says that there is no server, or no such session', async () => {
    expect((await run(['trace', 'user', 'a', '--socket', join(listening.folder, 'none')])).code).toBe(3);
    expect((await run(['trace', 'session', '99', '--socket', listening.path])).code).toBe(1);
    expect((await run(['trace', '--socket', listening.path])).code).toBe(2);
  });
});

describe('capture', () => {
  it('writes a file that only its owner may read', async () => {
    const file = join(listening.folder, 'a.pcapng');
    const { code, out } = await watching(['capture', 'session', '100', '-o', file], () => {
      tell(message().ppp);
      tell(message().end);
    });
    expect([code, out]).toEqual([0, expect.stringMatching(/^1 packets, .* in .*a\.pcapng\n$/)]);
    const blocks = new BlockSplitter();
    const octets = readFileSync(file);
    expect(blocks.push(octets).length).toBe(octets.length);
    expect(blocks.packets).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('leaves no file of a session that is not there, and says why a file cannot be written', async () => {
    const file = join(listening.folder, 'none.pcapng');
    expect((await run(['capture', 'session', 'none', '-o', file, '--socket', listening.path])).code).toBe(1);
    expect(() => statSync(file)).toThrow();
    const nowhere = join(listening.folder, 'no', 'where');
    expect(
      await run(['capture', 'session', 'x1-1', '-o', nowhere, '--socket', listening.path]),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining('ENOENT') as string,
    });
    await until('nobody watches any more', () => lns.watches.size === 0);
  });
});

it('reads events wherever their octets are cut', () => {
  const octets = new TextEncoder().encode(': hello\n\nevent: a\ndata: {"ü":1}\n\ndata: 2\n\nid: 3\n\n');
  for (let size = 1; size < octets.length; size++) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < octets.length; at += size)
      events.push(...reader.push(octets.subarray(at, at + size)));
    expect(events).toEqual([
      { type: 'a', data: '{"ü":1}' },
      { type: 'message', data: '2' },
    ]);
  }
});
