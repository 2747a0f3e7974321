import type { IpcpParameters } from './events.js';
import { IpcpNegotiation } from './ipcp-negotiation.js';
import { Ncp, type NcpOwner } from './ncp.js';
import { ipcpOptions } from './options/index.js';
import type { NetworkParameters } from './parameters.js';
import { Protocol } from './protocols.js';

/** The IP Control Protocol (RFC 1332, RFC 1877). */
export class Ipcp extends Ncp<IpcpNegotiation> {
  constructor(owner: NcpOwner, parameters: NetworkParameters, isServer: boolean) {
    super(Protocol.IPCP, ipcpOptions, new IpcpNegotiation(parameters, isServer), owner);
  }

  /** A server has its own address; a client knows it once it is told. */
  protected override get known(): boolean {
    return this.negotiation.isServer || this.negotiation.told;
  }

  get parameters(): IpcpParameters {
    const { local, peer, nameServers, parameters, isServer } = this.negotiation;
    if (isServer) return { local, peer, dns: parameters.dns ?? [], nbns: parameters.nbns ?? [] };
    const [dns1 = 0, nbns1 = 0, dns2 = 0, nbns2 = 0] = nameServers ?? [];
    const known = (address: number) => address !== 0;
    return { local, peer, dns: [dns1, dns2].filter(known), nbns: [nbns1, nbns2].filter(known) };
  }
}
