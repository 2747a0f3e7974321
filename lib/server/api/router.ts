import { HttpError } from './http-error.js';
import type { Operation } from './operation.js';

interface Compiled {
  readonly operation: Operation;
  readonly segments: readonly string[];
}

const isParameter = (segment: string): boolean => segment.startsWith('{');

/** Finds the operation that a request means. */
export class Router {
  readonly #compiled: readonly Compiled[];

  constructor(operations: readonly Operation[]) {
    this.#compiled = operations.map((operation) => ({ operation, segments: operation.path.split('/') }));
  }

  /** @throws HttpError 400, 404 or 405 */
  find(
    method: string,
    path: string,
  ): { readonly operation: Operation; readonly params: Readonly<Record<string, string>> } {
    const segments = path.split('/').map(decode);
    const found = this.#compiled.filter((one) => fits(one.segments, segments));
    if (found.length === 0) throw new HttpError(404, 'not-found', 'there is no such path');
    // `/sessions/past` before `/sessions/{id}`.
    const literal = found.filter((one) => one.operation.path === path);
    const candidates = literal.length > 0 ? literal : found;
    const match = candidates.find(({ operation }) => operation.method === method);
    if (match === undefined) {
      const allow = candidates.map(({ operation }) => operation.method).join(', ');
      throw new HttpError(405, 'method-not-allowed', `this path takes ${allow}`, { allow });
    }
    const params = match.segments.flatMap((segment, index) =>
      isParameter(segment) ? [[segment.slice(1, -1), segments[index] as string] as const] : [],
    );
    return { operation: match.operation, params: Object.fromEntries(params) };
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError(400, 'bad-request', 'the path is not well encoded');
  }
}

const fits = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, index) => (isParameter(part) ? segments[index] !== '' : part === segments[index]));
