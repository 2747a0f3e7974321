import type { AuthFailureReason, AuthMethod, Credentials } from './auth/index.js';
import type { DisconnectCause } from './causes.js';

/** What LCP agreed on. Sizes are in octets. */
export interface LcpParameters {
  /** Largest information field that the peer sends. */
  readonly mru: number;
  /** Largest information field that the peer takes. */
  readonly peerMru: number;
  /** How the peer proves who it is; undefined when it does not have to. */
  readonly authMethod: AuthMethod | undefined;
  /** How we prove to the peer who we are. */
  readonly peerAuthMethod: AuthMethod | undefined;
  /** 0 where none was agreed on. */
  readonly magicNumber: number;
  readonly peerMagicNumber: number;
  /** Async map that the peer asked for, for Set-Link-Info (RFC 2661 section 4.4.6). */
  readonly sendAccm: number | undefined;
  /** Async map that we asked for. */
  readonly receiveAccm: number | undefined;
  /** The peer takes one-octet protocol fields, and frames without address and control. */
  readonly sendPfc: boolean;
  readonly sendAcfc: boolean;
  /** All of this is what a LAC agreed on in our name (RFC 2661 section 4.4.5). */
  readonly proxied: boolean;
}

/** IPv4 addresses are unsigned 32-bit integers, 0 where unknown. */
export interface IpcpParameters {
  readonly local: number;
  readonly peer: number;
  /** Client: the name servers that the server named. */
  readonly dns: readonly number[];
  readonly nbns: readonly number[];
}

/** Interface identifiers are 64-bit integers, 0n where unknown. */
export interface Ipv6cpParameters {
  readonly localInterfaceId: bigint;
  readonly peerInterfaceId: bigint;
}

/** One direction of MPPE for the kernel. */
export interface MppeDirection {
  /** 16 octets, the start key; a secret. */
  readonly key: Uint8Array;
  /** The supported bits of the CCP option (RFC 3078 section 2). */
  readonly bits: number;
}

/** What CCP agreed on: supported bits of each direction, undefined where a direction is not encrypted. */
export interface CcpParameters {
  readonly send: number | undefined;
  readonly receive: number | undefined;
  /** The interface's MTU with MPPE's own octets taken off. */
  readonly mtu: number;
}

/** Keys for both directions, the octets of `bits` being what is offered or agreed on so far. */
export interface MppeSetup {
  readonly send: MppeDirection;
  readonly receive: MppeDirection;
}

/** What the kernel has to set up before the peer may be told that the network layer is open. */
export interface AttachRequest {
  /** Asked for before any network protocol is agreed on, because CCP must pass through the unit. */
  readonly early: boolean;
  readonly ipv4: { readonly local: number; readonly peer: number } | undefined;
  readonly ipv6: Ipv6cpParameters | undefined;
  readonly mtu: number;
  /**
   * With `early`: the kernel gets these keys (PPPIOCSCOMPRESS for both directions, then SC_CCP_OPEN) along with the
   * unit. It reads the options from the Configure-Acks that pass; see {@link PppEvent} `network-up` of `ccp`.
   */
  readonly mppe: MppeSetup | undefined;
}

/** What a session tells its driver. */
export type PppEvent =
  | ({ readonly kind: 'lcp-up' } & LcpParameters)
  /** Text of an LCP Identification packet of the peer; printable. */
  | { readonly kind: 'identification'; readonly text: string }
  /**
   * To be decided outside: `handleAuthResult` with this id. `credentials` is undefined when nobody is to be
   * authenticated and only network parameters are wanted.
   */
  | {
      readonly kind: 'authenticate';
      readonly id: number;
      readonly credentials: Credentials | undefined;
      /** The session was authenticated before and has renegotiated. */
      readonly again: boolean;
    }
  /** `mppe`: there are keys for encryption. */
  | {
      readonly kind: 'authenticated';
      readonly user: string;
      readonly method: AuthMethod | undefined;
      readonly mppe: boolean;
    }
  | {
      readonly kind: 'authentication-failed';
      readonly user: string | undefined;
      readonly method: AuthMethod;
      readonly reason: AuthFailureReason;
    }
  /** Once in a session's life; answered by `handleAttached` or `handleAttachFailed`. */
  | ({ readonly kind: 'attach' } & AttachRequest)
  /**
   * The kernel gets these keys anew, with SC_CCP_UP off; answered by `handleMppeReady`, or `handleAttachFailed`.
   * Comes when CCP starts on an attached session, and without `receive` when only sending has to start again: what
   * is received goes on as it is then. `network-up` of `ccp` follows in either case.
   */
  | { readonly kind: 'mppe'; readonly send: MppeDirection; readonly receive: MppeDirection | undefined }
  | { readonly kind: 'network-up'; readonly protocol: 'ipcp'; readonly parameters: IpcpParameters }
  | { readonly kind: 'network-up'; readonly protocol: 'ipv6cp'; readonly parameters: Ipv6cpParameters }
  /**
   * Now the kernel may have SC_CCP_UP, and SC_MUST_COMP where MPPE is required; but not before the frames that are
   * queued have been written to the unit: with SC_CCP_UP it takes no notice of the Configure-Ack that starts its
   * cipher, and would send in clear. May come again, see `mppe`.
   */
  | { readonly kind: 'network-up'; readonly protocol: 'ccp'; readonly parameters: CcpParameters }
  | { readonly kind: 'network-down'; readonly protocol: 'ipcp' | 'ipv6cp' | 'ccp' }
  /** LCP starts again; everything above it is down and authentication follows anew. */
  | { readonly kind: 'renegotiating'; readonly by: 'peer' | 'local' }
  /** The session has begun to close; `down` follows. */
  | { readonly kind: 'closing'; readonly cause: DisconnectCause }
  /** The last event. */
  | { readonly kind: 'down'; readonly cause: DisconnectCause };
