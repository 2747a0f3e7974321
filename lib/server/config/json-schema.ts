import * as z from 'zod';
import { infoOf } from './explain.js';
import { dialSchema } from './schema-dial.js';
import { configSchema } from './schema.js';

/** The JSON Schema (draft 2020-12) of the server's configuration, for editors. */
export const configJsonSchema = (): Record<string, unknown> =>
  jsonSchemaOf(configSchema, 'kernel-l2tp configuration');

/** The same of a dial configuration. */
export const dialJsonSchema = (): Record<string, unknown> =>
  jsonSchemaOf(dialSchema, 'kernel-l2tp dial configuration');

function jsonSchemaOf(root: z.ZodObject, title: string): Record<string, unknown> {
  const schema = z.toJSONSchema(root, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const info = infoOf(zodSchema);
      if (info === undefined || info.description === '') return;
      const unit = info.unit === undefined ? '' : ` Unit: ${info.unit}.`;
      const words = info.defaultText === undefined ? '' : ` Default: ${info.defaultText}.`;
      jsonSchema.description = `${info.description}${unit}${words}`;
      if (info.default !== undefined) jsonSchema.default = info.default;
    },
  }) as Record<string, unknown>;
  return { title, ...schema };
}
