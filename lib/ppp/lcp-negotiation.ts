import type { Random } from '../wire/index.js';
import type { AuthMethod } from './auth/index.js';
import type { Negotiation } from './link.js';
import { DEFAULT_MRU, type ResolvedPppOptions } from './parameters.js';

/** Looped requests in a row that prove that the link is looped back (RFC 1661 section 6.4 leaves the number open). */
export const MAX_LOOPS = 10;

/** What LCP agrees on for one link. */
export class LcpNegotiation implements Negotiation {
  readonly options: ResolvedPppOptions;
  readonly random: Random;
  /** Methods that this end asks the peer for, in order; none for a client. */
  readonly offers: readonly AuthMethod[];
  /** Methods that this end submits to, in order; none without credentials. */
  readonly accepts: readonly AuthMethod[];
  failed = false;
  /** Requests in a row that bore our own magic number. */
  loops = 0;

  // What this end asks for.
  mru = DEFAULT_MRU;
  magicNumber = 0;
  pfc = false;
  acfc = false;
  accm: number | undefined;
  /** Which of `offers` is asked for; beyond the last when none is. */
  offer = 0;
  /** Bit i: `offers[i]` has been tried. */
  tried = 0;

  // What the peer asks for.
  peerMru = DEFAULT_MRU;
  peerMagicNumber = 0;
  peerPfc = false;
  peerAcfc = false;
  peerAccm: number | undefined;
  peerAuthMethod: AuthMethod | undefined;

  constructor(
    options: ResolvedPppOptions,
    random: Random,
    offers: readonly AuthMethod[],
    accepts: readonly AuthMethod[],
  ) {
    this.options = options;
    this.random = random;
    this.offers = offers;
    this.accepts = accepts;
  }

  /** Whether a magic number is the one that this end sends: the link is looped back (RFC 1661 section 6.4). */
  isOurs(magicNumber: number): boolean {
    return this.magicNumber !== 0 && magicNumber === this.magicNumber;
  }

  get authMethod(): AuthMethod | undefined {
    return this.offers[this.offer];
  }

  beginLocal(): void {
    this.mru = this.options.mru;
    this.magicNumber = this.newMagicNumber();
    this.pfc = this.options.pfc;
    this.acfc = this.options.acfc;
    this.accm = this.options.accm;
    this.offer = 0;
    this.tried = 0;
  }

  beginPeer(): void {
    this.peerMru = DEFAULT_MRU;
    this.peerMagicNumber = 0;
    this.peerPfc = false;
    this.peerAcfc = false;
    this.peerAccm = undefined;
    this.peerAuthMethod = undefined;
  }

  newMagicNumber(): number {
    return this.random.below(0xffff_ffff) + 1;
  }
}
