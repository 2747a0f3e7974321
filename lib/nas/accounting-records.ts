import type { CallContext, SessionEnd, SubscriberSession } from '../aaa/index.js';
import type { Attribute, KnownAttribute } from '../radius/index.js';
import { callAttributes, type NasIdentity, nasAttributes, tunnelAttributes } from './request-attributes.js';
import { terminateCauseOf } from './terminate-cause.js';

/** Acct-Status-Type (RFC 2866 section 5.1, RFC 2867 section 3). */
export const statusType = {
  start: 1,
  stop: 2,
  interim: 3,
  accountingOn: 7,
  accountingOff: 8,
  tunnelStart: 9,
  tunnelStop: 10,
  tunnelReject: 11,
  tunnelLinkStart: 12,
  tunnelLinkStop: 13,
  tunnelLinkReject: 14,
} as const;

const authenticRadius = 1;
const authenticLocal = 2;
const two32 = 2 ** 32;

/** When a record was made. */
export interface RecordTime {
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Milliseconds that the session has been up. */
  readonly upFor: number;
}

const timestamp = (madeAt: number): KnownAttribute => ({
  name: 'Event-Timestamp',
  value: Math.floor(madeAt / 1000),
});

/** Accounting-On and -Off: all sessions of this server are over. */
export const nasRecord = (
  status: typeof statusType.accountingOn | typeof statusType.accountingOff,
  identity: NasIdentity,
  id: string,
  madeAt: number,
): Attribute[] => [
  { name: 'Acct-Status-Type', value: status },
  { name: 'Acct-Session-Id', value: id },
  ...nasAttributes(identity),
  timestamp(madeAt),
];

/** A record of a session, of any kind, with everything that is known of it. */
export function sessionRecord(
  status: number,
  session: SubscriberSession,
  identity: NasIdentity,
  { madeAt, upFor }: RecordTime,
  end?: SessionEnd,
): Attribute[] {
  const { policy, callContext } = session;
  const { user = session.user, class: classes = [] } = policy?.accounting ?? {};
  return [
    { name: 'Acct-Status-Type', value: status },
    ...(user === undefined || user === '' ? [] : [{ name: 'User-Name', value: user }]),
    ...nasAttributes(identity),
    ...callAttributes(callContext),
    ...multiSession(callContext),
    ...(callContext.callSerialNumber === undefined
      ? []
      : [{ name: 'Acct-Tunnel-Connection', value: String(callContext.callSerialNumber) }]),
    ...addressAttributes(session),
    { name: 'Acct-Authentic', value: policy?.accounting === undefined ? authenticLocal : authenticRadius },
    ...classes.map((value) => ({ name: 'Class', value })),
    timestamp(madeAt),
    ...(status === statusType.start || status === statusType.tunnelLinkStart
      ? []
      : counterAttributes(session, upFor)),
    ...(end === undefined ? [] : [{ name: 'Acct-Terminate-Cause', value: terminateCauseOf(end) }]),
  ];
}

/** What the subscriber was given. */
function addressAttributes({ address, policy }: SubscriberSession): KnownAttribute[] {
  if (address === undefined) return [];
  const length = policy?.netmask;
  const mask = length === undefined || length === 0 ? undefined : (0xffff_ffff << (32 - length)) >>> 0;
  return [
    { name: 'Framed-IP-Address', value: address },
    ...(mask === undefined
      ? []
      : [
          {
            name: 'Framed-IP-Netmask',
            value: [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join('.'),
          } as const,
        ]),
  ];
}

/** The same for all sessions of a tunnel, and for no others. */
function multiSession({ id, bearer, tunnelId }: CallContext): KnownAttribute[] {
  if (bearer !== 'l2tp' || tunnelId === undefined) return [];
  return [{ name: 'Acct-Multi-Session-Id', value: `${id.split('-')[0] ?? id}-t${tunnelId.toString(16)}` }];
}

/** 64-bit counters of the interface, IPv4 and IPv6 together. */
function counterAttributes({ counters }: SubscriberSession, upFor: number): KnownAttribute[] {
  const { rxBytes, rxPackets, txBytes, txPackets } = counters;
  return [
    { name: 'Acct-Session-Time', value: Math.max(0, Math.round(upFor / 1000)) },
    { name: 'Acct-Input-Octets', value: rxBytes % two32 },
    { name: 'Acct-Input-Gigawords', value: Math.floor(rxBytes / two32) },
    { name: 'Acct-Output-Octets', value: txBytes % two32 },
    { name: 'Acct-Output-Gigawords', value: Math.floor(txBytes / two32) },
    { name: 'Acct-Input-Packets', value: rxPackets % two32 },
    { name: 'Acct-Output-Packets', value: txPackets % two32 },
  ];
}

/** A record of a tunnel as a whole (RFC 2867 section 2). */
export const tunnelRecord = (
  status: number,
  call: CallContext,
  identity: NasIdentity,
  { madeAt, upFor }: RecordTime,
): Attribute[] => [
  { name: 'Acct-Status-Type', value: status },
  ...multiSession(call).map(({ value }) => ({ name: 'Acct-Session-Id', value })),
  ...nasAttributes(identity),
  ...tunnelAttributes(call),
  timestamp(madeAt),
  ...(status === statusType.tunnelStop
    ? [{ name: 'Acct-Session-Time', value: Math.round(upFor / 1000) }]
    : []),
];
