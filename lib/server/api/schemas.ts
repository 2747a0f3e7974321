import { isIP } from 'node:net';
import * as z from 'zod';
import type {
  EndReason,
  LimitInfo,
  LnsStatistics,
  PoolInfo,
  SessionInfo,
  TunnelInfo,
} from '../../lns/index.js';
import { sampleFields, serverEventTypes } from '../telemetry/index.js';

/** Shapes of what the API takes and answers. Fields that have no value are left out of an answer. */

const count = z.int().min(0);
/** Milliseconds since the epoch. */
const time = z.number().meta({ description: 'milliseconds since the epoch' });
const rate = z.number().min(0).meta({ description: 'bit/s' });
const absentable = <S extends z.ZodType>(schema: S) => z.optional(schema);

export const protocolId = z.int().min(1).max(65_535);
export const name = z.string().min(1).max(255);
export const logLevels = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']);
export const ipAddress = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');

export const sessionSchema = z.object({
  id: z.string(),
  bearer: z.enum(['l2tp', 'pppoe']),
  sessionId: protocolId,
  peerSessionId: z.int().min(0).max(65_535),
  tunnelId: absentable(protocolId),
  state: z.enum(['lcp', 'authenticate', 'network', 'open', 'forwarding', 'forwarded', 'closing']),
  forwardedTo: absentable(
    z.object({
      group: absentable(z.string()),
      server: z.string(),
      tunnelId: protocolId,
      sessionId: protocolId,
    }),
  ),
  user: absentable(z.string()),
  address: absentable(z.string()),
  interfaceName: absentable(z.string()),
  callingNumber: absentable(z.string()),
  peerAddress: z.string(),
  authMethod: absentable(z.string()),
  mppe: absentable(z.string()),
  mtu: absentable(count),
  since: time,
  rxBytes: count,
  rxPackets: count,
  txBytes: count,
  txPackets: count,
  rxRate: rate,
  txRate: rate,
});

export const timelineSchema = z.array(
  z.object({
    after: z.number().meta({ description: "milliseconds after the call's request" }),
    kind: z.enum(['step', 'sent', 'received']),
    text: z.string(),
  }),
);

export const setUpSchema = z
  .record(z.string(), z.number())
  .meta({ description: "milliseconds from the call's request to each step that was done" });

export const tunnelSchema = z.object({
  tunnelId: protocolId,
  peerTunnelId: z.int().min(0).max(65_535),
  state: z.string(),
  peerAddress: z.string(),
  peerPort: z.int().min(0).max(65_535),
  localAddress: z.string(),
  peerHostName: z.string(),
  peerVendorName: z.string(),
  profile: absentable(z.string()),
  sessions: count,
  since: time,
  backlog: count,
  rxRate: rate,
  txRate: rate,
});

export const poolSchema = z.object({ name: z.string(), size: count, used: count, free: count });

export const limitSchema = z.object({
  name: z.string().meta({ description: 'the option of the configuration, such as `max-sessions`' }),
  profile: absentable(z.string()),
  limit: count.meta({ description: 'of `call-rate` the calls of a burst' }),
  perSecond: absentable(z.number().min(0)),
  used: count.meta({
    description:
      'where each tunnel, source, user or MAC address has the limit: the most that one of them has',
  }),
  refused: count.meta({ description: 'what was refused for it since the start' }),
});

export const lnsSchema = z.object({
  group: absentable(z.string()),
  address: z.string(),
  port: z.int().min(1).max(65_535),
  priority: count,
  weight: z.number().min(0),
  state: z.enum(['up', 'aside', 'trial']),
  reason: absentable(z.string()),
  retryIn: absentable(count.meta({ description: 'seconds' })),
  tunnels: count,
  sessions: count,
});

export const endReasonSchema = z.object({
  by: z.enum(['peer', 'local', 'lost']),
  text: z.string(),
  cause: z.string(),
  reason: absentable(z.string()),
  resultCode: absentable(count),
  errorCode: absentable(count),
  disconnectCode: absentable(count),
});

export const pastSessionSchema = z.object({
  session: sessionSchema,
  reason: endReasonSchema,
  endedAt: time,
  wasUp: z.boolean(),
});

export const failureSchema = z.object({
  time,
  cause: z.string(),
  text: z.string(),
  user: absentable(z.string()),
  peerAddress: z.string(),
  sessionId: absentable(z.string()),
});

export const eventSchema = z.object({
  id: z.int().min(1),
  time,
  type: z.enum(serverEventTypes),
  session: absentable(sessionSchema),
  tunnel: absentable(tunnelSchema),
  reason: absentable(endReasonSchema),
  peer: absentable(z.object({ peerAddress: z.string(), peerHostName: z.string() })),
  call: absentable(
    z.object({ tunnelId: absentable(protocolId), peerAddress: z.string(), profile: absentable(z.string()) }),
  ),
  state: absentable(z.string()),
  text: absentable(z.string()),
});

export const statisticsSchema = z.object({
  sessions: count,
  sessionsUp: count,
  callsInProgress: count,
  tunnels: count,
  halfOpenTunnels: count,
  backlog: count,
  kernelOperations: count,
  rxRate: rate,
  txRate: rate,
  l2tp: z.record(z.string(), z.union([count, z.record(z.string(), count)])),
  pppoe: absentable(
    z.record(z.string(), count).meta({ description: 'PPPoE discovery: packets, and what became of them' }),
  ),
});

export const historySchema = z.object({
  step: count.meta({ description: 'milliseconds between samples' }),
  time: z.array(time),
  series: z.object(
    Object.fromEntries(sampleFields.map((field) => [field, z.array(z.number())])) as Record<
      (typeof sampleFields)[number],
      z.ZodArray<z.ZodNumber>
    >,
  ),
});

export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Fails to compile when an answer has a field that its schema does not know. */
type Described<T, S extends z.ZodType> = [Exclude<keyof T, keyof z.output<S>>] extends [never]
  ? true
  : Exclude<keyof T, keyof z.output<S>>;
const everyFieldIsDescribed: readonly [
  Described<SessionInfo, typeof sessionSchema>,
  Described<TunnelInfo, typeof tunnelSchema>,
  Described<PoolInfo, typeof poolSchema>,
  Described<LimitInfo, typeof limitSchema>,
  Described<EndReason, typeof endReasonSchema>,
  Described<LnsStatistics, typeof statisticsSchema>,
] = [true, true, true, true, true, true];
void everyFieldIsDescribed;
