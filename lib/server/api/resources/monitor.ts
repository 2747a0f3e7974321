import * as z from 'zod';
import {
  SessionCapture,
  type SessionSelector,
  TooManyWatchesError,
  traceLine,
} from '../../../monitor/index.js';
import { beginEventStream, whenGone } from '../event-stream.js';
import { HttpError } from '../http-error.js';
import { type AnswerStream, operation } from '../operation.js';
import { queryFlag, queryInteger } from '../query.js';
import { ipAddress, name } from '../schemas.js';
import type { ApiTarget } from '../target.js';

/** Octets that a client may leave unread: what comes then is counted as lost. */
const maxWaiting = 1 << 20;
/** How often captured packets are fetched, in ms. */
const pollInterval = 50;
const defaultSnapLength = 1600;
const defaultMaxBytes = 100 << 20;

const traceQuery = z
  .strictObject({
    user: z.exactOptional(name),
    id: z.exactOptional(name),
    callingNumber: z.exactOptional(name),
    peerAddress: z.exactOptional(ipAddress),
  })
  .refine((query) => Object.keys(query).length > 0, 'must name user, id, callingNumber or peerAddress');

const captureQuery = z.strictObject({
  data: z.exactOptional(
    queryFlag.meta({ description: 'IP packets too, not only control and PPP frames; true when absent' }),
  ),
  snapLength: z.exactOptional(
    queryInteger(64, 65_535).meta({ description: 'octets of an IP packet that are kept; 1600 when absent' }),
  ),
  maxBytes: z.exactOptional(
    queryInteger(1024, 10_737_418_240).meta({ description: 'ends then; 100 MiB when absent' }),
  ),
  seconds: z.exactOptional(queryInteger(1, 604_800).meta({ description: 'ends after so long' })),
});

/** Begins a watch. @throws HttpError 409 */
function watch(lns: ApiTarget['lns'], ...parameters: Parameters<ApiTarget['lns']['watch']>): () => void {
  try {
    return lns.watch(...parameters);
  } catch (error) {
    if (error instanceof TooManyWatchesError) throw new HttpError(409, 'too-many', error.message);
    throw error;
  }
}

function trace({ lns, log }: ApiTarget, selector: SessionSelector): (stream: AnswerStream) => void {
  let target: AnswerStream | undefined;
  let lost = 0;
  const stop = watch(lns, selector, (event) => {
    if (target === undefined || target.waiting > maxWaiting) {
      lost += 1;
      return;
    }
    if (lost > 0) target.write(`event: lost\ndata: {"lines":${lost}}\n\n`);
    lost = 0;
    target.write(`event: message\ndata: ${JSON.stringify(traceLine(event))}\n\n`);
    if (event.kind === 'end' && selector.id !== undefined) target.end();
  });
  return (stream) => {
    target = stream;
    log.info({ ...selector }, 'a trace begins');
    beginEventStream(stream);
    whenGone(stream, stop);
  };
}

function capture(
  { lns, log }: ApiTarget,
  id: string,
  {
    data = true,
    snapLength = defaultSnapLength,
    maxBytes = defaultMaxBytes,
    seconds,
  }: z.output<typeof captureQuery>,
): (stream: AnswerStream) => void {
  const session = lns.monitored(id);
  if (session === undefined) throw new HttpError(404, 'no-session', 'there is no such session');
  let file: SessionCapture;
  try {
    file = new SessionCapture(session, { snapLength, data, maxOctets: maxBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const mend = 'it takes CAP_NET_RAW; data=false captures all but IP packets';
    throw new HttpError(409, 'no-capture', `IP packets cannot be captured: ${why}; ${mend}`);
  }
  let advance = (): void => undefined;
  const stop = watch(lns, { id, tunnelMessages: true }, (event) => {
    file.handle(event);
    advance();
  });
  return (stream) => {
    log.info({ id, user: session.user ?? '', data }, 'a capture begins');
    file.begin({
      write: (octets) => void stream.write(octets),
      ready: () => stream.waiting <= maxWaiting,
    });
    const timer = setInterval(() => {
      try {
        file.poll();
      } catch (error) {
        log.warn({ err: error, id }, 'a capture ends: IP packets cannot be captured');
        file.end();
      }
      advance();
    }, pollInterval);
    const limit = seconds === undefined ? undefined : setTimeout(() => finish(), seconds * 1000);
    const finish = (): void => {
      file.end();
      advance();
    };
    advance = () => {
      if (file.ended) stream.end();
    };
    whenGone(stream, () => {
      stop();
      clearInterval(timer);
      clearTimeout(limit);
      file.end();
    });
  };
}

export const monitorOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/trace',
    id: 'traceSessions',
    tag: 'sessions',
    summary: 'Decoded control and PPP messages of the sessions that match, as they pass (server-sent events)',
    role: 'operator',
    query: traceQuery,
    answer: {
      description:
        'A stream without end; with id, until the session ends. Secrets and passwords are not in it. ' +
        'Sessions of a user that begin later are shown from their first message on, once they have said who they are.',
      type: 'text/event-stream',
    },
    handle: (target, { query }) => ({ type: 'text/event-stream', stream: trace(target, query) }),
  }),
  operation({
    method: 'GET',
    path: '/api/v1/sessions/{id}/capture',
    id: 'captureSession',
    tag: 'sessions',
    summary: "A session's PPP frames and its tunnel's control messages as a capture file (pcapng)",
    role: 'operator',
    params: z.strictObject({ id: name }),
    query: captureQuery,
    answer: {
      description: 'A file that grows until the session ends. Passwords and responses in it are zeros.',
      type: 'application/x-pcapng',
    },
    handle: (target, { params, query }) => ({
      type: 'application/x-pcapng',
      stream: capture(target, params.id, query),
    }),
  }),
];
