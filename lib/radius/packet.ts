import { createHash, createHmac } from 'node:crypto';
import { equalConstantTime } from '../wire/index.js';
import { RadiusError } from './errors.js';

/** Packet codes (RFC 2865 section 3, RFC 2866 section 3, RFC 5176 section 2.3, RFC 5997 section 3). */
export const code = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
  disconnectRequest: 40,
  disconnectAck: 41,
  disconnectNak: 42,
  coaRequest: 43,
  coaAck: 44,
  coaNak: 45,
} as const;

export const headerLength = 20;
export const maxPacket = 4096;
const authenticatorAt = 4;
const messageAuthenticator = 80;
const messageAuthenticatorLength = 18;

/** A packet whose header and length are right; its attributes are not looked at yet. Views of the received octets. */
export interface RadiusPacket {
  readonly code: number;
  readonly identifier: number;
  readonly authenticator: Uint8Array;
  readonly attributes: Uint8Array;
  /** The whole packet, without octets that pad the datagram. */
  readonly bytes: Uint8Array;
}

/** @throws RadiusError for a length that cannot be (RFC 2865 section 3: to be dropped silently) */
export function parsePacket(datagram: Uint8Array): RadiusPacket {
  if (datagram.length < headerLength) throw new RadiusError('the packet is shorter than its header');
  const length = ((datagram[2] as number) << 8) | (datagram[3] as number);
  if (length < headerLength || length > maxPacket || length > datagram.length) {
    throw new RadiusError('the length of the packet is wrong');
  }
  const bytes = datagram.subarray(0, length);
  return {
    code: bytes[0] as number,
    identifier: bytes[1] as number,
    authenticator: bytes.subarray(authenticatorAt, headerLength),
    attributes: bytes.subarray(headerLength),
    bytes,
  };
}

function assemble(packetCode: number, identifier: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, headerLength);
  if (length > maxPacket)
    throw new RadiusError(`the packet would have ${length} octets, and ${maxPacket} are allowed`);
  const bytes = new Uint8Array(length);
  bytes[0] = packetCode;
  bytes[1] = identifier;
  bytes[2] = length >>> 8;
  bytes[3] = length;
  let at = headerLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Room for a Message-Authenticator, which comes first: then nothing before it can be chosen by others. */
const emptyMessageAuthenticator = Uint8Array.of(
  messageAuthenticator,
  messageAuthenticatorLength,
  ...new Uint8Array(16),
);

/**
 * Access-Request or Status-Server: a random authenticator, and a Message-Authenticator in front (RFC 3579 section 3.2).
 * @param attributes encoded, without a Message-Authenticator
 */
export function accessRequest(
  packetCode: number,
  identifier: number,
  authenticator: Uint8Array,
  attributes: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const bytes = assemble(packetCode, identifier, [emptyMessageAuthenticator, attributes]);
  bytes.set(authenticator, authenticatorAt);
  bytes.set(hmac(bytes, secret), headerLength + 2);
  return bytes;
}

/**
 * Accounting-Request, CoA-Request or Disconnect-Request: the authenticator is a digest of the packet (RFC 2866
 * section 3, RFC 5176 section 2.3). A Message-Authenticator comes first, made with an authenticator of zeros.
 */
export function digestedRequest(
  packetCode: number,
  identifier: number,
  attributes: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const bytes = assemble(packetCode, identifier, [emptyMessageAuthenticator, attributes]);
  bytes.set(hmac(bytes, secret), headerLength + 2);
  bytes.set(md5(bytes, secret), authenticatorAt);
  return bytes;
}

/** An answer to `request`, with a Message-Authenticator in front and the Response Authenticator of RFC 2865 section 3. */
export function response(
  packetCode: number,
  request: Pick<RadiusPacket, 'identifier' | 'authenticator'>,
  attributes: Uint8Array,
  secret: Uint8Array,
): Uint8Array {
  const bytes = assemble(packetCode, request.identifier, [emptyMessageAuthenticator, attributes]);
  bytes.set(request.authenticator, authenticatorAt);
  bytes.set(hmac(bytes, secret), headerLength + 2);
  bytes.set(md5(bytes, secret), authenticatorAt);
  return bytes;
}

/** Why a packet is not what it claims to be. */
export type AuthenticityProblem = 'authenticator' | 'message-authenticator' | 'no-message-authenticator';

/**
 * Checks an answer against the authenticator of its request; every comparison takes the same time.
 * @param required a Message-Authenticator must be there (CVE-2024-3596)
 */
export function responseProblem(
  packet: RadiusPacket,
  requestAuthenticator: Uint8Array,
  secret: Uint8Array,
  required: boolean,
): AuthenticityProblem | undefined {
  const bytes = packet.bytes.slice();
  bytes.set(requestAuthenticator, authenticatorAt);
  if (!equalConstantTime(md5(bytes, secret), packet.authenticator)) return 'authenticator';
  return messageProblem(bytes, secret, required);
}

/** Checks a CoA- or Disconnect-Request (RFC 5176 section 2.3), or an Accounting-Request. */
export function digestedRequestProblem(
  packet: RadiusPacket,
  secret: Uint8Array,
  required: boolean,
): AuthenticityProblem | undefined {
  const bytes = packet.bytes.slice();
  bytes.fill(0, authenticatorAt, headerLength);
  if (!equalConstantTime(md5(bytes, secret), packet.authenticator)) return 'authenticator';
  return messageProblem(bytes, secret, required);
}

/** @param bytes is changed */
function messageProblem(
  bytes: Uint8Array,
  secret: Uint8Array,
  required: boolean,
): AuthenticityProblem | undefined {
  const at = messageAuthenticatorAt(bytes);
  if (at === undefined) return required ? 'no-message-authenticator' : undefined;
  if (at < 0) return 'message-authenticator';
  const claimed = bytes.slice(at, at + 16);
  bytes.fill(0, at, at + 16);
  return equalConstantTime(hmac(bytes, secret), claimed) ? undefined : 'message-authenticator';
}

/** Where the value of the one Message-Authenticator is; -1 where there are several, or its length is wrong. */
function messageAuthenticatorAt(bytes: Uint8Array): number | undefined {
  let found: number | undefined;
  for (let at = headerLength; at + 2 <= bytes.length; ) {
    const length = bytes[at + 1] as number;
    if (length < 2) return -1;
    if (bytes[at] === messageAuthenticator) {
      if (found !== undefined || length !== messageAuthenticatorLength || at + length > bytes.length)
        return -1;
      found = at + 2;
    }
    at += length;
  }
  return found;
}

const md5 = (bytes: Uint8Array, secret: Uint8Array): Uint8Array =>
  createHash('md5').update(bytes).update(secret).digest();

const hmac = (bytes: Uint8Array, secret: Uint8Array): Uint8Array =>
  createHmac('md5', secret).update(bytes).digest();
