import type { CallContext, FailedCall, TrafficCounters } from '../aaa/index.js';
import type { PppEvent } from '../ppp/index.js';
import type { LogFields } from '../tunnels/index.js';
import type { SessionInfo } from './info.js';
import type { LnsSession } from './lns-session.js';

/** A session as operators and the library see it. */
export function sessionInfo(session: LnsSession, stats: TrafficCounters): SessionInfo {
  const { facts, kind } = session.bearer;
  return {
    id: session.id,
    bearer: kind,
    sessionId: facts.sessionId,
    peerSessionId: facts.peerSessionId,
    tunnelId: facts.tunnelId,
    state: session.state,
    forwardedTo: session.forwardedTo,
    user: session.user,
    address: session.address,
    interfaceName: session.interfaceName,
    callingNumber: facts.callingNumber,
    peerAddress: facts.peerAddress,
    authMethod: session.authMethod,
    mppe: session.mppe,
    mtu: session.mtu,
    since: session.since,
    rxBytes: stats.rxBytes,
    rxPackets: stats.rxPackets,
    txBytes: stats.txBytes,
    txPackets: stats.txPackets,
    rxRate: session.rxRate,
    txRate: session.txRate,
  };
}

/** What is known of a session's call before its subscriber is. Made for each question: nothing is kept of it. */
export function callContext({ id, bearer, lac }: LnsSession, tunnelKey: string | undefined): CallContext {
  const { facts } = bearer;
  const context = {
    id,
    bearer: bearer.kind,
    peerAddress: facts.peerAddress,
    peerPort: facts.peerPort,
    peerHostName: facts.peerHostName,
    tunnelId: facts.tunnelId,
    tunnelKey,
    sessionId: facts.sessionId,
    callingNumber: facts.callingNumber,
    calledNumber: facts.calledNumber,
    interfaceName: facts.interfaceName,
    accessLine: facts.accessLine,
    txConnectSpeed: facts.txConnectSpeed,
    rxConnectSpeed: facts.rxConnectSpeed,
    localAddress: facts.localAddress,
    localHostName: facts.localHostName,
    callSerialNumber: facts.callSerialNumber,
  };
  return lac.name === undefined ? context : { ...context, profile: lac.name };
}

/** What is recorded of a call whose session did not come up; `undefined` of one outside of tunnels. */
export function failedCall(context: CallContext, user: string | undefined): FailedCall | undefined {
  const { tunnelId, tunnelKey, localAddress, localHostName, profile, ...call } = context;
  if (tunnelId === undefined || tunnelKey === undefined) return undefined;
  const { peerAddress, peerHostName } = call;
  const ends = {
    peerAddress,
    peerHostName,
    localAddress: localAddress ?? '',
    localHostName: localHostName ?? '',
  };
  return { ...call, tunnel: { id: tunnelKey, tunnelId, profile, ...ends }, user };
}

/** What of an event of PPP may be logged: causes and plain values, never keys. */
export function loggable(event: PppEvent): LogFields {
  switch (event.kind) {
    case 'lcp-up':
      return { mru: event.mru, peerMru: event.peerMru, auth: event.authMethod, proxied: event.proxied };
    case 'identification':
      return { text: event.text };
    case 'closing':
      return { cause: event.cause.text };
    case 'renegotiating':
      return { by: event.by };
    case 'network-down':
      return { protocol: event.protocol };
    default:
      return {};
  }
}
