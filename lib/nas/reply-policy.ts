import type {
  PolicyChange,
  SubscriberIpv6,
  SubscriberPolicy,
  SubscriberRate,
  SubscriberRoute,
  TrafficQuota,
  TunnelChoice,
} from '../aaa/index.js';
import {
  allOctets,
  allTexts,
  type Attribute,
  type AttributeName,
  firstNumber,
  firstText,
} from '../radius/index.js';
import { type CiscoPolicy, ciscoPolicy } from './cisco-pairs.js';
import { bitRates, mikrotikRate } from './rates.js';
import { framedIpv6Route, framedRoute, netmaskLength } from './routes.js';

/** Addresses that mean "you choose" (RFC 2865 section 5.8): the subscriber, or the NAS. */
const noAddress: ReadonlySet<string> = new Set(['255.255.255.255', '255.255.255.254', '0.0.0.0']);
const policyRequired = 2;
const tunnelL2tp = 3;

/**
 * What an Access-Accept gives the subscriber. What it does not speak of comes from the profile and the configuration.
 * @throws RadiusError for a value that cannot be used: the subscriber is then refused
 */
export function replyPolicy(attributes: readonly Attribute[]): SubscriberPolicy {
  const cisco = ciscoPolicy(allTexts(attributes, 'Cisco-AVPair'));
  const pools = [
    ...allTexts(attributes, 'Framed-Pool'),
    ...allTexts(attributes, 'ERX-Address-Pool-Name'),
    ...cisco.pools,
  ];
  const framed = firstText(attributes, 'Framed-IP-Address') ?? cisco.address;
  const mask = firstText(attributes, 'Framed-IP-Netmask');
  const vrf = firstText(attributes, 'ERX-Virtual-Router-Name') ?? cisco.vrf;
  const maxSessions = firstNumber(attributes, 'Port-Limit');
  const mtu = firstNumber(attributes, 'Framed-MTU');
  const quota = quotaOf(attributes);
  const tunnels = tunnelsOf(attributes);
  const ipv6 = ipv6Of(attributes);
  const dns = serversOf(attributes, 'MS-Primary-DNS-Server', 'MS-Secondary-DNS-Server', [
    ...serversOf(attributes, 'ERX-Primary-Dns', 'ERX-Secondary-Dns', cisco.dns),
  ]);
  const nbns = serversOf(attributes, 'MS-Primary-NBNS-Server', 'MS-Secondary-NBNS-Server', [
    ...serversOf(attributes, 'ERX-Primary-Wins', 'ERX-Secondary-Wins', cisco.nbns),
  ]);
  const mppeRequired = firstNumber(attributes, 'MS-MPPE-Encryption-Policy') === policyRequired;
  return {
    ...policyChange(attributes, cisco),
    ...(framed !== undefined && !noAddress.has(framed) && { address: framed }),
    ...(mask !== undefined && { netmask: netmaskLength(mask) }),
    ...(pools.length > 0 && { pool: pools.length === 1 ? (pools[0] as string) : pools }),
    ...(mtu !== undefined && { mtu }),
    ...(dns.length > 0 && { dns }),
    ...(nbns.length > 0 && { nbns }),
    ...(maxSessions !== undefined && maxSessions > 0 && { maxSessions }),
    ...(vrf !== undefined && { vrf }),
    ...(quota !== undefined && { quota }),
    ...(ipv6 !== undefined && { ipv6 }),
    ...(tunnels.length > 0 && { tunnels }),
    ...(mppeRequired && { ppp: { mppe: 'require' } as const }),
    accounting: accountingOf(attributes),
  };
}

/** What of it may change on a live session, too: of a CoA-Request all that counts. @throws RadiusError */
export function policyChange(
  attributes: readonly Attribute[],
  cisco: CiscoPolicy = ciscoPolicy(allTexts(attributes, 'Cisco-AVPair')),
): PolicyChange {
  const sessionTimeout = firstNumber(attributes, 'Session-Timeout');
  const idleTimeout = firstNumber(attributes, 'Idle-Timeout');
  const routes: (string | SubscriberRoute)[] = [
    ...allTexts(attributes, 'Framed-Route').map(framedRoute),
    ...allTexts(attributes, 'Framed-IPv6-Route').map(framedIpv6Route),
    ...cisco.routes,
  ];
  const filters = [
    ...allTexts(attributes, 'Filter-Id'),
    ...allTexts(attributes, 'ERX-Ingress-Policy-Name'),
    ...allTexts(attributes, 'ERX-Egress-Policy-Name'),
    ...allTexts(attributes, 'ERX-IPv6-Ingress-Policy-Name'),
    ...allTexts(attributes, 'ERX-IPv6-Egress-Policy-Name'),
    ...cisco.filters,
  ];
  const rate = rateOf(attributes, cisco.rate);
  return {
    ...(sessionTimeout !== undefined && { sessionTimeout }),
    ...(idleTimeout !== undefined && { idleTimeout }),
    ...(routes.length > 0 && { routes }),
    ...(filters.length > 0 && { filters: [...new Set(filters)] }),
    ...(rate !== undefined && { rate }),
  };
}

function rateOf(attributes: readonly Attribute[], cisco: CiscoPolicy['rate']): SubscriberRate | undefined {
  const mikrotik = firstText(attributes, 'Mikrotik-Rate-Limit');
  if (mikrotik !== undefined) return mikrotikRate(mikrotik);
  const down = firstNumber(attributes, 'WISPr-Bandwidth-Max-Down');
  const up = firstNumber(attributes, 'WISPr-Bandwidth-Max-Up');
  if (down !== undefined || up !== undefined) return bitRates(down ?? 0, up ?? 0);
  return Object.keys(cisco).length === 0 ? undefined : cisco;
}

