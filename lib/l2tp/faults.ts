import { checkVersion } from './handshake.js';
import type { FaultyMessage } from './message.js';
import { callResult, stopResult } from './result-codes.js';
import type { Result } from './result-codes.js';

const text = (faulty: FaultyMessage): string => `${faulty.name ?? 'control message'}: ${faulty.text}`;

/** The StopCCN that a faulty message is answered with. One of another protocol version may well have other AVPs. */
export function stopFault(faulty: FaultyMessage): Result {
  const { protocolVersion } = faulty.fields;
  const version = protocolVersion === undefined ? undefined : checkVersion(protocolVersion);
  return (
    version ?? { resultCode: stopResult.generalError, errorCode: faulty.errorCode, message: text(faulty) }
  );
}

/** The CDN that a faulty message about a call is answered with. */
export const callFault = (faulty: FaultyMessage): Result => ({
  resultCode: callResult.generalError,
  errorCode: faulty.errorCode,
  message: text(faulty),
});
