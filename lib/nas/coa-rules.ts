import { BlockList, isIP } from 'node:net';
import { utf8 } from '../wire/index.js';
import type { CoaClient, CoaOptions } from './options.js';

/** Who may ask. */
export interface DynamicAuthorizationClient {
  readonly secret: Uint8Array;
}

/** Which requests are heeded. */
export interface CoaRules {
  /** The client with this address; `undefined` for anybody else. */
  readonly clientAt: (address: string) => DynamicAuthorizationClient | undefined;
  readonly requireMessageAuthenticator: boolean;
  readonly requireEventTimestamp: boolean;
  /** Milliseconds that an Event-Timestamp may be off. */
  readonly window: number;
}

/** @throws RangeError for a client whose address is none */
export function coaRules(options: CoaOptions | undefined): CoaRules {
  return {
    clientAt: clientTable(options?.clients ?? []),
    requireMessageAuthenticator: options?.requireMessageAuthenticator ?? false,
    requireEventTimestamp: options?.requireEventTimestamp ?? false,
    window: (options?.window ?? 300) * 1000,
  };
}

/** Finds the client that an address belongs to: the first that fits. */
function clientTable(clients: readonly CoaClient[]): CoaRules['clientAt'] {
  const table = clients.map(({ address, secret }) => ({
    addresses: addressesOf(address),
    secret: utf8(secret),
  }));
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return table.find(({ addresses }) => addresses.check(address, family));
  };
}

function addressesOf(text: string): BlockList {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : most + 1;
  if (version === 0 || more.length > 0 || bits > most) {
    throw new RangeError(`radius.coa: ${JSON.stringify(text)} is neither an address nor a network`);
  }
  const list = new BlockList();
  list.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  return list;
}
