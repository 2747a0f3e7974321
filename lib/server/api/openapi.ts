import * as z from 'zod';
import type { Operation } from './operation.js';
import { errorSchema } from './schemas.js';

type Json = Readonly<Record<string, unknown>>;

const schemaOf = (schema: z.ZodType): Json => {
  const document: Record<string, unknown> = { ...z.toJSONSchema(schema, { unrepresentable: 'any' }) };
  delete document['$schema'];
  return document;
};

/** The OpenAPI 3.1 document of these operations, from the same schemas that check requests. */
export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'kernel-l2tp',
      version,
      description: 'Control API of the L2TP server. What a version of the API answers only grows.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Over TCP. The unix socket asks for none: its file permissions decide.',
        },
      },
      schemas: { Error: schemaOf(errorSchema) },
    },
  };
}

function describe(operation: Operation): Json {
  const { id, tag, summary, role, params, query, body, answer } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    'x-role': role,
    parameters: [...parameters('path', params), ...parameters('query', query)],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: {
      200: {
        description: answer.description,
        content: {
          [answer.type ?? 'application/json']:
            answer.schema === undefined
              ? { schema: { type: 'string' } }
              : { schema: schemaOf(answer.schema) },
        },
      },
      default: {
        description: 'Why there is no other answer',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Readonly<Record<string, Json>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}
