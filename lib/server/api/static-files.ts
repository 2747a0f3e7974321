import { readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { HttpError } from './http-error.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Nothing but what this server itself serves, and no script or style in the page. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

export interface StaticFolder {
  /** `/` or `/vendor/NAME/`. */
  readonly prefix: string;
  readonly folder: string;
}

/** Serves files to browsers. They hold no secret: whoever reaches the port may have them. */
export class StaticFiles {
  readonly #folders: readonly StaticFolder[];

  /** @param folders the most special prefix first */
  constructor(folders: readonly StaticFolder[]) {
    this.#folders = folders;
  }

  /** @throws HttpError 404 or 405 */
  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = await this.#find(path);
    if (file === undefined) throw new HttpError(404, 'not-found', 'there is no such path');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new HttpError(405, 'method-not-allowed', 'this path takes GET, HEAD', { allow: 'GET, HEAD' });
    }
    const etag = `"${file.size.toString(36)}-${Math.trunc(file.modified).toString(36)}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { ...headers, etag }).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      etag,
      'content-type': types[extname(file.path)] ?? 'application/octet-stream',
      'content-length': file.size,
    });
    response.end(request.method === 'HEAD' ? undefined : await readFile(file.path));
  }

  async #find(
    path: string,
  ): Promise<{ readonly path: string; readonly size: number; readonly modified: number } | undefined> {
    // Plain names only: neither dots at the front nor anything encoded.
    if (!/^(?:\/[A-Za-z0-9_-][\w.-]*)*\/?$/.test(path)) return undefined;
    for (const { prefix, folder } of this.#folders) {
      if (!path.startsWith(prefix)) continue;
      const name = path.slice(prefix.length);
      const root = await realpath(folder).catch(() => undefined);
      if (root === undefined) continue;
      const file = await realpath(join(root, name === '' ? 'index.html' : name)).catch(() => undefined);
      if (file === undefined || !file.startsWith(root + sep)) continue;
      const facts = await stat(file);
      if (facts.isFile()) return { path: file, size: facts.size, modified: facts.mtimeMs };
    }
    return undefined;
  }
}
