import { request } from 'node:http';
import type { LnsInfo, PoolInfo, SessionInfo, TunnelInfo } from '../../lns/index.js';
import { errnoOf } from '../errno.js';
import type { CallRequest } from './resources/calls.js';
import type { LimitAnswer } from './resources/limits.js';
import type { DisconnectRequest, SessionAnswer } from './resources/sessions.js';
import type { Stats } from './resources/stats.js';
import type { Status } from './resources/status.js';

/** No daemon answers at the socket. The message says why, and what to do. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** The daemon answers, and refuses. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Query = Readonly<Record<string, string | number | boolean>>;

function withQuery(path: string, query: Query): string {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === '' ? path : `${path}?${text}`;
}

/**
 * The control interface of a running daemon.
 *
 * Every method throws {@link UnreachableError} when no daemon answers, and {@link ApiError} when it refuses.
 */
export class ApiClient {
  readonly #socket: string;
  readonly #timeout: number;

  /** @param timeout Milliseconds without an octet of answer */
  constructor(socket: string, timeout = 10_000) {
    this.#socket = socket;
    this.#timeout = timeout;
  }

  async status(): Promise<Status> {
    return (await this.get('/api/v1/status')) as Status;
  }

  async tunnels(): Promise<readonly TunnelInfo[]> {
    return ((await this.get('/api/v1/tunnels')) as { tunnels: readonly TunnelInfo[] }).tunnels;
  }

  /** All sessions, with counters of this moment. */
  async sessions(): Promise<readonly SessionInfo[]> {
    const answer = await this.get('/api/v1/sessions', { fresh: true });
    return (answer as { sessions: readonly SessionInfo[] }).sessions;
  }

  async session(id: string): Promise<SessionAnswer> {
    return (await this.get(`/api/v1/sessions/${encodeURIComponent(id)}`)) as SessionAnswer;
  }

  async pools(): Promise<readonly PoolInfo[]> {
    return ((await this.get('/api/v1/pools')) as { pools: readonly PoolInfo[] }).pools;
  }

  async limits(): Promise<readonly LimitAnswer[]> {
    return ((await this.get('/api/v1/limits')) as { limits: readonly LimitAnswer[] }).limits;
  }

  /** The LNSs that subscribers are carried on to. */
  async servers(): Promise<readonly LnsInfo[]> {
    return ((await this.get('/api/v1/lac')) as { servers: readonly LnsInfo[] }).servers;
  }

  async stats(): Promise<Stats> {
    return (await this.get('/api/v1/stats')) as Stats;
  }

  /** How many were told to end. */
  async disconnect(body: DisconnectRequest): Promise<number> {
    return ((await this.post('/api/v1/disconnect', body)) as { disconnected: number }).disconnected;
  }

  /** Places a call through a LAC; its session, once it is up. An {@link ApiError} 409 has the outcome as its code. */
  async call(body: CallRequest): Promise<SessionInfo> {
    return ((await this.post('/api/v1/calls', body)) as { session: SessionInfo }).session;
  }

  /** Any operation that reads, for whose answer there is no method here. */
  get(path: string, query: Query = {}): Promise<unknown> {
    return this.#call('GET', withQuery(path, query));
  }

  /**
   * Hands over an answer as it comes, until it ends or `signal` is aborted.
   * @param take what it throws ends the answer, and is thrown from here
   */
  stream(path: string, query: Query, signal: AbortSignal, take: (chunk: Uint8Array) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.#socket, method: 'GET', path: withQuery(path, query), agent: false };
      const outgoing = request(options, (response) => {
        const { statusCode: status = 0 } = response;
        const refusal: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          if (status !== 200) {
            refusal.push(chunk);
            return;
          }
          try {
            take(chunk);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            outgoing.destroy();
          }
        });
        response.on('error', () => reject(new UnreachableError('the daemon has ended')));
        response.on('end', () => {
          if (status === 200) resolve();
          else reject(this.#refusal(status, this.#parse(status, Buffer.concat(refusal).toString('utf8'))));
        });
      });
      const abort = (): void => {
        resolve();
        outgoing.destroy();
      };
      outgoing.on('error', (error) => reject(new UnreachableError(this.#explain(error))));
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      outgoing.end();
    });
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  put(path: string, body: unknown): Promise<unknown> {
    return this.#call('PUT', path, body);
  }

  async #call(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const { status, text } = await this.#exchange(
      method,
      path,
      body === undefined ? '' : JSON.stringify(body),
    );
    const value = this.#parse(status, text);
    if (status === 200) return value;
    throw this.#refusal(status, value);
  }

  #parse(status: number, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw new ApiError(status, 'bad-answer', `${this.#socket} does not answer as kernel-l2tp does`);
    }
  }

  #refusal(status: number, value: unknown): ApiError {
    const { code, message } = (value as { error?: { code: string; message: string } }).error ?? {
      code: 'unknown',
      message: `status ${status}`,
    };
    return new ApiError(status, code, message);
  }

  #exchange(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new UnreachableError(this.#explain(error)));
      const headers =
        body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const outgoing = request(
        { socketPath: this.#socket, method, path, headers, timeout: this.#timeout, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          );
        },
      );
      outgoing.on('error', fail);
      outgoing.on('timeout', () => outgoing.destroy(new Error('it does not answer in time')));
      outgoing.end(body);
    });
  }

  #explain(error: Error): string {
    const where = `no kernel-l2tp at ${this.#socket}`;
    switch (errnoOf(error)) {
      case 'ENOENT':
        return `${where}: there is no such socket; is the daemon running? --socket names another`;
      case 'ECONNREFUSED':
        return `${where}: nobody listens there any more; is the daemon running?`;
      case 'EACCES':
      case 'EPERM':
        return `${where}: this user may not connect; use sudo, or join the socket's group`;
      default:
        return `${where}: ${error.message}`;
    }
  }
}
