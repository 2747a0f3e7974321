import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../tunnels/index.js';
import type { Access } from './access.js';
import { readJson } from './body.js';
import { HttpError } from './http-error.js';
import { allows, type Input, type Operation } from './operation.js';
import { problemsOf } from './problems.js';
import { queryOf } from './query.js';
import { respond, respondError } from './respond.js';
import type { Router } from './router.js';
import type { StaticFiles } from './static-files.js';
import type { ApiTarget } from './target.js';

export interface RequestHandlerOptions {
  readonly target: ApiTarget;
  readonly router: Router;
  readonly log: Log;
  /** Pages for people, outside of the API. */
  readonly files: StaticFiles;
}

/** Answers one request: who asks, what for, whether it is well formed; then the operation. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
    // A client that goes away while it is answered is no event.
    response.on('error', () => undefined);
    try {
      await this.#answer(request, response, access);
    } catch (error) {
      if (!(error instanceof HttpError)) {
        const path = request.url?.split('?', 1)[0];
        this.#options.log.error({ err: error, path }, 'API request failed');
      }
      respondError(
        response,
        error instanceof HttpError
          ? error
          : new HttpError(500, 'internal', 'the request failed; see the log'),
        request.complete,
      );
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
    const url = urlOf(request);
    const { target, router, files } = this.#options;
    if (url.pathname === '/healthz') {
      const { state } = target.status();
      response.writeHead(state === 'running' ? 200 : 503, { 'content-type': 'text/plain' });
      response.end(`${state}\n`);
      return;
    }
    if (!isApi(url.pathname)) {
      await files.serve(url.pathname, request, response);
      return;
    }
    // Before anything else: who may not ask learns nothing, not even which paths there are.
    const role = access(request);
    const { operation, params } = router.find(request.method ?? '', url.pathname);
    if (!allows(role, operation.role)) {
      throw new HttpError(403, 'forbidden', `this needs the role ${operation.role}; the token has ${role}`);
    }
    const input = {
      params: check(operation.params, params),
      query: check(operation.query, queryOf(url)),
      body: operation.body === undefined ? undefined : await readJson(request, operation.body),
      headers: request.headers,
      role,
    };
    await respond(response, await operation.handle(target, input as Input<never, never, never>));
  }
}

/** `/metrics` is where Prometheus looks. */
const isApi = (path: string): boolean => path === '/api' || path.startsWith('/api/') || path === '/metrics';

/** @throws HttpError 400 */
function urlOf(request: IncomingMessage): URL {
  const target = request.url ?? '';
  // Only the origin form of RFC 9112 section 3.2.1: `//host` would be taken for another authority.
  if (target.startsWith('/')) {
    const url = URL.parse(`http://localhost${target}`);
    if (url?.host === 'localhost') return url;
  }
  throw new HttpError(400, 'bad-request', 'the request names no path');
}

/** @throws HttpError 400 */
function check(schema: Operation['query'], value: Readonly<Record<string, unknown>>): unknown {
  if (schema === undefined) {
    const [unknown] = Object.keys(value);
    if (unknown === undefined) return undefined;
    throw new HttpError(400, 'bad-request', `this operation has no parameter ${JSON.stringify(unknown)}`);
  }
  const parsed = schema.safeParse({ ...value });
  if (parsed.success) return parsed.data;
  throw new HttpError(400, 'bad-request', problemsOf(parsed.error));
}
