import type { AuthMethod } from './types.js';

/** PPP protocol numbers of the authentication protocols. */
export const AUTH_PROTOCOL = {
  pap: 0xc023,
  chap: 0xc223,
  eap: 0xc227,
} as const;

/** Algorithm octet of the CHAP option: RFC 1994 section 3, RFC 2433 section 3, RFC 2759 section 2. */
export const CHAP_ALGORITHM = {
  md5: 0x05,
  mschapv1: 0x80,
  mschapv2: 0x81,
} as const;

/** The value of an LCP Authentication-Protocol option (RFC 1661 section 6.2). */
export interface AuthOption {
  readonly protocol: number;
  /** CHAP only. */
  readonly algorithm?: number;
}

const options: Readonly<Record<AuthMethod, AuthOption>> = {
  pap: { protocol: AUTH_PROTOCOL.pap },
  chap: { protocol: AUTH_PROTOCOL.chap, algorithm: CHAP_ALGORITHM.md5 },
  mschapv1: { protocol: AUTH_PROTOCOL.chap, algorithm: CHAP_ALGORITHM.mschapv1 },
  mschapv2: { protocol: AUTH_PROTOCOL.chap, algorithm: CHAP_ALGORITHM.mschapv2 },
  eap: { protocol: AUTH_PROTOCOL.eap },
};

const methods = Object.keys(options) as AuthMethod[];

/** What an LCP Authentication-Protocol option says to ask for `method`. */
export const authOption = (method: AuthMethod): AuthOption => options[method];

/**
 * The method that an LCP Authentication-Protocol option asks for; undefined for one that is not known. CHAP without
 * an algorithm is not known; an algorithm after PAP or EAP is left to the caller to judge and makes it unknown here.
 */
export function methodOfOption(protocol: number, algorithm?: number): AuthMethod | undefined {
  return methods.find(
    (method) => options[method].protocol === protocol && options[method].algorithm === algorithm,
  );
}
