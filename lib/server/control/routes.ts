import type * as z from 'zod';
import type { ManagedLns } from '../managed-lns.js';
import { type DisconnectAnswer, disconnectRequest, type StatusAnswer } from './schema.js';

/** What routes act on. */
export interface ControlTarget {
  readonly lns: ManagedLns;
  status(): StatusAnswer;
}

/** A JSON value, or a list under a name, which is written piece by piece so that a long one delays nothing. */
export type Answer =
  | { readonly json: unknown }
  | { readonly list: readonly unknown[]; readonly name: string };

/** One operation of the API. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Checks the body of a POST. */
  readonly body?: z.ZodType;
  handle(target: ControlTarget, body: unknown): Answer | Promise<Answer>;
}

function route<S extends z.ZodType>(
  path: string,
  body: S,
  handle: (target: ControlTarget, body: z.output<S>) => Answer | Promise<Answer>,
): Route {
  return { method: 'POST', path, body, handle: (target, value) => handle(target, value as z.output<S>) };
}

/** Every operation. Paths are versioned: what a version answers only grows. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status',
    handle: (target) => ({ json: target.status() }),
  },
  {
    method: 'GET',
    path: '/v1/tunnels',
    handle: ({ lns }) => ({ list: lns.tunnels(), name: 'tunnels' }),
  },
  {
    method: 'GET',
    path: '/v1/sessions',
    handle: async ({ lns }) => ({ list: await lns.sessions(), name: 'sessions' }),
  },
  route('/v1/disconnect', disconnectRequest, ({ lns }, { filter, reason }) => {
    const answer: DisconnectAnswer = { disconnected: lns.disconnect(filter, reason) };
    return { json: answer };
  }),
];
