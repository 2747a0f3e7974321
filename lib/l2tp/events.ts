import type { Accm, CallErrors, DisconnectCause, Q931Cause } from './avp-formats.js';
import type { Call } from './call.js';
import type { Iccn, Icrp, Icrq, Occn, Ocrp, Ocrq } from './message.js';
import type { Result } from './result-codes.js';
import type { Tunnel } from './tunnel.js';

/** Who ended a call. */
export type CallEndCause =
  /** A command of ours. */
  | 'local'
  /** The peer's CDN. */
  | 'peer'
  /** It stayed in one state for too long. */
  | 'timeout'
  /** A message of the peer was at fault or out of sequence. */
  | 'fault'
  /** Its tunnel has ended. */
  | 'tunnel';

/** How a call ended. */
export interface CallEnd {
  readonly by: CallEndCause;
  /** What the CDN said, ours or the peer's. */
  readonly result: Result;
  readonly q931Cause?: Q931Cause | undefined;
  /** RFC 3145. */
  readonly disconnectCause?: DisconnectCause | undefined;
}

/** Why a tunnel went down. */
export type TunnelDownCause =
  /** A command of ours. */
  | 'local'
  /** The peer's StopCCN. */
  | 'peer'
  /** The peer did not answer, or the exchange was not finished in time. */
  | 'timeout'
  /** A message of the peer was at fault or out of sequence. */
  | 'fault'
  /** The peer does not know the secret, or we do not know the one that it asks for. */
  | 'authentication'
  /** The peer has started anew and uses this Tunnel ID for the successor. */
  | 'replaced'
  /** Both ends asked for a tunnel, and the peer's is to remain (RFC 2661 section 4.4.3). */
  | 'tie-breaker';

/**
 * What a tunnel tells. Each call ends with exactly one `call-ended` and each tunnel with exactly one `down`, whoever
 * ended it; the calls of a tunnel end before it goes down. `released` is the last event: nothing will be sent any
 * more, and the Tunnel ID is free.
 */
export type TunnelEvent =
  /** Established. */
  | { readonly type: 'up' }
  | {
      readonly type: 'down';
      readonly cause: TunnelDownCause;
      /** What the StopCCN said, ours or the peer's. */
      readonly result: Result;
      /** Whether it had been up. */
      readonly established: boolean;
      readonly successor?: Tunnel | undefined;
    }
  | { readonly type: 'released' }
  /** The responder answers from another port, where `tunnel.path` now leads (RFC 2661 section 8.1). */
  | { readonly type: 'path-changed' }
  /** The peer asks for a call: answer with `accept` or `reject`. */
  | { readonly type: 'call-request'; readonly call: Call; readonly request: Icrq | Ocrq }
  /** The peer takes our call. After an ICRP it is `connect`'s turn; an OCRP says that the LAC dials. */
  | { readonly type: 'call-accepted'; readonly call: Call; readonly reply: Icrp | Ocrp }
  /** The LAC has connected the call. */
  | { readonly type: 'call-connected'; readonly call: Call; readonly connected: Iccn | Occn }
  | { readonly type: 'call-ended'; readonly call: Call; readonly end: CallEnd }
  | { readonly type: 'call-link-info'; readonly call: Call; readonly accm: Accm }
  | { readonly type: 'call-errors'; readonly call: Call; readonly errors: CallErrors };
