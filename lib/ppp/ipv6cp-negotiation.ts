import type { Random } from '../wire/index.js';
import { interfaceIdOf } from './interface-id.js';
import type { Negotiation } from './link.js';
import type { NetworkParameters } from './parameters.js';

/** The universal/local bit: zero in identifiers that are made up (RFC 5072 section 4.1). */
const UNIVERSAL_BIT = 1n << 57n;

/** What IPV6CP agrees on for one link; 0n where there is no identifier. */
export class Ipv6cpNegotiation implements Negotiation {
  readonly parameters: NetworkParameters;
  readonly isServer: boolean;
  readonly #random: Random;
  failed = false;
  local = 0n;
  peer = 0n;
  /** What the last Configure-Nak that we sent suggested. */
  suggested = 0n;

  constructor(parameters: NetworkParameters, isServer: boolean, random: Random) {
    this.parameters = parameters;
    this.isServer = isServer;
    this.#random = random;
  }

  beginLocal(): void {
    this.local = this.parameters.localInterfaceId ?? this.newIdentifier();
    this.suggested = 0n;
  }

  beginPeer(): void {
    this.peer = 0n;
  }

  /** A random identifier that neither end uses. */
  newIdentifier(): bigint {
    for (;;) {
      const id = interfaceIdOf(this.#random.bytes(8)) & ~UNIVERSAL_BIT;
      if (id !== 0n && id !== this.local && id !== this.peer) return id;
    }
  }
}
