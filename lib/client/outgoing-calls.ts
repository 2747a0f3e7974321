import { callResult, type CallCloseOptions, type Ocrq } from '../l2tp/index.js';
import type { TunnelLink } from '../tunnels/index.js';
import type { CallOptions } from './client-session.js';

/** A call that an LNS asks us to place (RFC 2661 section 6.9, OCRQ). */
export interface OutgoingCallRequest {
  readonly tunnel: TunnelLink;
  readonly calledNumber: string;
  readonly subAddress: string | undefined;
  /** Bit/s. */
  readonly minimumBps: number;
  readonly maximumBps: number;
  /** Bits of Bearer Type and Framing Type (RFC 2661 section 4.4.4). */
  readonly bearerType: number;
  readonly framingType: number;
  /** Aborted when the LNS no longer wants the call. */
  readonly signal: AbortSignal;
}

/** What became of the attempt to reach the called party. */
export type OutgoingCallFailure =
  | 'busy'
  | 'no-answer'
  | 'no-carrier'
  | 'no-dial-tone'
  | 'invalid-destination';

/** Whether the called party has answered: PPP's client then speaks as it. */
export type OutgoingCallAnswer =
  | { readonly answer: CallOptions }
  | { readonly refuse: OutgoingCallFailure; readonly message?: string };

/** Places a call that an LNS asks for. What it throws ends the call as `no-carrier`. */
export type OutgoingCallHandler = (
  request: OutgoingCallRequest,
) => OutgoingCallAnswer | Promise<OutgoingCallAnswer>;

/** Cause values of Q.850, for the Q.931 Cause Code AVP (RFC 2661 section 4.4.5). */
const q850 = { unallocatedNumber: 1, userBusy: 17, noAnswer: 19, networkOutOfOrder: 38 } as const;

/** Message type DISCONNECT of Q.931, in which the cause came. */
const q931Disconnect = 0x45;

const failures: Readonly<Record<OutgoingCallFailure, { result: number; cause: number; text: string }>> = {
  busy: { result: callResult.busy, cause: q850.userBusy, text: 'the called party is busy' },
  'no-answer': {
    result: callResult.timedOut,
    cause: q850.noAnswer,
    text: 'the called party does not answer',
  },
  'no-carrier': { result: callResult.noCarrier, cause: q850.networkOutOfOrder, text: 'no carrier' },
  'no-dial-tone': { result: callResult.noDialTone, cause: q850.networkOutOfOrder, text: 'no dial tone' },
  'invalid-destination': {
    result: callResult.invalidDestination,
    cause: q850.unallocatedNumber,
    text: 'there is no such number',
  },
};

/** The CDN that tells the LNS how its call failed. */
export function outgoingFailure(failure: OutgoingCallFailure, message?: string): CallCloseOptions {
  const { result, cause, text } = failures[failure];
  return {
    resultCode: result,
    message: message ?? text,
    q931Cause: { cause, causeMessage: q931Disconnect },
  };
}

export const outgoingRequest = (
  tunnel: TunnelLink,
  ocrq: Ocrq,
  signal: AbortSignal,
): OutgoingCallRequest => ({
  tunnel,
  calledNumber: ocrq.calledNumber,
  subAddress: ocrq.subAddress,
  minimumBps: ocrq.minimumBps,
  maximumBps: ocrq.maximumBps,
  bearerType: ocrq.bearerType,
  framingType: ocrq.framingType,
  signal,
});
