import * as z from 'zod';
import { operation } from '../operation.js';

const server = z.looseObject({
  name: z.string(),
  state: z.enum(['up', 'dead']),
  profile: z.optional(z.string()),
  inFlight: z.int(),
  latency: z.optional(z.number().meta({ description: 'smoothed time of an answer in ms' })),
});

export const radiusOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/radius',
    id: 'getRadius',
    tag: 'radius',
    summary: 'RADIUS servers with their counters, and accounting records on their way',
    role: 'viewer',
    answer: {
      description: 'Empty lists where no RADIUS server is configured',
      schema: z.looseObject({ authentication: z.array(server), accounting: z.array(server) }),
    },
    handle: ({ lns }) => ({ json: lns.radius?.() ?? { authentication: [], accounting: [] } }),
  }),
];
