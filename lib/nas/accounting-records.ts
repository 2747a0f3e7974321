import type {
  CallContext,
  FailedCall,
  SessionEnd,
  SubscriberSession,
  TrafficCounters,
} from '../aaa/index.js';
import type { Attribute, KnownAttribute } from '../radius/index.js';
import {
  callAttributes,
  type NasIdentity,
  nasAttributes,
  textAttribute,
  tunnelAttributes,
} from './request-attributes.js';
import { terminateCauseOf, tunnelTerminateCauseOf } from './terminate-cause.js';
import type { TunnelReport } from './tunnel-accounting.js';

/** Acct-Status-Type (RFC 2866 section 5.1, RFC 2867 section 3). */
export const statusType = {
  start: 1,
  stop: 2,
  interim: 3,
  accountingOn: 7,
  accountingOff: 8,
  tunnelLinkStart: 12,
  tunnelLinkStop: 13,
  tunnelLinkReject: 14,
} as const;

/** The same of tunnels. */
export const tunnelStatus = { start: 9, stop: 10, reject: 11 } as const;

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
  call: CallContext,
  identity: NasIdentity,
  { madeAt, upFor }: RecordTime,
  end?: SessionEnd,
): Attribute[] {
  const { policy } = session;
  const { user = session.user, class: classes = [] } = policy?.accounting ?? {};
  return [
    { name: 'Acct-Status-Type', value: status },
    ...userAttribute(user),
    ...nasAttributes(identity),
    ...callAttributes(call),
    ...attribute('Acct-Multi-Session-Id', call.tunnelKey),
    ...serialNumber(call.callSerialNumber),
    ...(call.bearer === 'l2tp' ? [] : onwardAttributes(session)),
    ...addressAttributes(session),
    { name: 'Acct-Authentic', value: policy?.accounting === undefined ? authenticLocal : authenticRadius },
    ...classes.map((value) => ({ name: 'Class', value })),
    timestamp(madeAt),
    ...(status === statusType.start || status === statusType.tunnelLinkStart
      ? []
      : [...counterAttributes(session.counters, upFor), ...ipv6CounterAttributes(session)]),
    ...(status === statusType.tunnelLinkStop ? lostPacketsAttribute(session.lostPackets) : []),
    ...(end === undefined ? [] : [{ name: 'Acct-Terminate-Cause', value: terminateCauseOf(end) }]),
  ];
}

const userAttribute = (user: string | undefined): KnownAttribute[] => textAttribute('User-Name', user);

const serialNumber = (number: number | undefined): KnownAttribute[] =>
  number === undefined ? [] : [{ name: 'Acct-Tunnel-Connection', value: String(number) }];

/** The tunnel that a PPPoE subscriber is carried on in. One who comes by a tunnel is told of with that (RFC 2867). */
function onwardAttributes({ onwardTunnel }: SubscriberSession): KnownAttribute[] {
  if (onwardTunnel === undefined) return [];
  const { clientAddress, clientHostName, serverAddress, serverHostName, callSerialNumber } = onwardTunnel;
  return [
    ...tunnelAttributes({
      peerAddress: clientAddress,
      peerHostName: clientHostName,
      localAddress: serverAddress,
      localHostName: serverHostName,
    }),
    ...serialNumber(callSerialNumber),
  ];
}

/** What the subscriber was given. */
const addressAttributes = ({ address, policy, ipv6 }: SubscriberSession): KnownAttribute[] => [
  ...(address === undefined ? [] : ipv4Attributes(address, policy?.netmask)),
  ...attribute('Framed-Interface-Id', ipv6.interfaceId),
  ...attribute('Framed-IPv6-Prefix', ipv6.prefix),
  ...attribute('Framed-IPv6-Address', ipv6.address),
  ...attribute('Delegated-IPv6-Prefix', ipv6.delegatedPrefix),
];

