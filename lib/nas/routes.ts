import type { SubscriberRoute } from '../aaa/index.js';
import { RadiusError } from '../radius/index.js';
import { parseIpv4 } from '../wire/index.js';

/**
 * A Framed-Route: `PREFIX[/LENGTH] [GATEWAY [METRIC …]]` (RFC 2865 section 5.22). Without a length the class of the
 * address says it; a gateway of 0.0.0.0 is the subscriber. Of several metrics the first counts.
 * @throws RadiusError
 */
export function framedRoute(text: string): string | SubscriberRoute {
  const [network = '', gateway, metric] = text.trim().split(/\s+/);
  const [address = '', length] = network.split('/');
  const number = parseIpv4(address);
  if (number === undefined) throw new RadiusError(`Framed-Route ${JSON.stringify(text)} is no route`);
  return route(
    'Framed-Route',
    text,
    `${address}/${length ?? classLength(number)}`,
    gateway,
    metric,
    '0.0.0.0',
  );
}

/** A Framed-IPv6-Route: the same with IPv6 (RFC 3162 section 2.5). @throws RadiusError */
export function framedIpv6Route(text: string): string | SubscriberRoute {
  const [prefix = '', gateway, metric] = text.trim().split(/\s+/);
  if (!/^[0-9a-f:.]+\/\d{1,3}$/i.test(prefix)) {
    throw new RadiusError(`Framed-IPv6-Route ${JSON.stringify(text)} is no route`);
  }
  return route('Framed-IPv6-Route', text, prefix, gateway, metric, '::');
}

function route(
  name: string,
  text: string,
  prefix: string,
  gateway: string | undefined,
  metric: string | undefined,
  none: string,
): string | SubscriberRoute {
  if (metric !== undefined && !/^\d{1,9}$/.test(metric)) {
    throw new RadiusError(`${name} ${JSON.stringify(text)} has no metric where one belongs`);
  }
  const hop = gateway === none ? undefined : gateway;
  if (hop === undefined && metric === undefined) return prefix;
  return {
    prefix,
    ...(hop !== undefined && { gateway: hop }),
    ...(metric !== undefined && { metric: Number(metric) }),
  };
}

const classLength = (address: number): number => (address < 2 ** 31 ? 8 : address < 3 * 2 ** 30 ? 16 : 24);

/** The prefix length of a netmask. @throws RadiusError for one with holes */
export function netmaskLength(mask: string): number {
  const number = parseIpv4(mask) ?? 0;
  const length = Math.clz32(~number);
  if (number !== (length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0)) {
    throw new RadiusError(`${mask} is no netmask`);
  }
  return length;
}
