import * as z from 'zod';
import type { SessionFacts } from '../../../lns/index.js';
import { HttpError } from '../http-error.js';
import { operation } from '../operation.js';
import { listAnswer, type Order, pageOf } from '../paging.js';
import { queryFlag, queryInteger } from '../query.js';
import {
  ipAddress,
  name,
  pastSessionSchema,
  protocolId,
  sessionSchema,
  setUpSchema,
  timelineSchema,
} from '../schemas.js';

/** Counters on a page may be so old, in ms; the sweep that reads them serves all pages meanwhile. */
const countersMaxAge = 2000;

const sortKeys = {
  since: ({ since }) => since,
  user: ({ user }) => user ?? '',
  address: ({ address }) => (address === undefined ? '' : sortableAddress(address)),
  state: ({ state }) => state,
  tunnel: ({ tunnelId }) => tunnelId ?? 0,
  rate: ({ rxRate, txRate }) => rxRate + txRate,
  bytes: ({ rxBytes, txBytes }) => rxBytes + txBytes,
} as const satisfies Record<string, (session: SessionFacts) => string | number>;

/** `10.9.0.1` before `10.65.0.1`. */
const sortableAddress = (address: string): string =>
  address.replaceAll(/\d+/g, (digits) => digits.padStart(3, '0'));

const sortNames = Object.keys(sortKeys).flatMap((key) => [key, `-${key}`]);

const sessionFilter = {
  user: z.exactOptional(name),
  address: z.exactOptional(ipAddress),
  interfaceName: z.exactOptional(name),
  callingNumber: z.exactOptional(name),
  peerAddress: z.exactOptional(ipAddress),
  tunnelId: z.exactOptional(queryInteger(1, 65_535)),
  sessionId: z.exactOptional(queryInteger(1, 65_535)),
  state: z.exactOptional(sessionSchema.shape.state),
};

const filterKeys = Object.keys(sessionFilter) as (keyof typeof sessionFilter)[];

const listQuery = z.strictObject({
  ...sessionFilter,
  search: z.exactOptional(
    z.string().min(1).max(100).meta({
      description: 'a part of user name, address, calling number, interface name or LAC address',
    }),
  ),
  sort: z.exactOptional(z.enum(sortNames).meta({ description: 'a minus sign sorts downwards' })),
  limit: z.exactOptional(queryInteger(1, 10_000).meta({ description: 'all sessions, when it is absent' })),
  offset: z.exactOptional(queryInteger(0, 1_000_000)),
  fresh: z.exactOptional(queryFlag.meta({ description: 'read the counters now; else they may be 2 s old' })),
});
type ListQuery = z.output<typeof listQuery>;

