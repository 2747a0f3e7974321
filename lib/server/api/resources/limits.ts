import * as z from 'zod';
import { optionName } from '../../option-name.js';
import { operation } from '../operation.js';
import { limitSchema } from '../schemas.js';

export type LimitAnswer = z.output<typeof limitSchema>;

export const limitOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/limits',
    id: 'listLimits',
    tag: 'limits',
    summary: 'Limits in force, how much of each is used, and how often something was refused for it',
    role: 'viewer',
    answer: { description: 'All limits', schema: z.object({ limits: z.array(limitSchema) }) },
    handle: ({ lns }) => ({
      json: { limits: lns.limits().map((limit) => ({ ...limit, name: optionName(limit.name) })) },
    }),
  }),
];