const attribute = (name: KnownAttribute['name'], value: string | undefined): KnownAttribute[] =>
  value === undefined ? [] : [{ name, value }];

function ipv4Attributes(address: string, length: number | undefined): KnownAttribute[] {
  const mask = length === undefined || length === 0 ? undefined : (0xffff_ffff << (32 - length)) >>> 0;
  const octets = mask === undefined ? undefined : [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff);
  return [
    { name: 'Framed-IP-Address', value: address },
    ...attribute('Framed-IP-Netmask', octets?.join('.')),
  ];
}

/** 64-bit counters of the interface, IPv4 and IPv6 together. */
const counterAttributes = (counters: TrafficCounters, upFor: number): KnownAttribute[] => [
  { name: 'Acct-Session-Time', value: Math.max(0, Math.round(upFor / 1000)) },
  ...trafficAttributes('Acct-', counters),
];

/** What of them was IPv6; no standard has attributes for it. */
const ipv6CounterAttributes = ({ ipv6Counters }: SubscriberSession): KnownAttribute[] =>
  ipv6Counters === undefined ? [] : trafficAttributes('ERX-IPv6-Acct-', ipv6Counters);

function trafficAttributes(
  prefix: 'Acct-' | 'ERX-IPv6-Acct-',
  { rxBytes, rxPackets, txBytes, txPackets }: TrafficCounters,
): KnownAttribute[] {
  return [
    { name: `${prefix}Input-Octets`, value: rxBytes % two32 },
    { name: `${prefix}Input-Gigawords`, value: Math.floor(rxBytes / two32) },
    { name: `${prefix}Output-Octets`, value: txBytes % two32 },
    { name: `${prefix}Output-Gigawords`, value: Math.floor(txBytes / two32) },
    { name: `${prefix}Input-Packets`, value: rxPackets % two32 },
    { name: `${prefix}Output-Packets`, value: txPackets % two32 },
  ];
}

const lostPacketsAttribute = (packets: number | undefined): KnownAttribute[] =>
  packets === undefined ? [] : [{ name: 'Acct-Tunnel-Packets-Lost', value: packets % two32 }];

/** A record of a tunnel as a whole, or of a tunnel that did not come up. The LAC is its user. */
export const tunnelRecord = (
  { status, tunnel, counters, lostPackets, end }: TunnelReport,
  identity: NasIdentity,
  { madeAt, upFor }: RecordTime,
): Attribute[] => [
  { name: 'Acct-Status-Type', value: status },
  { name: 'Acct-Session-Id', value: tunnel.id },
  ...userAttribute(tunnel.peerHostName),
  ...nasAttributes(identity),
  ...tunnelAttributes(tunnel),
  { name: 'Acct-Tunnel-Connection', value: String(tunnel.tunnelId) },
  timestamp(madeAt),
  ...(counters === undefined ? [] : counterAttributes(counters, upFor)),
  ...lostPacketsAttribute(lostPackets),
  ...(end === undefined ? [] : [{ name: 'Acct-Terminate-Cause', value: tunnelTerminateCauseOf(end) }]),
];

/** A Tunnel-Link-Reject: a call of a tunnel that became no session. */
export const linkRejectRecord = (
  { tunnel, user = '', callSerialNumber, callingNumber, calledNumber }: FailedCall,
  end: SessionEnd,
  identity: NasIdentity,
  madeAt: number,
): Attribute[] => [
  { name: 'Acct-Status-Type', value: statusType.tunnelLinkReject },
  { name: 'Acct-Session-Id', value: tunnel.id },
  ...userAttribute(user),
  ...nasAttributes(identity),
  ...tunnelAttributes(tunnel),
  ...serialNumber(callSerialNumber),
  ...textAttribute('Calling-Station-Id', callingNumber),
  ...textAttribute('Called-Station-Id', calledNumber),
  timestamp(madeAt),
  { name: 'Acct-Terminate-Cause', value: terminateCauseOf(end) },
];
