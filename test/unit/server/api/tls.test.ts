import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../../../lib/server/api/index.js';
import { allows } from '../../../../lib/server/api/operation.js';
import { operations } from '../../../../lib/server/api/server.js';
import { ApiBench } from './bench.js';

let folder: string;
let server: ApiServer;
let port: number;

/** Makes `NAME.pem` and `NAME.key`: an authority, or a certificate of one. */
function certificate(name: string, authority?: string): void {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];
  const signed = authority === undefined ? [] : ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`];
  const usage = authority === undefined ? 'basicConstraints=critical,CA:TRUE' : 'subjectAltName=IP:127.0.0.1';
  const argv = ['req', '-x509', ...key, ...signed, '-subj', `/CN=${name}`, '-addext', usage, '-days', '2'];
  execFileSync('openssl', [...argv, '-out', `${name}.pem`], { cwd: folder, stdio: 'pipe' });
}

const pem = (name: string): Buffer => readFileSync(join(folder, name));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  certificate('authority');
  certificate('server', 'authority');
  certificate('client', 'authority');
  certificate('strangers');
  certificate('stranger', 'strangers');
  server = new ApiBench().newServer();
  port = await server.listenTcp({
    address: '127.0.0.1',
    port: 0,
    tokens: [{ token: 'operate-token', role: 'operator' }],
    tls: { cert: pem('server.pem'), key: pem('server.key'), clientCa: pem('authority.pem') },
    certificateRole: 'viewer',
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function ask(client: string | undefined, method: string, path: string, token?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host: '127.0.0.1', port, method, path, agent: false, ca: pem('authority.pem') },
        ...(client !== undefined && { cert: pem(`${client}.pem`), key: pem(`${client}.key`) }),
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    outgoing.on('error', reject);
    outgoing.end(method === 'GET' ? undefined : '{}');
  });
}

const pathOf = (template: string): string => template.replaceAll(/\{[^}]*\}/g, '1');

describe('with mutual TLS', () => {
  it.each(operations)(
    '$method $path is for those with a certificate of ours, and their role',
    async (one) => {
      const path = pathOf(one.path);
      expect(await ask(undefined, one.method, path)).toBe(401);
      expect(await ask('stranger', one.method, path)).toBe(401);
      const status = await ask('client', one.method, path);
      expect(status !== 401 && status !== 403, String(status)).toBe(allows('viewer', one.role));
    },
  );

  it('a token does as well', async () => {
    expect(await ask(undefined, 'GET', '/api/v1/status', 'operate-token')).toBe(200);
    expect(await ask('stranger', 'GET', '/api/v1/status', 'operate-token')).toBe(200);
    expect(await ask('stranger', 'GET', '/api/v1/status', 'guess')).toBe(401);
    expect(await ask(undefined, 'POST', '/api/v1/reload', 'operate-token')).toBe(403);
  });

  it('speaks no plain HTTP', async () => {
    const plain = await fetch(`http://127.0.0.1:${port}/api/v1/status`).then(
      ({ status }) => status,
      () => 0,
    );
    expect([0, 400]).toContain(plain);
  });
});
