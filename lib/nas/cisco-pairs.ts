import type { SubscriberPolicy, SubscriberRoute } from '../aaa/index.js';
import { RadiusError } from '../radius/index.js';
import { parseIpv4 } from '../wire/index.js';
import { bitRate } from './rates.js';
import { netmaskLength } from './routes.js';

/** What Cisco-AVPairs say. What we do not know is left alone. */
export interface CiscoPolicy {
  readonly pools: readonly string[];
  readonly dns: readonly string[];
  readonly nbns: readonly string[];
  readonly routes: readonly (string | SubscriberRoute)[];
  readonly filters: readonly string[];
  readonly address: string | undefined;
  readonly vrf: string | undefined;
  readonly rate: NonNullable<SubscriberPolicy['rate']>;
}

/** Reads `ip:`, `lcp:interface-config` and `subscriber:` pairs. @throws RadiusError for a value that cannot be */
export function ciscoPolicy(pairs: readonly string[]): CiscoPolicy {
  const found = {
    pools: [] as string[],
    dns: [] as string[],
    nbns: [] as string[],
    routes: [] as (string | SubscriberRoute)[],
    filters: [] as string[],
    address: undefined as string | undefined,
    vrf: undefined as string | undefined,
    rate: {} as { down?: number; up?: number },
  };
  for (const pair of pairs) {
    // `=` is a pair that must be heeded, `*` one that may; `#n` keeps several apart.
    const match = /^([\w-]+:[\w-]+)(?:#\d+)?[=*](.*)$/s.exec(pair);
    const [name, value] = [match?.[1] ?? '', (match?.[2] ?? '').trim()];
    switch (name) {
      case 'ip:addr-pool':
        found.pools.push(value);
        break;
      case 'ip:addr':
        found.address = value;
        break;
      case 'ip:dns-servers':
        found.dns.push(...value.split(/\s+/));
        break;
      case 'ip:wins-servers':
        found.nbns.push(...value.split(/\s+/));
        break;
      case 'ip:route':
        found.routes.push(ciscoRoute(value));
        break;
      case 'ip:inacl':
      case 'ip:outacl':
      case 'ip:sub-policy-In':
      case 'ip:sub-policy-Out':
        found.filters.push(value);
        break;
      case 'ip:vrf-id':
        found.vrf = value;
        break;
      case 'lcp:interface-config':
        interfaceConfig(value, found);
        break;
      case 'subscriber:sub-qos-policy-in':
        setRate(found.rate, 'up', value);
        break;
      case 'subscriber:sub-qos-policy-out':
        setRate(found.rate, 'down', value);
    }
  }
  return found;
}

function setRate(rate: { down?: number; up?: number }, direction: 'down' | 'up', text: string): void {
  const value = bitRate(text);
  if (value !== undefined && value > 0) rate[direction] = value;
}

/** Lines of an interface's configuration that have a counterpart here. */
function interfaceConfig(
  lines: string,
  found: { vrf: string | undefined; rate: { down?: number; up?: number } },
): void {
  // Several commands stand in one pair as text `\n`, or as lines.
  for (const line of lines.split(/\\n|\n/)) {
    const words = line.trim().split(/\s+/);
    if (/^(ip )?vrf forwarding /.test(line.trim())) found.vrf = words.at(-1);
    const [command, direction, bits = ''] = words;
    if (command === 'rate-limit' && direction === 'input') setRate(found.rate, 'up', bits);
    if (command === 'rate-limit' && direction === 'output') setRate(found.rate, 'down', bits);
  }
}

/** `PREFIX MASK [GATEWAY [METRIC]]`, or with a length instead of the mask. @throws RadiusError */
function ciscoRoute(text: string): string | SubscriberRoute {
  const [network = '', ...rest] = text.split(/\s+/);
  const withLength = network.includes('/');
  const mask = withLength ? undefined : rest.shift();
  const address = network.split('/')[0] ?? '';
  if (parseIpv4(address) === undefined || (!withLength && mask === undefined)) {
    throw new RadiusError(`Cisco-AVPair ip:route=${JSON.stringify(text)} is no route`);
  }
  const prefix = mask === undefined ? network : `${network}/${netmaskLength(mask)}`;
  const [gateway, metric] = rest;
  const hop = gateway === '0.0.0.0' ? undefined : gateway;
  if (hop === undefined) return prefix;
  return { prefix, gateway: hop, ...(metric !== undefined && { metric: Number(metric) }) };
}
