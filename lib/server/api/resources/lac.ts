import * as z from 'zod';
import { operation } from '../operation.js';
import { lnsSchema } from '../schemas.js';

export const lacOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/lac',
    id: 'listServers',
    tag: 'lac',
    summary: 'The LNSs that subscribers are carried on to, and which of them are set aside',
    role: 'viewer',
    answer: { description: 'All LNSs', schema: z.object({ servers: z.array(lnsSchema) }) },
    handle: ({ lns }) => ({ json: { servers: lns.servers() } }),
  }),
];
