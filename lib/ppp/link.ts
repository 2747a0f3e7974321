/** Timers and counters of RFC 1661 section 4.6. */
export interface AutomatonOptions {
  /** Milliseconds. */
  readonly restartTimer: number;
  readonly maxConfigure: number;
  readonly maxTerminate: number;
  readonly maxFailure: number;
}

/** What a control protocol needs of the link that it runs on. */
export interface Link {
  readonly options: AutomatonOptions;
  /** Octets of information field that the peer takes. */
  readonly peerMru: number;
  /** Queues a frame that begins with its two-octet protocol field. */
  transmit(frame: Uint8Array): void;
}

/** Why a control protocol has come to its end (This-Layer-Finished). */
export type FinishReason =
  /** Max-Configure requests without an answer. */
  | 'timeout'
  /** Closed from this end. */
  | 'closed'
  /** The peer sent a Terminate-Request. */
  | 'terminated'
  /** The peer does not know the protocol, or a packet of it that cannot be done without. */
  | 'rejected'
  /** The options never fit. */
  | 'stalemate';

/** Parts of a negotiation that every protocol has. */
export interface Negotiation {
  /** Set by an option that makes it pointless to go on. */
  failed: boolean;
  /** Forgets what was agreed for this end; before our first Configure-Request. */
  beginLocal(): void;
  /** Forgets what the peer asked for; before each of its Configure-Requests. */
  beginPeer(): void;
}
