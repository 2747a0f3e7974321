import type { DatagramSource } from '../io/index.js';
import type { PppCall } from './ppp-call.js';

export type MessageDirection = 'sent' | 'received';

/** Is shown what is said, for time lines, traces and captures. Must neither throw nor keep the octets. */
export interface MessageTap {
  /**
   * One L2TP control message.
   * @param tunnelId ours; `undefined` where there is no such tunnel
   */
  controlMessage?(
    bytes: Uint8Array,
    path: DatagramSource,
    direction: MessageDirection,
    tunnelId: number | undefined,
  ): void;
  /** One PPP frame of a call, from its protocol field on. */
  pppFrame?(call: PppCall, frame: Uint8Array, direction: MessageDirection): void;
}
