/** Authentication protocols in the names that the configuration uses. */
export type AuthMethod = 'pap' | 'chap' | 'mschapv1' | 'mschapv2' | 'eap';

/**
 * What a peer offered to prove who it is: everything a verifier (local password or RADIUS) needs, none of it
 * interpreted yet. Octet strings are the sender's own; treat them as secrets.
 *
 * `user` is as the peer presented it, with any `DOMAIN\` prefix, and may be empty. It encodes to the very octets
 * that were received: names that are not UTF-8, that hold control characters, or that are longer than a RADIUS
 * User-Name (253 octets) are refused before any verifier is asked.
 */
export type Credentials =
  | { readonly method: 'pap'; readonly user: string; readonly password: Uint8Array }
  | {
      readonly method: 'chap';
      readonly user: string;
      readonly identifier: number;
      readonly challenge: Uint8Array;
      readonly response: Uint8Array;
    }
  | {
      readonly method: 'mschapv1';
      readonly user: string;
      readonly identifier: number;
      readonly challenge: Uint8Array;
      /** 49 octets: LM response, NT response, flags (RFC 2433 section 6). */
      readonly response: Uint8Array;
    }
  | {
      readonly method: 'mschapv2';
      readonly user: string;
      readonly identifier: number;
      readonly challenge: Uint8Array;
      /** 49 octets: peer challenge, reserved, NT response, flags (RFC 2759 section 4). */
      readonly response: Uint8Array;
    }
  /** One EAP packet of the peer, passed through whole (RFC 3748). `user` is from the Identity response. */
  | { readonly method: 'eap'; readonly user: string; readonly packet: Uint8Array; readonly state?: unknown };

/** Credentials that a password alone can check. */
export type PasswordCredentials = Exclude<Credentials, { method: 'eap' }>;

/** Credentials of one EAP round. */
export type EapCredentials = Extract<Credentials, { method: 'eap' }>;

/**
 * MPPE start keys from the authentication (RFC 3079), 16 octets each, named from the point of view of the end that
 * holds them. They are what Linux's ppp_mppe wants: it derives the first session key itself. See `mppeStartKey`.
 */
export interface MppeKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /**
   * MS-CHAPv1 only: the 8-octet start key of 40- and 56-bit sessions, which comes from the LAN Manager hash (RFC
   * 3079 section 2.1); empty where the password has none. Absent otherwise: the short key is then the first half of
   * the long one.
   */
  readonly lm?: Uint8Array;
}

/** Answer to {@link Credentials}. */
export type AuthResult =
  | {
      readonly kind: 'accept';
      /** Text for the peer. */
      readonly message?: string;
      /** MS-CHAPv2 needs it: the `S=…` line of RFC 2759 section 5, with or without ` M=…`. */
      readonly authenticatorResponse?: string;
      readonly mppe?: MppeKeys;
      /** The EAP-Success packet, where the verifier supplies it. */
      readonly packet?: Uint8Array;
    }
  | {
      readonly kind: 'reject';
      readonly message?: string;
      /** MS-CHAP only: the `E=` code of RFC 2759 section 6; 691 (authentication failure) where absent. */
      readonly error?: number;
      readonly packet?: Uint8Array;
    }
  /** EAP only: the next request for the peer, and what the verifier wants back with the answer. */
  | { readonly kind: 'challenge'; readonly packet: Uint8Array; readonly state?: unknown };

/**
 * Why an authentication failed.
 *
 * - `rejected`: the verifier refused the credentials, or (client) the server refused ours
 * - `bad-name`: the peer's name cannot be a user name (see {@link Credentials})
 * - `timeout`: the other end does not answer
 * - `no-method`: the other end wants a kind of proof that this one does not give or take (EAP Nak)
 * - `server-not-proven`: (client) the server did not prove that it knows the password, or is not the one expected
 * - `verifier`: the verifier's answer cannot be used, such as an MS-CHAPv2 accept without authenticator response
 */
export type AuthFailureReason =
  | 'rejected'
  | 'bad-name'
  | 'timeout'
  | 'no-method'
  | 'server-not-proven'
  | 'verifier';

/** What an authentication machine tells its owner. */
export type AuthOutcome =
  /** Server only: to be verified; the answer goes to `handleResult`. At most one is open at a time. */
  | { readonly kind: 'credentials'; readonly credentials: Credentials }
  | { readonly kind: 'success'; readonly user: string; readonly mppe?: MppeKeys }
  | { readonly kind: 'failure'; readonly reason: AuthFailureReason; readonly user?: string };

/** When a request without an answer is sent again, and how often it is sent in all. */
export interface Retransmit {
  /** Milliseconds between transmissions. */
  readonly interval: number;
  /** Transmissions, the first included. */
  readonly tries: number;
}

/** One packet to send, without framing: `packet` follows the PPP protocol field. */
export interface AuthTransmit {
  readonly protocol: number;
  readonly packet: Uint8Array;
}

/** Options of an authenticator. Sessions share one object. */
export interface AuthServerOptions {
  readonly method: AuthMethod;
  /** The name in CHAP challenges. */
  readonly localName: string;
  readonly retransmit: Retransmit;
  /**
   * How often a peer may try, for the protocols that know a further try: PAP, and MS-CHAP by `R=1`. One by default:
   * a refusal is final.
   */
  readonly maxAttempts?: number;
}

/** Options of the end that proves who it is. */
export interface AuthClientOptions {
  readonly method: AuthMethod;
  readonly user: string;
  readonly password: string;
  /** The name that a CHAP challenge must bear, where it bears one; any by default. */
  readonly serverName?: string;
  /** 3 s and 10 tries by default. */
  readonly retransmit?: Retransmit;
}

/** RFC 1661 section 4.6's restart timer and maximum. */
export const DEFAULT_RETRANSMIT: Retransmit = { interval: 3000, tries: 10 };
