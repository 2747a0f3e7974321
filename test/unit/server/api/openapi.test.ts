import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../../../lib/server/api/index.js';
import type { Operation } from '../../../../lib/server/api/operation.js';
import { operations } from '../../../../lib/server/api/server.js';
import { until } from '../../../support/until.js';
import { ApiBench, raw, statusOf } from './bench.js';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Described {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>;
}

const bench = new ApiBench();
let folder: string;
let path: string;
let server: ApiServer;
let document: { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  path = join(folder, 'api.sock');
  server = bench.newServer();
  await server.listen(path);
  document = (await raw({ socketPath: path }, 'GET', '/api/v1/openapi.json')).body as typeof document;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('the OpenAPI document', () => {
  it('describes every operation', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'kernel-l2tp' } });
    const described = Object.entries(document.paths).flatMap(([at, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${at}`),
    );
    expect(described.toSorted()).toEqual(
      operations.map(({ method, path: at }) => `${method} ${at}`).toSorted(),
    );
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it('has the parameters that the schemas check', () => {
    const list = document.paths['/api/v1/sessions']?.['get'];
    expect(list?.parameters).toContainEqual({
      name: 'tunnelId',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 65_535 },
    });
    expect(document.paths['/api/v1/sessions/{id}']?.['get']?.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', minLength: 1 } },
    ]);
  });
});

/** Values for a schema: right ones, and wrong ones of every kind. */
function values(schema: Schema): fc.Arbitrary<unknown> {
  const right: fc.Arbitrary<unknown>[] = [];
  if (schema.enum !== undefined) right.push(fc.constantFrom(...schema.enum));
  for (const inner of schema.anyOf ?? []) right.push(values(inner));
  if (schema.type === 'integer' || schema.type === 'number') {
    right.push(fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100_000 }));
  }
  if (schema.type === 'boolean') right.push(fc.boolean());
  if (schema.type === 'string') right.push(fc.string({ minLength: 1, maxLength: 20 }), fc.ipV4());
  if (schema.type === 'object') {
    const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, values(member)]);
    right.push(
      fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] }),
    );
  }
  return fc.oneof({ arbitrary: fc.oneof(...right), weight: 4 }, { arbitrary: fc.jsonValue(), weight: 1 });
}

/** Of the others the answer has no end of its own. */
const isFinite = ({ answer: { type } }: Operation): boolean => type === undefined || type === 'text/plain';

/** Requests that an operation's description allows, and others. */
function requests(
  operation: Operation,
): fc.Arbitrary<{ readonly url: string; readonly body: string | undefined }> {
  const described = document.paths[operation.path]?.[operation.method.toLowerCase()];
  const parameters = described?.parameters ?? [];
  const body = described?.requestBody?.content['application/json']?.schema;
  const input = fc.record({
    parameters: fc.tuple(...parameters.map(({ schema }) => fc.option(values(schema), { nil: undefined }))),
    body: body === undefined ? fc.constant(undefined) : values(body),
    more: fc.option(fc.string({ maxLength: 10 }), { nil: undefined, freq: 4 }),
  });
  return input.map((request) => {
    let url = operation.path;
    const query = new URLSearchParams();
    for (const [index, { name, in: place }] of parameters.entries()) {
      const value = request.parameters[index];
      const text = typeof value === 'string' ? value : JSON.stringify(value ?? 'x');
      if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text) || 'x');
      else if (value !== undefined) query.set(name, text);
    }
    if (request.more !== undefined) query.append(request.more, 'x');
    return {
      url: `${url}?${query.toString()}`,
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
    };
  });
}

describe('whatever its description allows, and more, is survived by', () => {
  it.each(operations.filter(isFinite))('$method $path', async (operation) => {
    await fc.assert(
      fc.asyncProperty(requests(operation), async ({ url, body }) => {
        const answer = await raw({ socketPath: path }, operation.method, url, body);
        expect([200, 400, 403, 404, 409], answer.text).toContain(answer.status);
        if (answer.status === 200 && operation.answer.schema !== undefined) {
          expect(operation.answer.schema.safeParse(answer.body).error, answer.text).toBeUndefined();
        }
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(bench.errors).toEqual([]);
  });

  it.each(operations.filter((one) => !isFinite(one)))('$method $path', async (operation) => {
    await fc.assert(
      fc.asyncProperty(requests(operation), async ({ url }) => {
        expect([200, 400, 404, 409]).toContain(await statusOf({ socketPath: path }, operation.method, url));
      }),
      { numRuns: 60, seed: 1 },
    );
    await until('nobody watches any more', () => bench.lns.watches.size === 0);
    expect(bench.errors).toEqual([]);
  });
});
