import * as z from 'zod';
import {
  checkedText,
  integer,
  isInterfaceName,
  isIpv6,
  isIpv6Network,
  isNetwork,
  isRate,
  list,
  section,
  text,
  withInfo,
} from './fields.js';
import { parseInterfaceId } from '../../ppp/index.js';

const network6 = () => checkedText(isIpv6Network, 'an IPv6 network', '2001:db8:1::/48', { description: '' });

/** One network or a list of them, by the pool's name. */
const pools6 = (description: string, example: string) =>
  withInfo(
    z.record(
      z.string().refine((name) => /^[A-Za-z][\w.-]{0,62}$/.test(name)),
      z.union([
        network6(),
        list(network6(), {}, 'a list of IPv6 networks', '[2001:db8:1::/48]', { description: '' }),
      ]),
    ),
    { description, expects: 'a map from pool names to IPv6 networks', example },
  );

const dns6 = () =>
  list(
    checkedText(isIpv6, 'an IPv6 address', '2001:db8::53', { description: '' }),
    { least: 0, most: 3 },
    'a list of at most three IPv6 addresses',
    '["2001:db8::53"]',
    { description: 'DNS servers, in router advertisements (RFC 8106) and DHCPv6.', defaultText: 'none' },
  );

const delegatedLength = integer(16, 64, {
  description: 'Length of the prefixes that are delegated.',
  unit: 'bit',
  default: 56,
});
const delegated = withInfo(
  z
    .object({ length: z.exactOptional(delegatedLength) })
    .catchall(
      z.union([
        network6(),
        list(network6(), {}, 'a list of IPv6 networks', '[2001:db8:100::/40]', { description: '' }),
      ]),
    ),
  {
    description:
      'Pools by name (beside `length`) of prefixes that DHCPv6 delegates (RFC 8415), each of `length`; one a session.',
    expects: 'a map from pool names to IPv6 networks, and length',
    example: '{ pd: [2001:db8:100::/40], length: 56 }',
  },
);

/** IPv6 of subscribers. */
export const ipv6Section = section(
  {},
  {
    pools: pools6(
      'Pools by name of the prefixes of links: each session gets a /64, which is announced to it (SLAAC).',
      '{ v6: [2001:db8:1::/48] }',
    ),
    addresses: pools6(
      'Pools by name of addresses that DHCPv6 gives, one a session.',
      '{ stateful: [2001:db8:2::/64] }',
    ),
    delegated,
    dns: dns6(),
    'preferred-lifetime': integer(60, 30 * 86_400, {
      description: 'Time for which what is announced and given is preferred.',
      unit: 's',
      default: 3600,
    }),
    'valid-lifetime': integer(60, 60 * 86_400, {
      description: 'Time for which it is valid.',
      unit: 's',
      defaultText: '7200, or twice `preferred-lifetime`',
    }),
    'advertisement-interval': integer(30, 1800, {
      description: 'Time between unsolicited router advertisements of a session.',
      unit: 's',
      default: 600,
    }),
  },
  {
    description: 'IPv6 for subscribers; turns `ppp.ipv6` on. See [ipv6.md](ipv6.md).',
    example: '{ pools: { v6: [2001:db8:1::/48] } }',
  },
);

/** A name, or a list of names of which the first that has something left is used. */
export const poolNames = (info: { description: string; defaultText: string }) =>
  withInfo(
    z.union([
      text('the name of a pool', 'main', { description: '' }),
      list(
        text('the name of a pool', 'main', { description: '' }),
        {},
        'a list of pool names',
        '[main, more]',
        {
          description: '',
        },
      ),
    ]),
    { ...info, expects: 'the name of a pool or a list of names', example: 'main' },
  );

const bits = (description: string) =>
  withInfo(
    z.union([
      integer(8000, 1_000_000_000_000, { description: '' }),
      checkedText(isRate, 'a rate such as 10M', '10M', { description: '' }),
    ]),
    {
      description,
      expects: 'bit/s, or a number with k, M or G',
      example: '10M',
      unit: 'bit/s',
      defaultText: 'unlimited',
    },
  );

const burst = (description: string) =>
  integer(1600, 0x7fff_ffff, { description, unit: 'octets', defaultText: 'chosen from the rate' });

export const rate = (whose: string) =>
  section(
    {},
    {
      down: bits('To the subscriber; shaped.'),
      up: bits('From the subscriber; policed.'),
      'burst-down': burst('What may pass at once to the subscriber.'),
      'burst-up': burst('What may pass at once from the subscriber.'),
    },
    {
      description: `Rate limits of ${whose}. See [qos.md](qos.md).`,
      example: '{ down: 50M, up: 10M }',
      defaultText: 'unlimited',
    },
  );

