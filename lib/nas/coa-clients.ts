import { BlockList, isIP } from 'node:net';
import { utf8 } from '../wire/index.js';
import type { DynamicAuthorizationClient } from './dynamic-authorization.js';
import type { CoaClient } from './options.js';

/** Finds the client that an address belongs to: the first that fits. @throws RangeError for an address that is none */
export function clientTable(
  clients: readonly CoaClient[],
): (address: string) => DynamicAuthorizationClient | undefined {
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
