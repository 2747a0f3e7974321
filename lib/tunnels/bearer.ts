import type { AccessLine } from '../access-line/index.js';
import type { FrameSink } from '../io/index.js';
import type { DataPlaneSession, PppUnitOptions } from '../kernel/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import type { DisconnectCause } from '../ppp/index.js';
import type { LogFields } from './log.js';

/** What is known of a subscriber's link before PPP says anything. */
export interface BearerFacts {
  /** Our id of the L2TP tunnel; `undefined` where the subscriber is not in one. */
  readonly tunnelId: number | undefined;
  /** Our id of the call or PPPoE session. */
  readonly sessionId: number;
  readonly peerSessionId: number;
  /** The L2TP peer's IP address, or the PPPoE subscriber's MAC address. */
  readonly peerAddress: string;
  /** The L2TP peer's UDP port; 0 for PPPoE. */
  readonly peerPort: number;
  /** The L2TP peer's Host Name AVP; empty for PPPoE. */
  readonly peerHostName: string;
  /** Our address and Host Name AVP in the tunnel, and the call's serial number. */
  readonly localAddress?: string;
  readonly localHostName?: string;
  readonly callSerialNumber?: number;
  readonly callingNumber: string | undefined;
  readonly calledNumber: string | undefined;
  /** Name of the Ethernet interface that a PPPoE subscriber comes by. */
  readonly interfaceName?: string;
  /** What the access node tells of the line. */
  readonly accessLine?: AccessLine | undefined;
  /** Bit/s towards the subscriber and from it, where the LAC has told them. */
  readonly txConnectSpeed: number | undefined;
  readonly rxConnectSpeed: number | undefined;
}

/** Sequence numbers on data packets, as both ends have agreed on them. */
export interface BearerSequencing {
  readonly sendSequence?: boolean;
  readonly receiveSequence?: boolean;
  /** Milliseconds that an out-of-order packet waits for the missing one. */
  readonly reorderTimeout?: number;
}

/**
 * Where the PPP of one subscriber comes from, or goes to: an L2TP call or a PPPoE session. Whoever runs PPP on it, or
 * joins it to another one, is its {@link Bearer.sink}.
 */
export interface Bearer {
  readonly kind: 'l2tp' | 'pppoe';
  readonly facts: BearerFacts;
  /** Fields that every line of the log about it carries. */
  readonly logFields: LogFields;
  /** Octets that a PPP information field may have on this link; `undefined` where nothing is known. */
  readonly maxPayload: number | undefined;
  /** Whether data packets can carry sequence numbers, and whether the peer insists. */
  readonly sequencing: 'none' | 'possible' | 'required';
  /** Gets the frames that come before the kernel's session is there, and then those that the kernel leaves to us. */
  sink: FrameSink | undefined;
  /** Sends a PPP frame, from its protocol field on, past the kernel's session. */
  sendFrame(frame: Uint8Array): void;
  /** Makes the kernel's session and its channel, and with `unit` the interface, all or nothing. @throws KernelError */
  openSession(sequencing: BearerSequencing, unit?: PppUnitOptions): Promise<DataPlaneSession>;
  /**
   * Ends it towards the peer: CDN or PADT. The sink hears nothing of that.
   * @param result of the CDN, where it is another than the cause's own
   */
  end(cause: DisconnectCause, result?: CallCloseOptions): void;
  /** It is over, from whichever end: no frame reaches the sink any more. Safe to call again. */
  release(): void;
}
