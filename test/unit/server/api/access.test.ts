import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, SocketError } from '../../../../lib/server/api/index.js';
import { allows, roles } from '../../../../lib/server/api/operation.js';
import { operations } from '../../../../lib/server/api/server.js';
import { ApiBench, type Place, raw } from './bench.js';

const tokens = [
  { token: 'view-token', role: 'viewer' },
  { token: 'operate-token', role: 'operator' },
  { token: 'admin-token', role: 'admin' },
] as const;

const bench = new ApiBench();
let folder: string;
let server: ApiServer;
let place: Place;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'access-'));
  server = bench.newServer();
  place = { host: '127.0.0.1', port: await server.listenTcp({ address: '127.0.0.1', port: 0, tokens }) };
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
/** A path that an operation's template allows. */
const pathOf = (template: string): string => template.replaceAll(/\{[^}]*\}/g, '1');

describe('over TCP', () => {
  it.each(operations)('$method $path wants a token', async ({ method, path }) => {
    for (const headers of [
      {},
      bearer(''),
      bearer('wrong'),
      bearer('view-token2'),
      { authorization: 'Basic dmlldy10b2tlbg==' },
      { authorization: 'view-token' },
      { cookie: 'token=admin-token' },
    ] as Record<string, string>[]) {
      const answer = await raw(place, method, pathOf(path), undefined, headers);
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    const inQuery = await raw(place, method, `${pathOf(path)}?token=admin-token`, undefined, {});
    expect(inQuery.status).toBe(401);
  });

  it.each(
    operations.flatMap(({ method, path, role }) =>
      tokens.filter((one) => !allows(one.role, role)).map(({ token }) => ({ method, path, token })),
    ),
  )('$method $path is not for $token', async ({ method, path, token }) => {
    const answer = await raw(place, method, pathOf(path), method === 'GET' ? undefined : '{}', {
      ...bearer(token),
      'content-type': 'application/json',
    });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    expect(bench.lns.disconnected).toEqual([]);
  });

  it('tells a stranger nothing about paths', async () => {
    for (const path of ['/api', '/api/', '/api/v1/nothing', '/api/v9/status', '/metrics']) {
      expect((await raw(place, 'GET', path, undefined, {})).status, path).toBe(401);
    }
  });

  it('lets those with a token in', async () => {
    for (const { token } of tokens) {
      expect(await raw(place, 'GET', '/api/v1/status', undefined, bearer(token))).toMatchObject({
        status: 200,
        body: { pid: 4711 },
      });
    }
    const answer = await raw(place, 'POST', '/api/v1/disconnect', '{"filter":{"user":"alice"}}', {
      authorization: 'bearer   operate-token ',
      'content-type': 'application/json',
    });
    expect(answer).toMatchObject({ status: 200, body: { disconnected: 1 } });
  });

  it('says how it is to anyone who probes, and nothing else', async () => {
    expect(await raw(place, 'GET', '/healthz', undefined, {})).toMatchObject({
      status: 200,
      text: 'running\n',
    });
  });

  it('keeps to its own files', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/.git/config',
      '//etc/passwd',
      '/a\\..\\b',
      '/%00',
    ]) {
      const { status, text } = await raw(place, 'GET', path, undefined, {});
      expect([400, 404], path).toContain(status);
      expect(text, path).not.toContain('kernel-l2tp",');
    }
  });

  it('does not start on an address that is taken', async () => {
    const second = bench.newServer();
    const { port } = place as { port: number };
    await expect(second.listenTcp({ address: '127.0.0.1', port, tokens })).rejects.toThrow(SocketError);
    await second.close();
  });
});

it('orders roles', () => {
  expect(roles.map((held) => roles.filter((needed) => allows(held, needed)).length)).toEqual([1, 2, 3]);
});
