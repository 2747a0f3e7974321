import { createHash } from 'node:crypto';
import { equalConstantTime } from '../wire/index.js';

/** Octets of the challenges that we send. */
export const challengeLength = 16;

/**
 * The Challenge Response of tunnel authentication (RFC 2661 sections 4.4.3 and 5.1.1).
 * @param messageType that of the message which carries the response: 2 for SCCRP, 3 for SCCCN
 */
export const challengeResponse = (
  messageType: number,
  secret: Uint8Array,
  challenge: Uint8Array,
): Uint8Array =>
  new Uint8Array(
    createHash('md5').update(Uint8Array.of(messageType)).update(secret).update(challenge).digest(),
  );

/** Whether a peer's response is right, in a time that does not tell how wrong it is. */
export const verifyChallengeResponse = (
  response: Uint8Array,
  messageType: number,
  secret: Uint8Array,
  challenge: Uint8Array,
): boolean => equalConstantTime(response, challengeResponse(messageType, secret, challenge));
