import { describeResult } from '../l2tp/index.js';
import type { CallEnd, Result, TunnelEvent } from '../l2tp/index.js';
import { Direction, type DisconnectCause, type DisconnectReason } from '../ppp/index.js';

/** Why a session or tunnel ended, for people and for records. */
export interface EndReason {
  /** Who ended it; `lost` when the peer fell silent. */
  readonly by: 'peer' | 'local' | 'lost';
  readonly text: string;
  /** One of a bounded set of names, for counters: a PPP disconnect reason, or `peer-cdn-4`, `stopccn-2`, ... */
  readonly cause: string;
  /** For what reason PPP ended, where it was PPP that did. */
  readonly reason?: DisconnectReason;
  /** Result Code of the CDN or StopCCN (RFC 2661 section 4.4.2), where there was one. */
  readonly resultCode?: number;
  readonly errorCode?: number;
  /** PPP disconnect cause code (RFC 3145). */
  readonly disconnectCode?: number;
}

const codes = (result: Result): Pick<EndReason, 'resultCode' | 'errorCode'> => ({
  resultCode: result.resultCode,
  ...(result.errorCode !== undefined && { errorCode: result.errorCode }),
});

/** A tunnel's end in the words that logs and events use. */
export function tunnelEndReason(event: Extract<TunnelEvent, { type: 'down' }>): EndReason {
  const by =
    event.cause === 'peer' || event.cause === 'replaced'
      ? 'peer'
      : event.cause === 'timeout'
        ? 'lost'
        : 'local';
  const texts: Record<typeof event.cause, string> = {
    local: 'closed here',
    peer: 'closed by the peer',
    timeout: 'the peer does not answer',
    fault: 'the peer sent what it may not',
    authentication: 'the shared secrets differ',
    replaced: 'the peer has started anew',
    'tie-breaker': "the peer's own tunnel remains",
  };
  return {
    by,
    text: `${texts[event.cause]}: StopCCN ${describeResult('StopCCN', event.result)}`,
    cause: `tunnel-${event.cause}`,
    ...codes(event.result),
  };
}

/** A call's end in the words that logs and events use. */
export function callEndReason(end: CallEnd): EndReason {
  const by = end.by === 'peer' ? 'peer' : end.by === 'tunnel' || end.by === 'timeout' ? 'lost' : 'local';
  const disconnectCode = end.disconnectCause?.code;
  const text =
    end.by === 'tunnel'
      ? (end.result.message ?? 'its tunnel is down')
      : `CDN ${describeResult('CDN', end.result)}`;
  const cause = by === 'lost' ? `call-${end.by}` : `${by}-cdn-${knownResult(end.result)}`;
  return { by, text, cause, ...codes(end.result), ...(disconnectCode !== undefined && { disconnectCode }) };
}

/** Result Codes of CDN (RFC 2661 section 4.4.2); a peer may send any number. */
const knownResult = ({ resultCode }: Result): string =>
  resultCode >= 1 && resultCode <= 11 ? String(resultCode) : 'unknown';

/** Reasons for which PPP ends that mean a peer fallen silent. */
const silence: ReadonlySet<DisconnectReason> = new Set([
  'lcp-timeout',
  'no-lcp',
  'echo-timeout',
  'auth-timeout',
  'ncp-timeout',
  'carrier-lost',
]);

/** The end of PPP in the words that logs and events use. */
export function pppEndReason(cause: DisconnectCause): EndReason {
  const byPeer = cause.direction === Direction.Peer;
  const by = silence.has(cause.reason) ? 'lost' : byPeer ? 'peer' : 'local';
  const { reason, text, code } = cause;
  return { by, text, cause: reason, reason, disconnectCode: code };
}
