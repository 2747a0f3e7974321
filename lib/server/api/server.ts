import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../tunnels/index.js';
import { packageVersion } from '../version.js';
import { type Access, socketAccess, tcpAccess, type TcpAccessOptions } from './access.js';
import { openApiDocument } from './openapi.js';
import type { Operation } from './operation.js';
import { RequestHandler } from './request-handler.js';
import { resources } from './resources/index.js';
import { Router } from './router.js';
import { claimSocket, SocketError } from './socket.js';
import { StaticFiles } from './static-files.js';
import type { ApiTarget } from './target.js';

/** Connections at once on each listener; people and scripts, not crowds. */
const maxConnections = 128;

const serverOptions = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8192,
} as const;

/** The pages for browsers, in the package's own folder. */
const pages = fileURLToPath(new URL('../../../dashboard/', import.meta.url));
/** The charts of those pages. */
const charts = dirname(fileURLToPath(import.meta.resolve('uplot')));

/** A certificate of our own and, for mutual TLS, the authority of the clients'; PEM. */
export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly clientCa?: string | Buffer | undefined;
}

export interface TcpListenOptions extends TcpAccessOptions {
  readonly address: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
}

/** The operation that describes all others and itself. */
function documented(operations: readonly Operation[]): readonly Operation[] {
  const self: Operation = {
    method: 'GET',
    path: '/api/v1/openapi.json',
    id: 'getOpenApi',
    tag: 'server',
    summary: 'This document',
    role: 'viewer',
    answer: { description: 'OpenAPI 3.1' },
    handle: () => ({ json: document }),
  };
  const all = [...operations, self];
  const document = openApiDocument(all, packageVersion());
  return all;
}

/** Every operation that the server has. */
export const operations = documented(resources);

/** The control API: JSON over HTTP on a unix socket and, when asked for, on TCP along with the dashboard. */
export class ApiServer {
  readonly #handler: RequestHandler;
  readonly #servers: Server[] = [];

  constructor(target: ApiTarget, log: Log) {
    this.#handler = new RequestHandler({
      target,
      log,
      router: new Router(operations),
      files: new StaticFiles([
        { prefix: '/vendor/uplot/', folder: charts },
        { prefix: '/', folder: pages },
      ]),
    });
  }

  /**
   * Listens at the path, with mode 0660. A socket that a dead process left there is replaced.
   *
   * @throws SocketError when another instance answers there, or the path cannot be used
   */
  async listen(path: string): Promise<void> {
    const server = this.#add(createServer(serverOptions, this.#listener(socketAccess)));
    await claimSocket(server, path);
  }

  /**
   * Listens on TCP, for those with a token or a certificate.
   *
   * @returns the port, which the system chooses for port 0
   * @throws SocketError when the address cannot be used
   */
  async listenTcp(options: TcpListenOptions): Promise<number> {
    const { address, port, tls } = options;
    const listener = this.#listener(tcpAccess(options));
    const server = this.#add(
      tls === undefined
        ? createServer(serverOptions, listener)
        : createTlsServer({ ...serverOptions, ...tlsOptions(tls) }, listener),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(new SocketError(`http.listen ${address}:${port}: ${error.message}`)),
      );
      server.listen({ host: address, port }, resolve);
    });
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  }

  /** Stops listening, drops connections, removes the socket. */
  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    for (const server of this.#servers) server.closeAllConnections();
    this.#servers.length = 0;
    await Promise.all(closed);
  }

  #listener(access: Access): RequestListener {
    return (request: IncomingMessage, response) => void this.#handler.handle(request, response, access);
  }

  #add(server: Server): Server {
    server.maxConnections = maxConnections;
    server.on('clientError', (_error: Error, socket: Socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    this.#servers.push(server);
    return server;
  }
}

const tlsOptions = ({ cert, key, clientCa }: TlsFiles) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  // A client without a certificate may still have a token: the access rule decides.
  ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
});