export const tunnelRate = section(
  {},
  { down: bits('To the subscribers of a tunnel together.'), up: bits('From them together.') },
  {
    description: 'Rate that all sessions of a tunnel share. See [qos.md](qos.md).',
    example: '{ down: 1G, up: 1G }',
    defaultText: 'unlimited',
  },
);

const interfaceId = checkedText(
  (value) => parseInterfaceId(value) !== undefined,
  'four groups of hexadecimal digits',
  '"0:0:0:1"',
  { description: "Interface identifier of the subscriber's link-local address.", defaultText: 'any' },
);

/** IPv6 of one user. */
export const userIpv6 = section(
  {},
  {
    'interface-id': interfaceId,
    prefix: checkedText(isIpv6Network, 'an IPv6 network', '2001:db8:1:2::/64', {
      description: 'Prefix of the link.',
      defaultText: 'one from a pool',
    }),
    pool: poolNames({
      description: 'Prefix of the link from this pool.',
      defaultText: 'the first of `ipv6.pools`',
    }),
    address: checkedText(isIpv6, 'an IPv6 address', '"2001:db8:2::5"', {
      description: 'Address by DHCPv6.',
      defaultText: 'one from a pool',
    }),
    'address-pool': poolNames({
      description: 'Address by DHCPv6 from this pool.',
      defaultText: 'the first of `ipv6.addresses`',
    }),
    'delegated-prefix': checkedText(isIpv6Network, 'an IPv6 network', '2001:db8:100::/56', {
      description: 'Prefix that DHCPv6 delegates.',
      defaultText: 'one from a pool',
    }),
    'delegated-pool': poolNames({
      description: 'Delegated prefix from this pool.',
      defaultText: 'the first of `ipv6.delegated`',
    }),
    dns: dns6(),
    'announced-routes': list(
      checkedText(isIpv6Network, 'an IPv6 network', '2001:db8:9::/48', { description: '' }),
      { most: 16 },
      'a list of IPv6 networks',
      '["2001:db8:9::/48"]',
      { description: 'Networks that router advertisements name (RFC 4191).', defaultText: 'none' },
    ),
  },
  { description: 'IPv6 of this user.', example: '{ prefix: 2001:db8:1:2::/64 }' },
);

/** IPv6 of the subscribers of a profile. */
export const profileIpv6 = section(
  {},
  {
    pool: poolNames({
      description: 'Prefix of the link from this pool.',
      defaultText: 'the first of `ipv6.pools`',
    }),
    'address-pool': poolNames({
      description: 'Address by DHCPv6 from this pool.',
      defaultText: 'the first of `ipv6.addresses`',
    }),
    'delegated-pool': poolNames({
      description: 'Delegated prefix from this pool.',
      defaultText: 'the first of `ipv6.delegated`',
    }),
    dns: dns6(),
  },
  { description: "IPv6 of these LACs' subscribers.", example: '{ pool: v6 }' },
);

export const filters = list(
  checkedText((name) => /^[A-Za-z][\w./-]{0,63}$/.test(name), 'the name of a set', 'walled', {
    description: '',
  }),
  { least: 0, most: 16 },
  'a list of names of nftables sets',
  '[walled]',
  {
    description:
      "Sets of nftables that the session's interface or address joins. See [filters.md](filters.md).",
    defaultText: 'none',
  },
);

/** Where a session's interface is. */
export const placement = {
  vrf: checkedText(isInterfaceName, 'the name of a VRF', 'red', {
    description: "VRF of the session's interface; routes go into its table. See [vrf.md](vrf.md).",
    defaultText: 'none',
  }),
  netns: checkedText(
    (name) => /^(?!\.{1,2}$)[^/\0]{1,255}$/.test(name),
    'the name of a network namespace',
    'customer',
    {
      description: "Network namespace (as of `ip netns`) of the session's interface. See [vrf.md](vrf.md).",
      defaultText: "the server's own",
    },
  ),
};

const routePrefix = (description: string) =>
  checkedText(isNetwork, 'a network', '192.168.7.0/24', { description });

export const routes = list(
  z.union([
    routePrefix(''),
    section(
      { prefix: routePrefix('The network, IPv4 or IPv6.') },
      {
        gateway: checkedText((value) => isNetwork(`${value}/0`), 'an IP address', '192.168.1.1', {
          description: 'Next hop, of the same family.',
          defaultText: 'the subscriber',
        }),
        metric: integer(0, 0xffff_ffff, { description: 'Lower wins.', defaultText: "the kernel's" }),
      },
      { description: '', example: '{ prefix: 192.168.7.0/24, metric: 10 }' },
    ),
  ]),
  { least: 0 },
  'a list of networks',
  '[192.168.7.0/24, 2001:db8:7::/48]',
  { description: 'Networks behind the subscriber, as CIDR, routed to the session.', defaultText: 'none' },
);
