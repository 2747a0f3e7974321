import type * as z from 'zod';
import type { ApiTarget } from './target.js';

/** What a client may do; each role may do all that the ones before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export const allows = (held: Role, needed: Role): boolean => roles.indexOf(held) >= roles.indexOf(needed);

/** A list that is written piece by piece, so that a long one holds up nothing. */
export interface ListAnswer {
  /** The list's own name in the object that is sent. */
  readonly name: string;
  readonly size: number;
  readonly at: (index: number) => unknown;
  /** The other members of that object. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Where an operation writes an answer that has no end of its own. */
export interface AnswerStream {
  /** False when the client does not keep up: what comes next is lost, or the stream is to end. */
  write(chunk: string | Uint8Array): boolean;
  end(): void;
  /** Octets that the client has not taken yet. */
  readonly waiting: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export type Answer =
  | { readonly json: unknown }
  | { readonly list: ListAnswer }
  | { readonly text: string; readonly type: string }
  | { readonly stream: (stream: AnswerStream) => void; readonly type: string };

/** The parts of a request, checked. */
export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of whoever asks. */
  readonly role: Role;
}

/** What the document says about an answer of 200. */
export interface AnswerInfo {
  readonly description: string;
  /** `application/json` unless given. */
  readonly type?: string;
  /** Of JSON. */
  readonly schema?: z.ZodType;
}

/** One operation of the API: what the server checks and does, and what the OpenAPI document says. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** `/sessions/{id}`, below the version's prefix. */
  readonly path: string;
  /** Unique: `listSessions`. */
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly role: Role;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: AnswerInfo;
  readonly handle: (target: ApiTarget, input: Input<never, never, never>) => Answer | Promise<Answer>;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** An operation whose handler gets what its schemas let through. */
export function operation<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  definition: Omit<Operation, 'params' | 'query' | 'body' | 'handle'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    readonly handle: (
      target: ApiTarget,
      input: Input<Output<P>, Output<Q>, Output<B>>,
    ) => Answer | Promise<Answer>;
  },
): Operation {
  return definition as Operation;
}
