import * as z from 'zod';
import { operation } from '../operation.js';
import { poolSchema } from '../schemas.js';

export const poolOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/pools',
    id: 'listPools',
    tag: 'pools',
    summary: 'Address pools, and how much of them is given out',
    role: 'viewer',
    answer: { description: 'All pools', schema: z.object({ pools: z.array(poolSchema) }) },
    handle: ({ lns }) => ({ json: { pools: lns.pools() } }),
  }),
];
