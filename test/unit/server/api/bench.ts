import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer, type ApiTarget } from '../../../../lib/server/api/index.js';
import { Drain } from '../../../../lib/server/drain.js';
import { ReloadError } from '../../../../lib/server/reload.js';
import { Telemetry } from '../../../../lib/server/telemetry/index.js';
import { type Log, silentLog } from '../../../../lib/tunnels/index.js';
import { FakeLns } from '../fake-lns.js';

/** A server of the API on a fake LNS, and what it wrote to its log as errors. */
export class ApiBench {
  readonly lns = new FakeLns();
  readonly errors: unknown[] = [];
  readonly telemetry = new Telemetry(this.lns);

  readonly logLines: string[] = [];

  readonly log: Log = { ...silentLog, error: (fields) => void this.errors.push(fields) };

  readonly target: ApiTarget = {
    lns: this.lns,
    telemetry: this.telemetry,
    drain: new Drain(this.lns, this.telemetry.feed),
    reload: {
      run: () => {
        throw new ReloadError('lns.yaml:1:1: wrong');
      },
    },
    log: { ...silentLog, level: 'info' },
    logLines: this.logLines,
    status: () => ({
      version: '1.2.3',
      pid: 4711,
      state: 'running' as const,
      since: 5,
      config: 'lns.yaml',
      listen: ['0.0.0.0:1701'],
      tunnels: 1,
      sessions: 1,
    }),
  };

  newServer(): ApiServer {
    return new ApiServer(this.target, this.log);
  }

  /** A server on a socket in a folder of its own. */
  async listen(): Promise<ListeningServer> {
    const folder = mkdtempSync(join(tmpdir(), 'api-'));
    const path = join(folder, 'api.sock');
    const server = this.newServer();
    await server.listen(path);
    const close = async (): Promise<void> => {
      await server.close();
      rmSync(folder, { recursive: true });
    };
    return { folder, path, server, close };
  }
}

export interface ListeningServer {
  readonly folder: string;
  /** Of the socket. */
  readonly path: string;
  readonly server: ApiServer;
  /** Takes the folder away too. */
  close(): Promise<void>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Of JSON. */
  readonly body: unknown;
}

/** Where a raw request goes. */
export type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export function raw(
  place: Place,
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...place, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const json = response.headers['content-type'] === 'application/json' && text !== '';
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          body: json ? JSON.parse(text) : undefined,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The status of an answer that has no end of its own, of which nothing more is read. */
export function statusOf(place: Place, method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...place, method, path, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
