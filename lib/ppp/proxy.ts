import { utf8 } from '../wire/index.js';
import { type AuthMethod, type Credentials, decodeName } from './auth/index.js';
import { acfc, pfc } from './options/field-compression.js';
import { checkOptions, eachOption } from './packet.js';

/** Proxy LCP AVPs of an ICCN (RFC 2661 section 4.4.5): option lists without the packet's header. */
export interface ProxyLcp {
  readonly initialReceived?: Uint8Array | undefined;
  readonly lastSent?: Uint8Array | undefined;
  readonly lastReceived?: Uint8Array | undefined;
}

/** Which field compressions a list of LCP options asks for; none where it is malformed. */
export function requestsCompression(options: Uint8Array): { readonly pfc: boolean; readonly acfc: boolean } {
  try {
    checkOptions(options);
  } catch {
    return { pfc: false, acfc: false };
  }
  const types = new Set([...eachOption(options)].map(({ type }) => type));
  return { pfc: types.has(pfc.type), acfc: types.has(acfc.type) };
}

/** Proxy Authen AVPs of an ICCN (RFC 2661 section 4.4.5), as received. */
export interface ProxyAuth {
  /** Proxy Authen Type. */
  readonly type: number;
  readonly name?: Uint8Array;
  readonly challenge?: Uint8Array;
  /** Proxy Authen ID. */
  readonly id?: number;
  readonly response?: Uint8Array;
}

/** Values of the Proxy Authen Type AVP. */
export const ProxyAuthType = { Textual: 1, Chap: 2, Pap: 3, None: 4, MsChapV1: 5 } as const;

/**
 * What a peer has proven itself with, as Proxy Authen AVPs; `undefined` where they have no type for it. The inverse of
 * {@link proxyCredentials}.
 * @param credentials `undefined` where nobody was asked
 * @param identifier of the request that they came in, where they do not hold it themselves
 */
export function proxyAuthOf(credentials: Credentials | undefined, identifier = 0): ProxyAuth | undefined {
  if (credentials === undefined) return { type: ProxyAuthType.None };
  const name = utf8(credentials.user);
  switch (credentials.method) {
    case 'pap':
      return { type: ProxyAuthType.Pap, name, id: identifier, response: credentials.password };
    case 'chap':
    case 'mschapv1':
    case 'mschapv2': {
      const type = credentials.method === 'mschapv1' ? ProxyAuthType.MsChapV1 : ProxyAuthType.Chap;
      const { challenge, identifier: id, response } = credentials;
      return { type, name, challenge, id, response };
    }
    case 'eap':
      return undefined;
  }
}

/** Which methods a type may stand for. LACs know no type of its own for MS-CHAPv2 and send it as CHAP. */
const methodsOf: Readonly<Record<number, readonly AuthMethod[]>> = {
  [ProxyAuthType.Chap]: ['chap', 'mschapv2'],
  [ProxyAuthType.Pap]: ['pap'],
  [ProxyAuthType.MsChapV1]: ['mschapv1'],
};

/** Octets of challenge and response, where they are fixed. */
const lengths: Readonly<Record<string, { readonly challenge?: number; readonly response: number }>> = {
  chap: { response: 16 },
  mschapv1: { challenge: 8, response: 49 },
  mschapv2: { challenge: 16, response: 49 },
};

/**
 * The credentials that a LAC has collected, where they are of the method that LCP agreed on and complete; undefined
 * when the peer has to be asked again. A textual exchange is never enough.
 */
export function proxyCredentials(
  proxy: ProxyAuth,
  method: AuthMethod,
): { readonly credentials: Credentials; readonly identifier: number } | undefined {
  const { type, name, challenge, id, response } = proxy;
  if (!methodsOf[type]?.includes(method) || id === undefined || !name || !response) return undefined;
  const user = decodeName(name);
  if (user === undefined) return undefined;
  const identifier = id & 0xff;
  // The AVPs' octets belong to the caller's buffer.
  if (method === 'pap') return { credentials: { method, user, password: response.slice() }, identifier };
  if (method === 'eap' || !challenge || challenge.length === 0) return undefined;
  const expected = lengths[method];
  if (expected?.response !== response.length) return undefined;
  if (expected.challenge !== undefined && expected.challenge !== challenge.length) return undefined;
  return {
    credentials: { method, user, identifier, challenge: challenge.slice(), response: response.slice() },
    identifier,
  };
}
