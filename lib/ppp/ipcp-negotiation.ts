import type { Negotiation } from './link.js';
import type { NetworkParameters } from './parameters.js';

/** What IPCP agrees on for one link. Addresses are unsigned 32-bit integers, 0 where there is none. */
export class IpcpNegotiation implements Negotiation {
  readonly parameters: NetworkParameters;
  /** A server imposes addresses, a client takes what it is given. */
  readonly isServer: boolean;
  failed = false;
  local = 0;
  peer = 0;
  /** The server has named our address. */
  told = false;
  /** Client: primary DNS, primary NBNS, secondary DNS, secondary NBNS as the server named them. */
  nameServers: number[] | undefined;

  constructor(parameters: NetworkParameters, isServer: boolean) {
    this.parameters = parameters;
    this.isServer = isServer;
  }

  beginLocal(): void {
    this.local = this.parameters.localAddress ?? 0;
    this.told = false;
    this.nameServers = undefined;
  }

  beginPeer(): void {
    this.peer = this.parameters.peerAddress ?? 0;
  }
}
