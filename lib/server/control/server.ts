import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../tunnels/index.js';
import { readJson } from './body.js';
import { HttpError } from './http-error.js';
import { type Answer, type ControlTarget, type Route, routes } from './routes.js';
import { claimSocket } from './socket.js';

/** Connections at once; people and scripts, not crowds. */
const MAX_CONNECTIONS = 64;
/** Entries of a list that are written before the event loop gets its turn. */
const LIST_PIECE = 256;

/** The control interface: JSON over HTTP on a unix socket. */
export class ControlServer {
  readonly #server: Server;
  readonly #target: ControlTarget;
  readonly #log: Log;

  constructor(target: ControlTarget, log: Log) {
    this.#target = target;
    this.#log = log;
    this.#server = createServer(
      { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8192 },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('clientError', (_error: Error, socket: Socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
  }

  /**
   * Listens at the path, with mode 0660. A socket that a dead process left there is replaced.
   *
   * @throws SocketError when another instance answers there, or the path cannot be used
   */
  listen(path: string): Promise<void> {
    return claimSocket(this.#server, path);
  }

  /** Stops listening, drops connections, removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away while it is answered is no event.
    response.on('error', () => undefined);
    try {
      const route = findRoute(request);
      const body = route.body === undefined ? undefined : await readJson(request, route.body);
      await send(response, await route.handle(this.#target, body));
    } catch (error) {
      if (!(error instanceof HttpError))
        this.#log.error({ err: error, path: request.url }, 'control request failed');
      fail(
        request,
        response,
        error instanceof HttpError
          ? error
          : new HttpError(500, 'internal', 'the request failed; see the log'),
      );
    }
  }
}

/** @throws HttpError 404 or 405 */
function findRoute(request: IncomingMessage): Route {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const found = routes.filter((route) => route.path === path);
  const route = found.find(({ method }) => method === request.method);
  if (route !== undefined) return route;
  if (found.length === 0) throw new HttpError(404, 'not-found', 'there is no such path');
  const allow = found.map(({ method }) => method).join(', ');
  throw new HttpError(405, 'method-not-allowed', `this path takes ${allow}`, { allow });
}

function fail(request: IncomingMessage, response: ServerResponse, error: HttpError): void {
  if (response.headersSent) {
    // The list is cut short; an unfinished chunked body tells the client so.
    response.destroy();
    return;
  }
  const body = JSON.stringify({ error: { code: error.code, message: error.message } });
  response.writeHead(error.status, {
    ...error.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What of the body was not read would be taken for the next request.
    ...(!request.complete && { connection: 'close' }),
  });
  response.end(body);
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  if ('json' in answer) {
    const body = JSON.stringify(answer.json);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(`{${JSON.stringify(answer.name)}:[`);
  for (let at = 0; at < answer.list.length; at += LIST_PIECE) {
    const piece = answer.list.slice(at, at + LIST_PIECE).map((entry) => JSON.stringify(entry));
    const more = response.write((at === 0 ? '' : ',') + piece.join(','));
    await (more ? nextTurn() : drained(response));
    if (response.destroyed) return;
  }
  response.end(']}');
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