function serversOf(
  attributes: readonly Attribute[],
  primary: AttributeName,
  secondary: AttributeName,
  otherwise: readonly string[],
): readonly string[] {
  const named = [firstText(attributes, primary), firstText(attributes, secondary)];
  const servers = named.filter((server) => server !== undefined && !noAddress.has(server)) as string[];
  return servers.length > 0 ? servers : otherwise.slice(0, 2);
}

function quotaOf(attributes: readonly Attribute[]): TrafficQuota | undefined {
  const limit = (
    low: AttributeName,
    high: AttributeName | undefined,
    other: AttributeName,
  ): number | undefined => {
    const octets = firstNumber(attributes, low);
    const gigawords = high === undefined ? undefined : firstNumber(attributes, high);
    if (octets === undefined && gigawords === undefined) return firstNumber(attributes, other);
    return (octets ?? 0) + (gigawords ?? 0) * 2 ** 32;
  };
  const input = limit('Mikrotik-Recv-Limit', 'Mikrotik-Recv-Limit-Gigawords', 'ChilliSpot-Max-Input-Octets');
  const output = limit(
    'Mikrotik-Xmit-Limit',
    'Mikrotik-Xmit-Limit-Gigawords',
    'ChilliSpot-Max-Output-Octets',
  );
  const total = limit(
    'Mikrotik-Total-Limit',
    'Mikrotik-Total-Limit-Gigawords',
    'ChilliSpot-Max-Total-Octets',
  );
  const isSet = (octets: number | undefined): boolean => octets !== undefined && octets > 0;
  if (![input, output, total].some(isSet)) return undefined;
  return {
    ...(input !== undefined && input > 0 && { input }),
    ...(output !== undefined && output > 0 && { output }),
    ...(total !== undefined && total > 0 && { total }),
  };
}

function ipv6Of(attributes: readonly Attribute[]): SubscriberIpv6 | undefined {
  const one = (name: AttributeName): string | undefined => firstText(attributes, name);
  const all = (...names: readonly AttributeName[]): string[] =>
    names.flatMap((name) => allTexts(attributes, name));
  const pool = all('Framed-IPv6-Pool', 'ERX-IPv6-NdRa-Pool-Name');
  const addressPool = all('Stateful-IPv6-Address-Pool');
  const delegatedPool = all('Delegated-IPv6-Prefix-Pool', 'ERX-IPv6-Delegated-Pool-Name');
  const announcedRoutes = all('Route-IPv6-Information');
  const interfaceId = one('Framed-Interface-Id');
  const prefix = one('Framed-IPv6-Prefix');
  const address = one('Framed-IPv6-Address');
  const delegatedPrefix = one('Delegated-IPv6-Prefix');
  const named = all('DNS-Server-IPv6-Address');
  const erx = [one('ERX-IPv6-Primary-Dns'), one('ERX-IPv6-Secondary-Dns')];
  const dns = named.length > 0 ? named : erx.filter((server) => server !== undefined);
  const ipv6: SubscriberIpv6 = {
    ...(interfaceId !== undefined && { interfaceId }),
    ...(prefix !== undefined && { prefix }),
    ...(pool.length > 0 && { pool }),
    ...(address !== undefined && { address }),
    ...(addressPool.length > 0 && { addressPool }),
    ...(delegatedPrefix !== undefined && { delegatedPrefix }),
    ...(delegatedPool.length > 0 && { delegatedPool }),
    ...(dns.length > 0 && { dns }),
    ...(announcedRoutes.length > 0 && { announcedRoutes }),
  };
  return Object.keys(ipv6).length === 0 ? undefined : ipv6;
}

/** Tunnels that the subscriber is carried on in (RFC 2868): the attributes with one tag make one. */
function tunnelsOf(attributes: readonly Attribute[]): TunnelChoice[] {
  const tagged = attributes.filter(({ tag }) => tag !== undefined);
  const tags = [...new Set(tagged.map(({ tag }) => tag))];
  return tags.flatMap((tag) => {
    // What has no tag counts for every tunnel (RFC 2868 section 3.1).
    const own = tagged.filter((attribute) => attribute.tag === tag);
    const shared = tagged.filter((attribute) => attribute.tag === 0);
    const text = (name: AttributeName): string | undefined => firstText(own, name) ?? firstText(shared, name);
    const server = firstText(own, 'Tunnel-Server-Endpoint');
    const type = firstNumber(own, 'Tunnel-Type') ?? firstNumber(shared, 'Tunnel-Type') ?? tunnelL2tp;
    if (server === undefined || type !== tunnelL2tp) return [];
    const preference = firstNumber(own, 'Tunnel-Preference') ?? firstNumber(shared, 'Tunnel-Preference');
    const choice = {
      client: text('Tunnel-Client-Endpoint'),
      secret: text('Tunnel-Password'),
      clientAuthId: text('Tunnel-Client-Auth-ID'),
      serverAuthId: text('Tunnel-Server-Auth-ID'),
      assignmentId: text('Tunnel-Assignment-ID'),
      privateGroupId: text('Tunnel-Private-Group-ID'),
    };
    const known = Object.entries(choice).filter(([, value]) => value !== undefined);
    return [{ server, ...Object.fromEntries(known), ...(preference !== undefined && { preference }) }];
  });
}

function accountingOf(attributes: readonly Attribute[]): NonNullable<SubscriberPolicy['accounting']> {
  const user = firstText(attributes, 'User-Name');
  const interimInterval = firstNumber(attributes, 'Acct-Interim-Interval');
  const classes = allOctets(attributes, 'Class');
  return {
    ...(user !== undefined && { user }),
    ...(interimInterval !== undefined && { interimInterval }),
    ...(classes.length > 0 && { class: classes }),
  };
}