/** What of a query selects sessions; `undefined` where it selects all. */
function selection(query: ListQuery): ((session: SessionFacts) => boolean) | undefined {
  const wanted = filterKeys.flatMap((key) => {
    const value = query[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const search = query.search?.toLowerCase();
  if (wanted.length === 0 && search === undefined) return undefined;
  return (session) =>
    wanted.every(([key, value]) => session[key] === value) &&
    (search === undefined || contains(session, search));
}

const contains = (session: SessionFacts, text: string): boolean =>
  [session.user, session.address, session.callingNumber, session.interfaceName, session.peerAddress].some(
    (value) => value?.toLowerCase().includes(text) === true,
  );

function orderOf(sort: string | undefined): Order<SessionFacts> | undefined {
  if (sort === undefined) return undefined;
  const descending = sort.startsWith('-');
  const key = sortKeys[(descending ? sort.slice(1) : sort) as keyof typeof sortKeys];
  return { key, descending };
}

/** Which sessions or tunnels to end: all that match every given field. */
const disconnectFilter = z
  .strictObject({
    id: z.exactOptional(name),
    sessionId: z.exactOptional(protocolId),
    tunnelId: z.exactOptional(protocolId),
    user: z.exactOptional(name),
    address: z.exactOptional(ipAddress),
    interfaceName: z.exactOptional(name),
    callingNumber: z.exactOptional(name),
    peerAddress: z.exactOptional(ipAddress),
    all: z.exactOptional(z.literal(true)),
  })
  .refine((filter) => Object.keys(filter).length > 0, 'must name what to end, or { all: true }');

const disconnectRequest = z.strictObject({
  filter: disconnectFilter,
  reason: z.exactOptional(z.string().min(1).max(200).meta({ description: 'for logs and records' })),
});
export type DisconnectRequest = z.output<typeof disconnectRequest>;

const disconnectAnswer = z.object({
  disconnected: z.int().min(0).meta({ description: 'sessions, or tunnels, that were told to end' }),
});
export type DisconnectAnswer = z.output<typeof disconnectAnswer>;

const sessionAnswer = z.object({
  session: sessionSchema.extend({ setUp: z.optional(setUpSchema) }),
  timeline: timelineSchema,
  /** Of a session that is over. */
  ended: z.optional(pastSessionSchema.omit({ session: true })),
});
export type SessionAnswer = z.output<typeof sessionAnswer>;

export const sessionOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/sessions',
    id: 'listSessions',
    tag: 'sessions',
    summary: 'Sessions in any state with their counters, in the order in which they began',
    role: 'viewer',
    query: listQuery,
    answer: {
      description: 'A page of sessions',
      schema: z.object({
        sessions: z.array(sessionSchema),
        total: z.int(),
        offset: z.int(),
        countersAt: z.number(),
      }),
    },
    handle: async ({ lns }, { query }) => {
      const table = await lns.sessionTable({ maxAge: query.fresh === true ? 0 : countersMaxAge });
      const offset = query.offset ?? 0;
      const select = selection(query);
      const order = orderOf(query.sort);
      // Only what is on the page is made: thousands of sessions are looked at for it.
      const indices = await pageOf(
        { size: table.size, at: (index) => index },
        { offset, limit: query.limit },
        select && ((index) => select(table.facts(index))),
        order && { ...order, key: (index) => order.key(table.facts(index)) },
      );
      const page = { ...indices, at: (index: number) => table.at(indices.at(index)) };
      return listAnswer('sessions', page, offset, { countersAt: table.countersAt });
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/sessions/past',
    id: 'listPastSessions',
    tag: 'sessions',
    summary: 'Sessions that ended or failed lately, the latest first',
    role: 'viewer',
    query: z.strictObject({
      limit: z.exactOptional(queryInteger(1, 500)),
      offset: z.exactOptional(queryInteger(0, 500)),
    }),
    answer: {
      description: 'At most 500 are kept',
      schema: z.object({ sessions: z.array(pastSessionSchema), total: z.int(), offset: z.int() }),
    },
    handle: async ({ telemetry }, { query }) => {
      const past = telemetry.pastSessions;
      const latestFirst = { size: past.size, at: (index: number) => past.at(past.size - 1 - index) };
      const offset = query.offset ?? 0;
      return listAnswer('sessions', await pageOf(latestFirst, { offset, limit: query.limit }), offset);
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/sessions/{id}',
    id: 'getSession',
    tag: 'sessions',
    summary: 'One session, also one that ended lately',
    role: 'viewer',
    params: z.strictObject({ id: name }),
    answer: { description: 'The session', schema: sessionAnswer },
    handle: async ({ lns, telemetry }, { params: { id } }) => {
      const session = await lns.session(id);
      if (session !== undefined) {
        const { timeline, ...rest } = session;
        return { json: { session: rest, timeline } };
      }
      const past = [...telemetry.pastSessions].findLast((one) => one.session.id === id);
      if (past === undefined) throw new HttpError(404, 'no-session', 'there is no such session');
      const { session: ended, ...rest } = past;
      return { json: { session: ended, timeline: lns.timeline(id) ?? [], ended: rest } };
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/disconnect',
    id: 'disconnect',
    tag: 'sessions',
    summary:
      'Ends the sessions that match every given field; with tunnelId or peerAddress alone whole tunnels',
    role: 'operator',
    body: disconnectRequest,
    answer: { description: 'How many', schema: disconnectAnswer },
    handle: ({ lns }, { body: { filter, reason } }) => ({
      json: { disconnected: lns.disconnect(filter, reason) } satisfies DisconnectAnswer,
    }),
  }),
];
