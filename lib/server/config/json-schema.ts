import * as z from 'zod';
import { infoOf } from './explain.js';
import { configSchema } from './schema.js';

/** The configuration's JSON Schema (draft 2020-12), for editors. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
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
  return { title: 'kernel-l2tp configuration', ...schema };
}
