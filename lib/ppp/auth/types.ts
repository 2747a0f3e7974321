/** Authentication protocols in the names that the configuration uses. */
export type AuthMethod = 'pap' | 'chap' | 'mschapv1' | 'mschapv2' | 'eap';

/**
 * What a peer offered to prove who it is: everything a verifier (local password or RADIUS) needs, none of it
 * interpreted yet. Octet strings are the sender's own; treat them as secrets.
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

/** MPPE session keys from the authentication, seen from the server (RFC 3079). */
export interface MppeKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** Answer to {@link Credentials}. */
export type AuthResult =
  | {
      readonly kind: 'accept';
      /** Text for the peer; MS-CHAPv2 needs the `S=…` line of RFC 2759 in `authenticatorResponse`. */
      readonly message?: string;
      readonly authenticatorResponse?: string;
      readonly mppe?: MppeKeys;
      /** The EAP-Success packet, where the verifier supplies it. */
      readonly packet?: Uint8Array;
    }
  | { readonly kind: 'reject'; readonly message?: string; readonly packet?: Uint8Array }
  /** EAP only: the next request for the peer, and what the verifier wants back with the answer. */
  | { readonly kind: 'challenge'; readonly packet: Uint8Array; readonly state?: unknown };
