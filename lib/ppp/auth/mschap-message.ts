import { hex } from '../../wire/index.js';

/** Error codes of MS-CHAP failures (RFC 2759 section 6). */
export const MSCHAP_ERROR = {
  restrictedLogonHours: 646,
  accountDisabled: 647,
  passwordExpired: 648,
  noDialinPermission: 649,
  authenticationFailure: 691,
  changingPassword: 709,
} as const;

/** The fields of an MS-CHAP Failure message. */
export interface MsChapFailure {
  /** `E=`, decimal. */
  readonly error: number;
  /** `R=1`: a further response is welcome. */
  readonly retry: boolean;
  /** `C=`: the challenge for it; 8 octets in version 1, 16 in version 2. */
  readonly challenge?: Uint8Array;
  /** `V=`: version of the password change protocol. */
  readonly version?: number;
  /** `M=`: text for the user; version 2 only. */
  readonly message?: string;
}

/** RFC 2433 section 8 without a message, RFC 2759 section 6 with one. */
export function formatMsChapFailure(failure: MsChapFailure): string {
  const parts = [`E=${failure.error}`, `R=${failure.retry ? 1 : 0}`];
  if (failure.challenge) parts.push(`C=${hex(failure.challenge).toUpperCase()}`);
  if (failure.version !== undefined) parts.push(`V=${failure.version}`);
  if (failure.message !== undefined) parts.push(`M=${failure.message}`);
  return parts.join(' ');
}

/**
 * Reads the Message of a Failure packet, or a RADIUS MS-CHAP-Error after its first octet. Fields that it does not
 * know are stepped over (RFC 2433 section 8); undefined for a text without an error code.
 */
export function parseMsChapFailure(text: string): MsChapFailure | undefined {
  // The free text comes last and may itself look like fields.
  const cut = /(?:^|\s)M=/.exec(text);
  const fields = cut ? text.slice(0, cut.index) : text;
  const error = /(?:^|\s)E=(\d{1,10})(?!\S)/.exec(fields)?.[1];
  if (error === undefined) return undefined;
  const challenge = /(?:^|\s)C=([0-9a-fA-F]{32}|[0-9a-fA-F]{16})(?!\S)/.exec(fields)?.[1];
  const version = /(?:^|\s)V=(\d{1,10})(?!\S)/.exec(fields)?.[1];
  return {
    error: Number(error),
    retry: /(?:^|\s)R=1(?!\S)/.test(fields),
    ...(challenge !== undefined && { challenge: new Uint8Array(Buffer.from(challenge, 'hex')) }),
    ...(version !== undefined && { version: Number(version) }),
    ...(cut && { message: text.slice(cut.index + cut[0].length) }),
  };
}

/**
 * The Message of an MS-CHAPv2 Success packet (RFC 2759 section 5), or undefined when `response` does not begin with
 * `S=` and 40 hexadecimal digits. A response that brings its own ` M=` keeps it.
 */
export function formatMsChapSuccess(response: string, message = 'Access granted'): string | undefined {
  if (!/^S=[0-9A-F]{40}(?: M=|$)/s.test(response)) return undefined;
  return response.length > 42 ? response : `${response} M=${message}`;
}

/** The `S=` line of a Success message; the digits are upper case by RFC 2759, lower case is taken too. */
export const parseMsChapSuccess = (text: string): string | undefined =>
  /^S=[0-9A-Fa-f]{40}/.exec(text)?.[0].toUpperCase();
