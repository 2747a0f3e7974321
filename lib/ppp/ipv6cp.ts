import type { Random } from '../wire/index.js';
import type { Ipv6cpParameters } from './events.js';
import { Ipv6cpNegotiation } from './ipv6cp-negotiation.js';
import { Ncp, type NcpOwner } from './ncp.js';
import { ipv6cpOptions } from './options/index.js';
import type { NetworkParameters } from './parameters.js';
import { Protocol } from './protocols.js';

/** The IPv6 Control Protocol (RFC 5072). */
export class Ipv6cp extends Ncp<Ipv6cpNegotiation> {
  constructor(owner: NcpOwner, parameters: NetworkParameters, isServer: boolean, random: Random) {
    super(Protocol.IPV6CP, ipv6cpOptions, new Ipv6cpNegotiation(parameters, isServer, random), owner);
  }

  /** Both ends choose their own, and rarely alike. */
  protected override get known(): boolean {
    return true;
  }

  get parameters(): Ipv6cpParameters {
    const { local, peer } = this.negotiation;
    return { localInterfaceId: local, peerInterfaceId: peer };
  }
}
