import type { IpcpNegotiation } from '../ipcp-negotiation.js';
import type { ConfigOption } from '../negotiation.js';
import { readU32, u32Value } from '../packet.js';
import { formatIpv4 } from '../../wire/index.js';

/** A name server address (RFC 1877 section 1): the peer asks with zero and is told by a Nak. */
function nameServer(
  type: number,
  name: string,
  kind: 'dns' | 'nbns',
  index: 0 | 1,
): ConfigOption<IpcpNegotiation> {
  const slot = type - 129;
  const given = (n: IpcpNegotiation): Uint8Array | undefined => {
    const address = n.isServer ? n.parameters[kind]?.[index] : undefined;
    return address === undefined ? undefined : u32Value(address);
  };
  return {
    type,
    name,
    length: 4,
    request(n) {
      if (n.isServer || kind !== 'dns' || !n.parameters.requestDns) return undefined;
      return u32Value(n.nameServers?.[slot] ?? 0);
    },
    nak(n, value) {
      if (n.isServer) return;
      n.nameServers ??= [0, 0, 0, 0];
      n.nameServers[slot] = readU32(value);
    },
    reject(n) {
      if (n.nameServers) n.nameServers[slot] = 0;
    },
    judge(n, value) {
      const ours = given(n);
      if (!ours) return 'reject';
      return readU32(value) === readU32(ours) ? 'accept' : ours;
    },
    suggest: given,
    describe: (value) => formatIpv4(readU32(value)),
  };
}

export const primaryDns = nameServer(129, 'Primary-DNS', 'dns', 0);
export const primaryNbns = nameServer(130, 'Primary-NBNS', 'nbns', 0);
export const secondaryDns = nameServer(131, 'Secondary-DNS', 'dns', 1);
export const secondaryNbns = nameServer(132, 'Secondary-NBNS', 'nbns', 1);
