import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient, type ApiServer, SocketError } from '../../../../lib/server/api/index.js';
import { type FakeLns, session, tunnel } from '../fake-lns.js';
import { ApiBench, raw as rawRequest, type RawAnswer } from './bench.js';

let folder: string;
let path: string;
let bench: ApiBench;
let lns: FakeLns;
let server: ApiServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'api-'));
  path = join(folder, 'run', 'api.sock');
  bench = new ApiBench();
  lns = bench.lns;
  server = bench.newServer();
  await server.listen(path);
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const raw = (
  method: string,
  url: string,
  body?: string | Uint8Array,
  headers?: Record<string, string>,
): Promise<RawAnswer> => rawRequest({ socketPath: path }, method, url, body, headers);

describe('the control interface', () => {
  it('tells status, tunnels and sessions', async () => {
    const client = new ApiClient(path);
    expect(await client.status()).toMatchObject({ version: '1.2.3', pid: 4711, state: 'running' });
    // JSON has no undefined.
    expect(await client.tunnels()).toEqual(JSON.parse(JSON.stringify([tunnel()])));
    expect(await client.sessions()).toEqual(JSON.parse(JSON.stringify([session()])));
    lns.tunnelList = [];
    lns.sessionList = [];
    expect(await client.tunnels()).toEqual([]);
    expect(await client.sessions()).toEqual([]);
  });

  it('lists many sessions without holding up the event loop', async () => {
    const count = 10_000;
    lns.sessionList = Array.from({ length: count }, (_, i) => session({ id: `s${i}`, sessionId: i + 1 }));
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 0);
    const sessions = await new ApiClient(path).sessions();
    clearInterval(ticking);
    expect(sessions).toHaveLength(count);
    expect(sessions.at(-1)?.id).toBe(`s${count - 1}`);
    expect(turns).toBeGreaterThan(10);
  });

  it('disconnects by a filter', async () => {
    const client = new ApiClient(path);
    expect(await client.disconnect({ filter: { user: 'alice' }, reason: 'unpaid' })).toBe(1);
    expect(await client.disconnect({ filter: { user: 'bob' } })).toBe(0);
    const whole = {
      id: 'x',
      sessionId: 1,
      tunnelId: 65_535,
      user: 'u',
      address: '10.0.0.1',
      interfaceName: 'ppp0',
      callingNumber: '49',
      peerAddress: '2001:db8::1',
    };
    await client.disconnect({ filter: whole });
    expect(lns.disconnected).toEqual([
      { filter: { user: 'alice' }, reason: 'unpaid' },
      { filter: { user: 'bob' }, reason: undefined },
      { filter: whole, reason: undefined },
    ]);
  });

  it('is for owner and group only, and gone after its end', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await server.close();
    expect(existsSync(path)).toBe(false);
    await expect(new ApiClient(path).status()).rejects.toThrow(/there is no such socket/);
    await server.listen(path);
  });

  it('reports a failure without what failed, and goes on', async () => {
    lns.sessionsError = new Error('netlink: secret detail');
    await expect(new ApiClient(path).sessions()).rejects.toMatchObject({ status: 500, code: 'internal' });
    expect(await raw('GET', '/api/v1/sessions')).toMatchObject({
      body: { error: { code: 'internal', message: 'the request failed; see the log' } },
    });
    expect(bench.errors).toHaveLength(2);
    expect(await new ApiClient(path).tunnels()).toHaveLength(1);
  });
});

