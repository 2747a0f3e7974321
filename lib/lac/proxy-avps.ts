import type { CallConnectFields } from '../l2tp/index.js';
import type { PppStart } from '../ppp/index.js';
import { utf8 } from '../wire/index.js';

/** Proxy LCP and proxy authentication AVPs, 26 to 33 (RFC 2661 section 4.4.5). */
export type ProxyFields = Pick<
  CallConnectFields,
  | 'initialReceivedConfreq'
  | 'lastSentConfreq'
  | 'lastReceivedConfreq'
  | 'proxyAuthenType'
  | 'proxyAuthenName'
  | 'proxyAuthenChallenge'
  | 'proxyAuthenId'
  | 'proxyAuthenResponse'
>;

/**
 * What this end has found out of a subscriber's PPP, for the ICCN.
 * @param user instead of the subscriber's own name
 */
export function proxyFields({ proxyLcp, proxyAuth }: PppStart, user?: string): ProxyFields {
  return {
    initialReceivedConfreq: proxyLcp?.initialReceived,
    lastSentConfreq: proxyLcp?.lastSent,
    lastReceivedConfreq: proxyLcp?.lastReceived,
    proxyAuthenType: proxyAuth?.type,
    proxyAuthenName: user !== undefined && proxyAuth?.name !== undefined ? utf8(user) : proxyAuth?.name,
    proxyAuthenChallenge: proxyAuth?.challenge,
    proxyAuthenId: proxyAuth?.id,
    proxyAuthenResponse: proxyAuth?.response,
  };
}
