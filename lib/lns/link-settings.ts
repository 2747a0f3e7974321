import { createHash } from 'node:crypto';
import type { LnsIpv6Options } from './options.js';
import type { SubscriberLinksOptions } from './subscriber-links.js';

const duidUuid = 4;
const defaultPreferred = 3600;
const defaultValid = 7200;
const defaultInterval = 600;

/** The options of IPv6 on links with every default filled in. @throws RangeError for lifetimes that do not fit */
export function linkSettings(
  options: LnsIpv6Options = {},
  hostName: string,
): Pick<SubscriberLinksOptions, 'serverId' | 'preferredLifetime' | 'validLifetime' | 'interval'> {
  const preferredLifetime = options.preferredLifetime ?? defaultPreferred;
  const validLifetime = options.validLifetime ?? Math.max(defaultValid, 2 * preferredLifetime);
  if (validLifetime < preferredLifetime) {
    throw new RangeError(`ipv6: validLifetime (${validLifetime} s) is shorter than preferredLifetime`);
  }
  const interval = (options.advertisementInterval ?? defaultInterval) * 1000;
  return { serverId: serverDuid(hostName), preferredLifetime, validLifetime, interval };
}

/** A DUID-UUID (RFC 6355) that is the same whenever the server's name is. */
function serverDuid(hostName: string): Uint8Array {
  const digest = createHash('sha256').update(`kernel-l2tp DHCPv6 server ${hostName}`).digest();
  return Uint8Array.of(0, duidUuid, ...digest.subarray(0, 16));
}