describe('bad requests', () => {
  it.each([
    ['GET', '/nothing.html', 404, 'not-found'],
    ['GET', '/api/v1', 404, 'not-found'],
    ['GET', '/api/v2/status', 404, 'not-found'],
    ['GET', '/api/v1/status/', 404, 'not-found'],
    ['GET', '//api/v1/status', 404, 'not-found'],
    ['DELETE', '/api/v1/sessions', 405, 'method-not-allowed'],
    ['POST', '/api/v1/sessions', 405, 'method-not-allowed'],
    ['GET', '/api/v1/disconnect', 405, 'method-not-allowed'],
    ['HEAD', '/api/v1/status', 405, undefined],
  ])('%s %s: %i', async (method, url, status, code) => {
    const answer = await raw(method, url);
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body).toMatchObject({ error: { code } });
    if (status === 405) expect(answer.headers['allow']).toBe(url === '/api/v1/disconnect' ? 'POST' : 'GET');
  });

  it.each([
    ['', 'the body is not JSON'],
    ['{', 'the body is not JSON'],
    ['[]', /expected object/],
    ['null', /expected object/],
    ['{}', /filter: .*expected object/],
    ['{"filter":{}}', 'filter: must name what to end, or { all: true }'],
    ['{"filter":{"all":false}}', /filter\.all/],
    ['{"filter":{"user":""}}', /filter\.user/],
    ['{"filter":{"user":null}}', /filter\.user/],
    ['{"filter":{"user":"a","usr":"b"}}', /filter: Unrecognized key: "usr"/],
    ['{"filter":{"sessionId":0}}', /filter\.sessionId/],
    ['{"filter":{"sessionId":"1"}}', /filter\.sessionId/],
    ['{"filter":{"tunnelId":65536}}', /filter\.tunnelId/],
    ['{"filter":{"address":"10.0.0"}}', 'filter.address: must be an IP address'],
    ['{"filter":{"all":true},"why":1}', /Unrecognized key: "why"/],
    ['{"filter":{"all":true},"reason":""}', /reason/],
    ['{"filter":{"__proto__":{"all":true}}}', /filter/],
  ])('%s', async (body, message) => {
    const answer = await raw('POST', '/api/v1/disconnect', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad-request' } } });
    expect((answer.body as { error: { message: string } }).error.message).toMatch(message);
    expect(lns.disconnected).toEqual([]);
  });

  it('of another type, not UTF-8, or too large', async () => {
    const all = '{"filter":{"all":true}}';
    expect(await raw('POST', '/api/v1/disconnect', all, {})).toMatchObject({ status: 415 });
    expect(await raw('POST', '/api/v1/disconnect', all, { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
    const typed = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect(await raw('POST', '/api/v1/disconnect', all, typed)).toMatchObject({ status: 200 });
    expect(await raw('POST', '/api/v1/disconnect', Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({
      status: 400,
    });
    const large = JSON.stringify({ filter: { user: 'x'.repeat(70_000) } });
    expect(await raw('POST', '/api/v1/disconnect', large)).toMatchObject({ status: 413 });
    const chunked = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    expect(await raw('POST', '/api/v1/disconnect', large, chunked)).toMatchObject({ status: 413 });
    expect(lns.disconnected).toHaveLength(1);
  });

  it('that are not HTTP are answered and closed', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(path, () => socket.write('no HTTP at all\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(await new ApiClient(path).tunnels()).toHaveLength(1);
  });

  it('by a client that goes away in the middle of an answer leave the server well', async () => {
    lns.sessionList = Array.from({ length: 20_000 }, (_, i) => session({ id: `s${i}` }));
    await new Promise<void>((resolve) => {
      const socket = connect(path, () => socket.write('GET /api/v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n'));
      socket.once('data', () => {
        socket.destroy();
        resolve();
      });
    });
    expect(await new ApiClient(path).sessions()).toHaveLength(20_000);
    expect(bench.errors).toEqual([]);
  });
});

describe('the socket', () => {
  it('of a living instance is left alone', async () => {
    const second = bench.newServer();
    await expect(second.listen(path)).rejects.toThrow(SocketError);
    await expect(second.listen(path)).rejects.toThrow(/another kernel-l2tp is running there/);
    expect(await new ApiClient(path).status()).toMatchObject({ pid: 4711 });
  });

  it('of a dead instance is replaced', async () => {
    const stale = join(folder, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(stale, resolve));
    // Closing removes the file; a process that was killed leaves it.
    const other = join(folder, 'other.sock');
    const { linkSync } = await import('node:fs');
    linkSync(stale, other);
    await new Promise((resolve) => dead.close(resolve));
    expect(existsSync(other)).toBe(true);
    const next = bench.newServer();
    await next.listen(other);
    expect(await new ApiClient(other).status()).toMatchObject({ pid: 4711 });
    expect(statSync(other).mode & 0o777).toBe(0o660);
    await next.close();
  });

  it('is not made over a file, below a file, or where there is no right to', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    await expect(bench.newServer().listen(file)).rejects.toThrow(/a file that is no socket is there/);
    expect(statSync(file).size).toBe(8);
    await expect(bench.newServer().listen(join(file, 'api.sock'))).rejects.toThrow(
      /part of its path is not a directory/,
    );
    await expect(bench.newServer().listen('/proc/api.sock')).rejects.toThrow(SocketError);
  });

  it('keeps the umask as it was', () => {
    const umask = process.umask();
    expect(umask).toBe(process.umask(umask));
    expect(umask & 0o700).toBe(0);
  });
});

describe('the client', () => {
  it('says what keeps it from the daemon', async () => {
    const none = join(folder, 'none.sock');
    await expect(new ApiClient(none).status()).rejects.toThrow(
      `no kernel-l2tp at ${none}: there is no such socket; is the daemon running? --socket names another`,
    );
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(new ApiClient(file).status()).rejects.toThrow(/nobody listens there any more/);
  });

  it('gives up on what does not answer, or not as expected', async () => {
    const mute = createServer(() => undefined);
    const at = join(folder, 'mute.sock');
    await new Promise<void>((resolve) => mute.listen(at, resolve));
    await expect(new ApiClient(at, 50).status()).rejects.toThrow(/it does not answer in time/);
    mute.close();
    const odd = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    });
    const oddAt = join(folder, 'odd.sock');
    await new Promise<void>((resolve) => odd.listen(oddAt, resolve));
    await expect(new ApiClient(oddAt).status()).rejects.toThrow(/does not answer as kernel-l2tp does/);
    odd.close();
  });
});
