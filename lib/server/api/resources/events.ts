import * as z from 'zod';
import { type RecordedEvent, serverEventTypes } from '../../telemetry/index.js';
import { beginEventStream, whenGone } from '../event-stream.js';
import { operation } from '../operation.js';
import { queryInteger } from '../query.js';
import { eventSchema } from '../schemas.js';

const types = z.exactOptional(
  z
    .string()
    .max(300)
    .refine(
      (text) => text.split(',').every((type) => (serverEventTypes as readonly string[]).includes(type)),
      `must be some of ${serverEventTypes.join(',')}`,
    )
    .meta({ description: `only these, with commas between: ${serverEventTypes.join(', ')}` }),
);

const since = z.exactOptional(
  queryInteger(0, 999_999_999_999_999).meta({ description: 'also kept events with a greater id than this' }),
);

const selection = (wanted: string | undefined): ((event: RecordedEvent) => boolean) => {
  const chosen = wanted === undefined ? undefined : new Set(wanted.split(','));
  return ({ type }) => chosen?.has(type) ?? true;
};

const frame = (event: RecordedEvent): string =>
  `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

export const eventOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/events/recent',
    id: 'listRecentEvents',
    tag: 'events',
    summary: 'The last events, the oldest first; 1024 are kept',
    role: 'viewer',
    query: z.strictObject({ types, since }),
    answer: { description: 'Events', schema: z.object({ events: z.array(eventSchema) }) },
    handle: ({ telemetry: { feed } }, { query }) => {
      const events = feed.since(query.since ?? 0).filter(selection(query.types));
      return { list: { name: 'events', size: events.length, at: (index) => events[index], rest: {} } };
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/events',
    id: 'streamEvents',
    tag: 'events',
    summary: 'Events as they happen (server-sent events); Last-Event-ID goes on where a stream broke off',
    role: 'viewer',
    query: z.strictObject({ types, since }),
    answer: { description: 'A stream without end', type: 'text/event-stream' },
    handle: ({ telemetry: { feed } }, { query, headers }) => ({
      type: 'text/event-stream',
      stream: (stream) => {
        const wanted = selection(query.types);
        const last = lastEventId(headers['last-event-id']) ?? query.since;
        beginEventStream(stream);
        const send = (event: RecordedEvent): void => {
          if (!wanted(event)) return;
          // It can come back with Last-Event-ID when it reads again.
          if (!stream.write(frame(event))) stream.end();
        };
        for (const event of last === undefined ? [] : feed.since(last)) send(event);
        whenGone(stream, feed.listen(send));
      },
    }),
  }),
];

const lastEventId = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
