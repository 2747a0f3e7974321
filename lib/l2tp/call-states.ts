import type { CallMessage } from './message.js';

/** Which end of which kind of call we are (RFC 2661 sections 7.4 and 7.5). */
export type CallRole = 'lac-incoming' | 'lns-incoming' | 'lac-outgoing' | 'lns-outgoing';

/**
 * States of calls (RFC 2661 sections 7.4.1, 7.4.2, 7.5.1, 7.5.2). Two are ours, since decisions take time:
 * `requested`, the peer's request waits for our answer (the RFC's idle); `answering`, the LNS has accepted and the
 * LAC answers the line (the RFC's wait-reply).
 */
export type CallState =
  | 'wait-tunnel'
  | 'wait-reply'
  | 'answering'
  | 'requested'
  | 'wait-connect'
  | 'wait-cs-answer'
  | 'established'
  | 'closed';

/** What a message does to a call. */
export type CallAction =
  /** ICRP: tell that the call is accepted. */
  | 'accepted'
  /** OCRP: the LAC places the call. */
  | 'placed'
  /** ICCN, OCCN: established. */
  | 'established'
  /** CDN: the peer has ended the call. */
  | 'ended'
  /** WEN */
  | 'errors'
  /** SLI */
  | 'link-info'
  /** Improper sequence: CDN. */
  | 'disconnect'
  | 'ignore';

/** A cell of a state table and its reason. */
export interface CallRow {
  readonly action: CallAction;
  readonly why: string;
}

type Rows = Readonly<Record<CallMessage['type'], CallRow>>;

const row = (action: CallAction, why: string): CallRow => ({ action, why });

const ended = row('ended', 'the peer ends the call');
const wrongDirection = row('disconnect', 'a message of the other kind of call');
const repeatedRequest = row('disconnect', 'the call has been requested already');
const ownMessage = row('disconnect', 'this message is ours to send');
const early = row('disconnect', 'before its turn in the exchange');
const late = row('disconnect', 'its turn in the exchange is over');
// WEN and SLI carry no state, and real peers send them at odd times: they never end a call.
const errorsToLac = row('ignore', 'the LAC sends WEN, and that is us');
const linkInfoToLns = row('ignore', 'the LNS sends SLI, and that is us');
const notYet = row('ignore', 'means nothing before the call is established');

const lacIncoming = {
  OCRQ: wrongDirection,
  OCRP: wrongDirection,
  OCCN: wrongDirection,
  WEN: errorsToLac,
} as const;
const lnsIncoming = {
  OCRQ: wrongDirection,
  OCRP: wrongDirection,
  OCCN: wrongDirection,
  SLI: linkInfoToLns,
} as const;
const lacOutgoing = {
  ICRQ: wrongDirection,
  ICRP: wrongDirection,
  ICCN: wrongDirection,
  WEN: errorsToLac,
} as const;
const lnsOutgoing = {
  ICRQ: wrongDirection,
  ICRP: wrongDirection,
  ICCN: wrongDirection,
  SLI: linkInfoToLns,
} as const;

/** The peer knows nothing of a call that waits for its tunnel, so nothing can come for it. */
const unheard = row('ignore', 'the peer has not been told of the call');
const waitTunnel: Rows = {
  ICRQ: unheard,
  ICRP: unheard,
  ICCN: unheard,
  OCRQ: unheard,
  OCRP: unheard,
  OCCN: unheard,
  CDN: unheard,
  WEN: unheard,
  SLI: unheard,
};

/** States that each role passes through. */
export interface RoleStates {
  readonly 'lac-incoming': 'wait-tunnel' | 'wait-reply' | 'answering' | 'established';
  readonly 'lns-incoming': 'requested' | 'wait-connect' | 'established';
  readonly 'lac-outgoing': 'requested' | 'wait-cs-answer' | 'established';
  readonly 'lns-outgoing': 'wait-tunnel' | 'wait-reply' | 'wait-connect' | 'established';
}

/** RFC 2661 sections 7.4.1, 7.4.2, 7.5.1 and 7.5.2 for messages received. */
export const callStates = {
  'lac-incoming': {
    'wait-tunnel': waitTunnel,
    'wait-reply': {
      ...lacIncoming,
      ICRQ: ownMessage,
      ICRP: row('accepted', 'the LNS takes the call'),
      ICCN: ownMessage,
      CDN: row('ended', 'the LNS does not take the call'),
      SLI: notYet,
    },
    answering: { ...lacIncoming, ICRQ: ownMessage, ICRP: late, ICCN: ownMessage, CDN: ended, SLI: notYet },
    established: {
      ...lacIncoming,
      ICRQ: ownMessage,
      ICRP: late,
      ICCN: ownMessage,
      CDN: ended,
      SLI: row('link-info', 'PPP at the LNS has agreed on control character maps'),
    },
  },
  'lns-incoming': {
    requested: {
      ...lnsIncoming,
      ICRQ: repeatedRequest,
      ICRP: ownMessage,
      ICCN: early,
      CDN: ended,
      WEN: notYet,
    },
    'wait-connect': {
      ...lnsIncoming,
      ICRQ: repeatedRequest,
      ICRP: ownMessage,
      ICCN: row('established', 'the LAC has answered the call'),
      CDN: row('ended', 'the caller could not be connected'),
      WEN: notYet,
    },
    established: {
      ...lnsIncoming,
      ICRQ: repeatedRequest,
      ICRP: ownMessage,
      ICCN: late,
      CDN: ended,
      WEN: row('errors', 'the LAC reports errors of the line'),
    },
  },
  'lac-outgoing': {
    requested: {
      ...lacOutgoing,
      OCRQ: repeatedRequest,
      OCRP: ownMessage,
      OCCN: ownMessage,
      CDN: ended,
      SLI: notYet,
    },
    'wait-cs-answer': {
      ...lacOutgoing,
      OCRQ: repeatedRequest,
      OCRP: ownMessage,
      OCCN: ownMessage,
      CDN: ended,
      SLI: notYet,
    },
    established: {
      ...lacOutgoing,
      OCRQ: repeatedRequest,
      OCRP: ownMessage,
      OCCN: ownMessage,
      CDN: ended,
      SLI: row('link-info', 'PPP at the LNS has agreed on control character maps'),
    },
  },
  'lns-outgoing': {
    'wait-tunnel': waitTunnel,
    'wait-reply': {
      ...lnsOutgoing,
      OCRQ: ownMessage,
      OCRP: row('placed', 'the LAC is able to place the call'),
      OCCN: early,
      CDN: row('ended', 'the LAC does not place the call'),
      WEN: notYet,
    },
    'wait-connect': {
      ...lnsOutgoing,
      OCRQ: ownMessage,
      OCRP: late,
      OCCN: row('established', 'the called party has answered'),
      CDN: row('ended', 'the called party was not reached'),
      WEN: notYet,
    },
    established: {
      ...lnsOutgoing,
      OCRQ: ownMessage,
      OCRP: late,
      OCCN: late,
      CDN: ended,
      WEN: row('errors', 'the LAC reports errors of the line'),
    },
  },
} as const satisfies { readonly [R in CallRole]: Readonly<Record<RoleStates[R], Rows>> };

/** The cell for a message; `undefined` for a closed call. */
export function callRow(role: CallRole, state: CallState, message: CallMessage['type']): CallRow | undefined {
  const rows: Partial<Record<CallState, Rows>> = callStates[role];
  return rows[state]?.[message];
}
