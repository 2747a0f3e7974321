import type { SessionEnd } from '../aaa/index.js';
import type { DisconnectReason } from '../ppp/index.js';

/** Acct-Terminate-Cause (RFC 2866 section 5.10). */
export const terminateCause = {
  userRequest: 1,
  lostCarrier: 2,
  lostService: 3,
  idleTimeout: 4,
  sessionTimeout: 5,
  adminReset: 6,
  adminReboot: 7,
  portError: 8,
  nasError: 9,
  nasRequest: 10,
  portUnneeded: 12,
  portPreempted: 13,
  serviceUnavailable: 15,
  userError: 17,
} as const;

type Cause = (typeof terminateCause)[keyof typeof terminateCause];

const c = terminateCause;

/** By the reason for which PPP ended. */
const byReason: Readonly<Record<DisconnectReason, Cause>> = {
  administrative: c.adminReset,
  'idle-timeout': c.idleTimeout,
  'session-timeout': c.sessionTimeout,
  quota: c.sessionTimeout,
  replaced: c.portPreempted,
  shutdown: c.adminReboot,
  'renegotiation-disabled': c.nasError,
  normal: c.userRequest,
  'encryption-refused': c.userError,
  'lcp-timeout': c.portError,
  'lcp-rejected': c.portError,
  'no-lcp': c.portError,
  loopback: c.portError,
  'echo-timeout': c.lostCarrier,
  'auth-timeout': c.serviceUnavailable,
  'auth-protocol': c.serviceUnavailable,
  'auth-failed': c.serviceUnavailable,
  'ncp-timeout': c.serviceUnavailable,
  'no-ncp': c.serviceUnavailable,
  'no-address': c.serviceUnavailable,
  'no-address-permitted': c.serviceUnavailable,
  'data-plane': c.nasError,
  'carrier-lost': c.lostCarrier,
};

/** By the disconnect code of RFC 3145 that the LAC sent: what its end of the call knows. */
function byDisconnectCode(code: number): Cause | undefined {
  if (code === 1) return c.adminReset;
  if (code === 3) return c.userRequest;
  if (code === 4) return c.userError;
  if (code >= 5 && code <= 8) return c.portError;
  return code >= 9 && code <= 20 ? c.serviceUnavailable : undefined;
}

/** By the Result Code of the LAC's CDN (RFC 2661 section 4.4.2). */
const byResultCode: Readonly<Record<number, Cause>> = {
  1: c.lostCarrier,
  2: c.nasError,
  3: c.adminReset,
  4: c.serviceUnavailable,
  5: c.serviceUnavailable,
  6: c.serviceUnavailable,
  7: c.lostCarrier,
  8: c.portUnneeded,
  9: c.portError,
  10: c.serviceUnavailable,
  11: c.portError,
};

/** By the Result Code of a StopCCN (RFC 2661 section 4.4.2). */
const byStopCode: Readonly<Record<number, Cause>> = {
  1: c.userRequest,
  2: c.nasError,
  3: c.portError,
  4: c.serviceUnavailable,
  5: c.serviceUnavailable,
  6: c.adminReboot,
  7: c.nasError,
};

/** Acct-Terminate-Cause of a tunnel's end. */
export function tunnelTerminateCauseOf({ by, resultCode }: SessionEnd): number {
  if (by === 'lost') return c.lostCarrier;
  return byStopCode[resultCode ?? 0] ?? c.nasRequest;
}

/** Acct-Terminate-Cause of a session's end: what PPP says, else what the LAC says, else who ended it. */
export function terminateCauseOf({ by, reason, disconnectCode, resultCode }: SessionEnd): number {
  if (reason !== undefined) return byReason[reason];
  if (by === 'lost') return c.lostService;
  const told = disconnectCode === undefined ? undefined : byDisconnectCode(disconnectCode);
  return told ?? byResultCode[resultCode ?? 0] ?? (by === 'peer' ? c.userRequest : c.nasRequest);
}
