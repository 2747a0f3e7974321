import * as z from 'zod';
import { operation } from '../operation.js';
import { listAnswer, pageOf } from '../paging.js';
import { queryInteger } from '../query.js';
import { failureSchema, historySchema, statisticsSchema } from '../schemas.js';

const stats = statisticsSchema.extend({
  time: z.number(),
  sessionsPeak: z.int(),
  sessionsSinceStart: z.int(),
  failuresSinceStart: z.int(),
  failures: z.array(z.object({ cause: z.string(), total: z.int(), lastHour: z.int() })),
  eventLoopUtilization: z.number().meta({ description: '0 to 1' }),
  memory: z.number().meta({ description: 'resident set of the process in octets' }),
});
export type Stats = z.output<typeof stats>;

export const statsOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/stats',
    id: 'getStats',
    tag: 'stats',
    summary: 'What the server does and did, in numbers',
    role: 'viewer',
    answer: { description: 'Numbers of this moment and since the start', schema: stats },
    handle: ({ lns, telemetry }) => {
      const { l2tp, ...statistics } = lns.statistics();
      const time = Date.now();
      return {
        json: {
          ...statistics,
          time,
          sessionsPeak: telemetry.peak,
          sessionsSinceStart: telemetry.sessionsUp,
          failuresSinceStart: telemetry.failureCounts.sum,
          failures: telemetry.failureCounts.byCause(time),
          eventLoopUtilization: telemetry.utilization,
          memory: process.memoryUsage.rss(),
          l2tp: { ...l2tp, received: l2tp.received, sent: l2tp.sent },
        },
      };
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/stats/history',
    id: 'getHistory',
    tag: 'stats',
    summary: 'Samples for charts: every 5 s over the last hour, or every 5 min over the last week',
    role: 'viewer',
    query: z.strictObject({
      resolution: z.exactOptional(z.enum(['fine', 'coarse'])),
      since: z.exactOptional(
        queryInteger(0, 999_999_999_999_999).meta({
          description: 'only later samples; milliseconds since the epoch',
        }),
      ),
    }),
    answer: { description: 'The samples, column by column', schema: historySchema },
    handle: ({ telemetry }, { query }) => ({
      json: telemetry.history.read(query.resolution ?? 'fine', query.since),
    }),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/failures',
    id: 'listFailures',
    tag: 'stats',
    summary: 'Calls that failed or were refused lately, the latest first',
    role: 'viewer',
    query: z.strictObject({
      limit: z.exactOptional(queryInteger(1, 500)),
      offset: z.exactOptional(queryInteger(0, 500)),
    }),
    answer: {
      description: 'At most 500 are kept',
      schema: z.object({ failures: z.array(failureSchema), total: z.int(), offset: z.int() }),
    },
    handle: async ({ telemetry: { failures } }, { query }) => {
      const latestFirst = {
        size: failures.size,
        at: (index: number) => failures.at(failures.size - 1 - index),
      };
      const offset = query.offset ?? 0;
      return listAnswer('failures', await pageOf(latestFirst, { offset, limit: query.limit }), offset);
    },
  }),
];
