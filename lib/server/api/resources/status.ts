import * as z from 'zod';
import { operation, roles } from '../operation.js';

const status = z.object({
  version: z.string(),
  pid: z.int(),
  state: z.enum(['starting', 'running', 'stopping']),
  since: z.number().meta({ description: 'milliseconds since the epoch' }),
  config: z.string(),
  listen: z.array(z.string()),
  tunnels: z.int(),
  sessions: z.int(),
});
export type Status = z.output<typeof status>;

const statusAnswer = status.extend({ role: z.enum(roles).meta({ description: 'of whoever asks' }) });

export const statusOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/status',
    id: 'getStatus',
    tag: 'server',
    summary: 'Version and state of the server',
    role: 'viewer',
    answer: { description: 'The state', schema: statusAnswer },
    handle: (target, { role }) => ({ json: { ...target.status(), role } }),
  }),
];
