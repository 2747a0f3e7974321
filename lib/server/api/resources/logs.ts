import * as z from 'zod';
import { severityOf, severityOfLevel } from '../../log/index.js';
import { operation } from '../operation.js';
import { listAnswer, pageOf } from '../paging.js';
import { queryInteger } from '../query.js';
import { logLevels } from '../schemas.js';

const line = z.looseObject({ level: z.string(), time: z.string(), msg: z.string() });
export type LogLine = z.output<typeof line>;

export const logOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/logs',
    id: 'listLogLines',
    tag: 'logs',
    summary: 'The latest lines of the log, the latest first',
    role: 'operator',
    query: z.strictObject({
      level: z.exactOptional(logLevels.exclude(['silent']).meta({ description: 'least severe lines' })),
      search: z.exactOptional(z.string().min(1).max(255).meta({ description: 'a part of the line' })),
      limit: z.exactOptional(queryInteger(1, 1000)),
      offset: z.exactOptional(queryInteger(0, 1000)),
    }),
    answer: {
      description: 'At most 1000 are kept, of those that the level of the log lets through',
      schema: z.object({ lines: z.array(line), total: z.int(), offset: z.int() }),
    },
    handle: async ({ logLines }, { query: { level = 'trace', search = '', limit, offset = 0 } }) => {
      const lines = [...logLines].reverse();
      const source = { size: lines.length, at: (index: number) => lines[index] ?? '' };
      const wanted = severityOfLevel(level);
      const page = await pageOf(
        source,
        { offset, limit },
        (text) => severityOf(text) <= wanted && text.includes(search),
      );
      const parsed = { ...page, at: (index: number) => JSON.parse(page.at(index)) as unknown };
      return listAnswer('lines', parsed, offset);
    },
  }),
];
