import type { Iccn, Occn } from '../l2tp/index.js';
import type { PppStart } from '../ppp/index.js';

/** What a call's ICCN brings PPP: proxy LCP and proxy authentication AVPs (RFC 2661 section 4.4.5). */
export function proxyOf(message: Iccn | Occn): PppStart {
  if (message.type !== 'ICCN') return {};
  const { initialReceivedConfreq, lastSentConfreq, lastReceivedConfreq, proxyAuthenType } = message;
  const { proxyAuthenName, proxyAuthenChallenge, proxyAuthenId, proxyAuthenResponse } = message;
  return {
    proxyLcp: {
      ...(initialReceivedConfreq && { initialReceived: initialReceivedConfreq }),
      ...(lastSentConfreq && { lastSent: lastSentConfreq }),
      ...(lastReceivedConfreq && { lastReceived: lastReceivedConfreq }),
    },
    ...(proxyAuthenType !== undefined && {
      proxyAuth: {
        type: proxyAuthenType,
        ...(proxyAuthenName && { name: proxyAuthenName }),
        ...(proxyAuthenChallenge && { challenge: proxyAuthenChallenge }),
        ...(proxyAuthenId !== undefined && { id: proxyAuthenId }),
        ...(proxyAuthenResponse && { response: proxyAuthenResponse }),
      },
    }),
  };
}
