import type { Random } from '../wire/index.js';
import type { ProtocolVersion } from './avp-formats.js';
import { messageTypes } from './avp-table.js';
import { challengeLength, challengeResponse, verifyChallengeResponse } from './challenge.js';
import type { Scccn, Sccrp, Sccrq } from './message.js';
import type { TunnelProfile } from './profile.js';
import { stopResult } from './result-codes.js';
import type { Result } from './result-codes.js';

/** The one protocol version that there is (RFC 2661 section 4.4.3). */
export const protocolVersion = { version: 1, revision: 0 } as const;

/** That version as the Error Code of result 5. */
const highestVersion = 0x0100;

/** @returns why a peer of this protocol version cannot be talked to */
export function checkVersion({ version, revision }: ProtocolVersion): Result | undefined {
  if (version === protocolVersion.version) return undefined;
  return {
    resultCode: stopResult.versionNotSupported,
    errorCode: highestVersion,
    message: `protocol version ${version}.${revision}, here it is 1.0`,
  };
}

/** @returns why an SCCRQ or SCCRP cannot be answered: it has a challenge, and we have no secret */
export function checkChallenge(profile: TunnelProfile, message: Sccrq | Sccrp): Result | undefined {
  if (message.challenge === undefined || profile.secret !== undefined) return undefined;
  return { resultCode: stopResult.notAuthorized, message: 'a challenge, but no secret is configured here' };
}

/**
 * What the two ends tell each other before a tunnel is established, and its authentication (RFC 2661 sections 5.1
 * and 5.1.1). Dropped once that is over.
 */
export class Handshake {
  readonly #profile: TunnelProfile;
  readonly #tunnelId: number;
  readonly #challenge: Uint8Array | undefined;
  readonly #tieBreaker: Uint8Array | undefined;

  /** A peer is challenged if there is a secret. */
  constructor(profile: TunnelProfile, tunnelId: number, initiator: boolean, random: Random) {
    this.#profile = profile;
    this.#tunnelId = tunnelId;
    this.#challenge = profile.secret === undefined ? undefined : random.bytes(challengeLength);
    this.#tieBreaker = initiator && profile.tieBreaker ? random.bytes(8) : undefined;
  }

  sccrq(): Sccrq {
    return { type: 'SCCRQ', ...this.#introduction(), tieBreaker: this.#tieBreaker };
  }

  sccrp(sccrq: Sccrq): Sccrp {
    const response = this.#respond(messageTypes.SCCRP, sccrq.challenge);
    return { type: 'SCCRP', ...this.#introduction(), challengeResponse: response };
  }

  scccn(sccrp: Sccrp): Scccn {
    return { type: 'SCCCN', challengeResponse: this.#respond(messageTypes.SCCCN, sccrp.challenge) };
  }

  /** @returns why an SCCRP is not acceptable */
  check(sccrp: Sccrp): Result | undefined {
    return (
      checkVersion(sccrp.protocolVersion) ?? this.authenticate(sccrp) ?? checkChallenge(this.#profile, sccrp)
    );
  }

  /** @returns why the peer is not who it should be */
  authenticate(message: Sccrp | Scccn): Result | undefined {
    const { secret } = this.#profile;
    if (secret === undefined || this.#challenge === undefined) return undefined;
    const response = message.challengeResponse;
    if (response === undefined) {
      return { resultCode: stopResult.notAuthorized, message: `${message.type} without Challenge Response` };
    }
    if (verifyChallengeResponse(response, messageTypes[message.type], secret, this.#challenge))
      return undefined;
    return { resultCode: stopResult.notAuthorized, message: 'wrong Challenge Response' };
  }

  /**
   * Both ends have sent an SCCRQ: which tunnel remains (RFC 2661 section 4.4.3).
   * @param theirs the Tie Breaker of the peer's
   */
  compare(theirs: Uint8Array | undefined): 'ours' | 'theirs' | 'both' | 'neither' {
    const ours = this.#tieBreaker;
    if (ours === undefined) return theirs === undefined ? 'both' : 'theirs';
    if (theirs === undefined) return 'ours';
    for (let i = 0; i < ours.length; i++) {
      const difference = (ours[i] as number) - (theirs[i] as number);
      if (difference !== 0) return difference < 0 ? 'ours' : 'theirs';
    }
    return 'neither';
  }

  #respond(messageType: number, challenge: Uint8Array | undefined): Uint8Array | undefined {
    const { secret } = this.#profile;
    if (challenge === undefined || secret === undefined) return undefined;
    return challengeResponse(messageType, secret, challenge);
  }

  #introduction() {
    const profile = this.#profile;
    return {
      protocolVersion,
      framingCapabilities: profile.framingCapabilities,
      bearerCapabilities: profile.bearerCapabilities,
      firmwareRevision: profile.firmwareRevision,
      hostName: profile.hostName,
      vendorName: profile.vendorName,
      assignedTunnelId: this.#tunnelId,
      receiveWindowSize: profile.receiveWindow,
      challenge: this.#challenge,
    };
  }
}
