import { callResult, errorCode } from '../l2tp/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import type { DisconnectReason } from '../ppp/index.js';

const carrier = callResult.lossOfCarrier;
const administrative = callResult.administrative;

/** Result Code of the CDN for each reason for which PPP ends (RFC 2661 section 4.4.2); RFC 3145 carries the reason. */
const results: Readonly<Record<DisconnectReason, number>> = {
  administrative,
  'idle-timeout': administrative,
  'session-timeout': administrative,
  quota: administrative,
  replaced: administrative,
  shutdown: administrative,
  'renegotiation-disabled': administrative,
  normal: carrier,
  'encryption-refused': administrative,
  'lcp-timeout': carrier,
  'lcp-rejected': administrative,
  'no-lcp': callResult.noFraming,
  loopback: carrier,
  'echo-timeout': carrier,
  'auth-timeout': administrative,
  'auth-protocol': administrative,
  'auth-failed': administrative,
  'ncp-timeout': administrative,
  'no-ncp': administrative,
  'no-address': callResult.temporarilyNoFacilities,
  'no-address-permitted': administrative,
  'data-plane': callResult.generalError,
  'carrier-lost': carrier,
};

/** What the CDN says when PPP has ended for `reason`. */
export function cdnResult(reason: DisconnectReason, text: string): CallCloseOptions {
  const resultCode = results[reason];
  if (resultCode !== callResult.generalError) return { resultCode, message: text };
  return { resultCode, errorCode: errorCode.insufficientResources, message: text };
}
