import type { TunnelMessage } from './message.js';

/**
 * States of a control connection (RFC 2661 section 7.2.1). `idle` has no tunnel. `stopping` has sent StopCCN and waits
 * for its acknowledgement; `lingering` keeps answering repeats for a full retransmission interval (section 5.7);
 * `closed` is gone.
 */
export type TunnelState =
  | 'idle'
  | 'wait-ctl-reply'
  | 'wait-ctl-conn'
  | 'established'
  | 'stopping'
  | 'lingering'
  | 'closed';

/** What a message does to a tunnel. */
export type TunnelAction =
  /** Answer with SCCRP, or refuse. */
  | 'answer'
  /** Check the SCCRP, then SCCCN and established; or StopCCN. */
  | 'connect'
  /** Check the SCCCN, then established; or StopCCN. */
  | 'establish'
  /** Improper sequence: StopCCN with result 7. */
  | 'stop'
  /** The peer has ended the tunnel. */
  | 'down'
  /** Hand it to the call that it belongs to. */
  | 'call'
  | 'ignore';

/** A cell of the state table and its reason. */
export interface TunnelRow {
  readonly action: TunnelAction;
  readonly why: string;
}

/** Inputs of the table: messages about tunnels, and all messages about calls as one. */
export type TunnelInput = TunnelMessage['type'] | 'call';

const row = (action: TunnelAction, why: string): TunnelRow => ({ action, why });

const afterEnd = 'the tunnel has ended; only its reliable delivery goes on';
const over = {
  SCCRQ: row('ignore', afterEnd),
  SCCRP: row('ignore', afterEnd),
  SCCCN: row('ignore', afterEnd),
  HELLO: row('ignore', afterEnd),
  call: row('ignore', 'its calls ended with the tunnel'),
} as const;

/** RFC 2661 section 7.2.1, with HELLO and call messages, which its table leaves out. */
export const tunnelStates = {
  idle: {
    SCCRQ: row('answer', 'a peer asks for a tunnel'),
    SCCRP: row('stop', 'answers an SCCRQ that we never sent or have given up'),
    SCCCN: row('ignore', 'its tunnel is gone'),
    StopCCN: row('ignore', 'its tunnel is gone'),
    HELLO: row('ignore', 'its tunnel is gone; silence tells the peer'),
    call: row('ignore', 'its tunnel is gone; silence tells the peer'),
  },
  'wait-ctl-reply': {
    SCCRQ: row('stop', 'a request for a new tunnel has Tunnel ID 0'),
    SCCRP: row('connect', 'the answer to our SCCRQ'),
    SCCCN: row('stop', 'the initiator sends SCCCN, and that is us'),
    StopCCN: row('down', 'the peer refuses the tunnel'),
    HELLO: row('ignore', 'harmless, and acknowledged by the reliable channel'),
    call: row('stop', 'no calls before the tunnel is established'),
  },
  'wait-ctl-conn': {
    SCCRQ: row('stop', 'a second SCCRQ in sequence'),
    SCCRP: row('stop', 'the responder sends SCCRP, and that is us'),
    SCCCN: row('establish', 'the third and last message of the exchange'),
    StopCCN: row('down', 'the peer has thought better of it'),
    HELLO: row('ignore', 'harmless, and acknowledged by the reliable channel'),
    call: row('stop', 'no calls before the tunnel is established'),
  },
  established: {
    SCCRQ: row('stop', 'the exchange is over'),
    SCCRP: row('stop', 'the exchange is over'),
    SCCCN: row('stop', 'the exchange is over'),
    StopCCN: row('down', 'the peer ends the tunnel'),
    HELLO: row('ignore', 'its acknowledgement is the answer'),
    call: row('call', 'calls live in an established tunnel'),
  },
  stopping: {
    ...over,
    StopCCN: row('down', 'both ends stop at once: the peer does not wait for our StopCCN any more'),
  },
  lingering: { ...over, StopCCN: row('ignore', 'the tunnel has ended already') },
  closed: { ...over, StopCCN: row('ignore', 'the tunnel has ended already') },
} as const satisfies Record<TunnelState, Record<TunnelInput, TunnelRow>>;
