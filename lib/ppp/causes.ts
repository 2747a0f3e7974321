/**
 * Why a PPP session ended: the code of RFC 3145 section 2 and what it means. Reasons that RFC 3145 does not know
 * have its code 0.
 */
export const disconnectReasons = {
  administrative: { code: 1, text: 'administrative disconnect' },
  'renegotiation-disabled': { code: 2, text: 'LCP renegotiation is disabled and no proxy LCP was given' },
  'idle-timeout': { code: 1, text: 'idle time-out' },
  'session-timeout': { code: 1, text: 'session time-out' },
  quota: { code: 1, text: 'the traffic quota is used up' },
  /** Another session of the same user has taken its place. */
  replaced: { code: 1, text: 'replaced by a new session of the same user' },
  shutdown: { code: 1, text: 'the server shuts down' },
  normal: { code: 3, text: 'normal disconnection' },
  'encryption-refused': { code: 4, text: 'encryption is required and was refused' },
  'lcp-timeout': { code: 5, text: 'LCP was not agreed on in time' },
  'no-lcp': { code: 6, text: 'the peer sent no recognisable LCP packet' },
  loopback: { code: 7, text: 'the link is looped back' },
  'echo-timeout': { code: 8, text: 'the peer does not answer LCP echo requests' },
  'auth-timeout': { code: 13, text: 'authentication was not finished in time' },
  'auth-protocol': { code: 15, text: 'no authentication protocol is acceptable to both ends' },
  'auth-failed': { code: 16, text: 'authentication failed' },
  'ncp-timeout': { code: 17, text: 'a network control protocol was not agreed on in time' },
  'no-ncp': { code: 18, text: 'no network control protocol is available' },
  'no-address': { code: 19, text: 'no acceptable address was agreed on' },
  'no-address-permitted': { code: 20, text: 'the user may not have any address' },
  /** The peer rejected a packet that LCP cannot do without. */
  'lcp-rejected': { code: 0, text: 'the peer does not speak LCP' },
  /** The kernel's part of the session could not be set up. */
  'data-plane': { code: 0, text: 'the data plane could not be set up' },
  /** The call below is gone; nothing could be said to the peer. */
  'carrier-lost': { code: 0, text: 'the call is gone' },
} as const satisfies Record<string, { readonly code: number; readonly text: string }>;

export type DisconnectReason = keyof typeof disconnectReasons;

/** Which end the cause lies with (RFC 3145 section 2.1, Direction). */
export const Direction = { Global: 0, Peer: 1, Local: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** Why a PPP session ended, ready for the PPP Disconnect Cause Code AVP (RFC 3145). */
export interface DisconnectCause {
  readonly reason: DisconnectReason;
  /** Disconnect code. */
  readonly code: number;
  /** PPP protocol number of the control protocol concerned, 0 where none is. */
  readonly protocol: number;
  readonly direction: Direction;
  /** For people. */
  readonly text: string;
}

/** A cause from its reason. @param detail is appended to the reason's own text */
export function disconnectCause(
  reason: DisconnectReason,
  direction: Direction = Direction.Global,
  protocol = 0,
  detail?: string,
): DisconnectCause {
  const { code, text } = disconnectReasons[reason];
  return { reason, code, protocol, direction, text: detail ? `${text}: ${detail}` : text };
}
