/** Result Codes of StopCCN (RFC 2661 section 4.4.2). */
export const stopResult = {
  generalRequest: 1,
  generalError: 2,
  channelExists: 3,
  notAuthorized: 4,
  versionNotSupported: 5,
  shuttingDown: 6,
  fsmError: 7,
} as const;

/** Result Codes of CDN (RFC 2661 section 4.4.2). */
export const callResult = {
  lossOfCarrier: 1,
  generalError: 2,
  administrative: 3,
  temporarilyNoFacilities: 4,
  permanentlyNoFacilities: 5,
  invalidDestination: 6,
  noCarrier: 7,
  busy: 8,
  noDialTone: 9,
  timedOut: 10,
  noFraming: 11,
} as const;

/** General Error Codes, which go with result 2 of either message (RFC 2661 section 4.4.2). */
export const errorCode = {
  none: 0,
  noControlConnection: 1,
  lengthWrong: 2,
  valueOutOfRange: 3,
  insufficientResources: 4,
  invalidSessionId: 5,
  vendorSpecific: 6,
  tryAnother: 7,
  unknownMandatoryAvp: 8,
  tryAnotherDirected: 9,
} as const;

/** One of {@link errorCode}. */
export type GeneralErrorCode = (typeof errorCode)[keyof typeof errorCode];

/** Value of the Result Code AVP. */
export interface Result {
  readonly resultCode: number;
  readonly errorCode?: number | undefined;
  /** For people to read. Cut at {@link maxErrorMessage} octets when sent. */
  readonly message?: string | undefined;
}

/** Octets of an Error Message that are sent at most; a longer one is cut. */
export const maxErrorMessage = 200;

const stopTexts: Record<number, string> = {
  1: 'general request to clear the control connection',
  2: 'general error',
  3: 'control channel already exists',
  4: 'not authorized',
  5: 'protocol version not supported',
  6: 'shutting down',
  7: 'finite state machine error',
  8: 'DiffServ code point mismatch',
};

const callTexts: Record<number, string> = {
  1: 'loss of carrier',
  2: 'general error',
  3: 'administrative reasons',
  4: 'temporarily no facilities',
  5: 'permanently no facilities',
  6: 'invalid destination',
  7: 'no carrier detected',
  8: 'busy',
  9: 'no dial tone',
  10: 'not established in the time allotted by the LAC',
  11: 'no appropriate framing',
  12: 'DiffServ code point mismatch',
};

const errorTexts: Record<number, string> = {
  0: 'no general error',
  1: 'no control connection yet',
  2: 'length is wrong',
  3: 'value out of range or reserved field not zero',
  4: 'insufficient resources',
  5: 'invalid session id',
  6: 'vendor-specific error',
  7: 'try another LNS',
  8: 'unknown mandatory AVP',
  9: 'try another LNS, as directed',
};

/** Text of a result for logs: codes, their meaning, and the peer's message in JSON quotes. */
export function describeResult(kind: 'StopCCN' | 'CDN', result: Result): string {
  const texts = kind === 'StopCCN' ? stopTexts : callTexts;
  const { resultCode, errorCode: error, message } = result;
  let text = `${resultCode} (${texts[resultCode] ?? 'unknown'})`;
  if (error !== undefined) {
    // With result 5 the error code is a protocol version, with others than 2 it says nothing general.
    text += resultCode === 2 ? `/${error} (${errorTexts[error] ?? 'unknown'})` : `/${error}`;
  }
  return message === undefined || message === '' ? text : `${text} ${JSON.stringify(message)}`;
}
