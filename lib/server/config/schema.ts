import * as z from 'zod';
import {
  checkedText,
  choice,
  flag,
  integer,
  ipv4,
  isAddressOrNetwork,
  isInterfaceName,
  list,
  named,
  number,
  parseListen,
  secret,
  section,
  text,
  withInfo,
} from './fields.js';
import {
  filters,
  ipv6Section,
  placement,
  poolNames,
  profileIpv6,
  rate,
  routes,
  tunnelRate,
  userIpv6,
} from './schema-network.js';
import { controlSection, httpSection } from './schema-http.js';
import { lacSection } from './schema-lac.js';
import { profileRadius, radius } from './schema-radius.js';
import { auth, DAY, mtu, pppSection, servers, subscriberPpp } from './schema-ppp.js';

const callRate = section(
  {
    'per-second': number(0.001, 1_000_000, {
      description: 'Calls per second in the long run.',
      unit: 'calls/s',
    }),
  },
  {
    burst: integer(1, 1_000_000, {
      description: 'Calls that may come at once.',
      unit: 'calls',
      defaultText: "one second's worth",
    }),
  },
  {
    description: 'A bound on new calls. Calls beyond it are answered with CDN, result 2, error 4.',
    example: '{ per-second: 100, burst: 500 }',
    defaultText: 'no bound',
  },
);

const ranges = list(
  text('a CIDR or a range', '10.65.0.0/18', { description: '' }),
  {},
  'a list of CIDRs and ranges',
  '[10.65.0.0/18]',
  { description: 'CIDRs (`10.65.0.0/18`) and ranges (`10.65.0.10-10.65.0.99`).' },
);

const pool = withInfo(
  z.union([
    text('a CIDR or a range', '10.65.0.0/18', { description: '' }),
    ranges,
    section(
      {
        ranges: withInfo(z.union([text('a CIDR or a range', '10.65.0.0/18', { description: '' }), ranges]), {
          description: 'CIDRs (`10.65.0.0/18`) and ranges (`10.65.0.10-10.65.0.99`).',
          expects: 'a CIDR or a list of CIDRs and ranges',
          example: '[10.65.0.0/18]',
        }),
      },
      {
        exclude: list(
          text('an address, a CIDR or a range', '10.65.0.1', { description: '' }),
          { least: 0 },
          'a list of addresses, CIDRs and ranges',
          '[10.65.0.1]',
          { description: 'Addresses, CIDRs and ranges that are never given out.', defaultText: 'none' },
        ),
      },
      { description: '', example: '{ ranges: [10.65.0.0/18], exclude: [10.65.0.1] }' },
    ),
  ]),
  {
    description: '',
    expects: 'a CIDR, a list of CIDRs and ranges, or a map with ranges',
    example: '[10.65.0.0/18]',
  },
);

const interfaceName = checkedText(
  isInterfaceName,
  'an interface name: at most 15 letters, digits, "-", "_", "."',
  'alice0',
  { description: "Name of the session's interface.", defaultText: "the kernel's next `pppN`" },
);

const user = section(
  {
    password: secret({ description: 'The password; or `{ file: PATH }` or `{ env: NAME }`.' }),
  },
  {
    address: ipv4({
      description: 'This IPv4 address, in a pool or not; no other subscriber gets it.',
      example: '10.65.1.1',
      defaultText: 'one from a pool',
    }),
    pool: poolNames({
      description: 'IPv4 address from this pool; of several, from the first that has one left.',
      defaultText: "the profile's, else `default-pool`",
    }),
    netmask: integer(1, 32, {
      description: "Prefix length of the network around the user's address, which is routed to the session.",
      unit: 'bit',
      default: 32,
    }),
    dns: servers('DNS servers instead of those of `ppp`.'),
    nbns: servers('NetBIOS name servers instead of those of `ppp`.'),
    mtu: mtu("Upper bound of the MTU of the session's interface.", { defaultText: 'that of `ppp`' }),
    'max-sessions': integer(1, 65_535, {
      description: 'Sessions that the user may have at once.',
      defaultText: 'no bound',
    }),
    'idle-timeout': integer(1, 365 * DAY, {
      description: 'Time without traffic that ends the session.',
      unit: 's',
      defaultText: 'none',
    }),
    'session-timeout': integer(1, 365 * DAY, {
      description: 'Time after which the session ends.',
      unit: 's',
      defaultText: 'none',
    }),
    routes,
    ipv6: userIpv6,
    rate: rate('the session'),
    filters,
    ...placement,
    'interface-name': interfaceName,
    ppp: subscriberPpp('this user'),
  },
  { description: '', expects: 'a map with at least a password', example: '{ password: wonder }' },
);

const profile = section(
  {
    name: text('a name', 'wholesale', {
      description: 'Name in logs and in `show tunnels`.',
      example: 'wholesale',
    }),
  },
  {
    addresses: list(
      checkedText(isAddressOrNetwork, 'an IP address or a network', '192.0.2.0/24', { description: '' }),
      {},
      'a list of IP addresses and networks',
      '[192.0.2.0/24]',
      { description: "The LAC's address is one of these addresses or CIDRs.", defaultText: 'any' },
    ),
    'host-name': text('a host name, with * for any characters', '"lac-*"', {
      description: "The LAC's Host Name AVP; `*` stands for any characters.",
      defaultText: 'any',
    }),
    secret: secret({ description: 'Secret of these tunnels.', defaultText: 'the top-level `secret`' }),
    'hide-avps': flag({
      description: 'Hide the AVPs that may be hidden (RFC 2661 section 4.3). Needs a secret.',
      defaultText: 'the top-level `hide-avps`',
    }),
    'receive-window': integer(1, 32_767, {
      description: 'Receive Window Size AVP for these LACs.',
      unit: 'messages',
      defaultText: 'the top-level `receive-window`',
    }),
    'announce-host-name': text('a host name', 'lns1.example.net', {
      description: 'Host Name AVP for these LACs.',
      defaultText: 'the top-level `host-name`',
    }),
    'max-sessions-per-tunnel': integer(1, 65_535, {
      description: 'Sessions of one tunnel.',
      defaultText: 'the top-level one',
    }),
    'max-sessions': integer(1, 65_535, {
      description: 'Sessions of all tunnels of this profile.',
      defaultText: 'no bound',
    }),
    'call-rate': callRate,
    auth: auth('Authentication protocols instead of those of `ppp`.', undefined, 'those of `ppp`'),
    pool: poolNames({
      description:
        'Pool of subscribers without one of their own; of several, the first that has an address left.',
      defaultText: '`default-pool`',
    }),
    ipv6: profileIpv6,
    rate: rate('each session'),
    filters,
    'shape-upstream': flag({
      description: 'Shape what these subscribers send instead of policing it.',
      defaultText: 'as the server',
    }),
    'tunnel-rate': tunnelRate,
    ...placement,
    ppp: subscriberPpp("these LACs' subscribers"),
    radius: profileRadius,
    refuse: flag({ description: 'Refuse these LACs (StopCCN, result 4).', default: false }),
  },
  { description: '', example: '{ name: wholesale, addresses: [192.0.2.0/24] }' },
);

const listenAddress = () =>
  checkedText((value) => parseListen(value) !== undefined, 'ADDRESS:PORT', '0.0.0.0:1701', {
    description: '',
  });

/** Everything that a configuration file can say. */
export const configSchema = section(
  {},
  {
    listen: withInfo(
      z.union([
        listenAddress(),
        list(listenAddress(), {}, 'a list of ADDRESS:PORT', '[192.0.2.1:1701, "[2001:db8::1]:1701"]', {
          description: '',
        }),
      ]),
      {
        description:
          'Address and port of the server, or a list of them; IPv6 in brackets and quotes. The port is 1701 unless given.',
        expects: 'ADDRESS:PORT or a list of them',
        example: '0.0.0.0:1701',
        default: '0.0.0.0:1701',
      },
    ),
    secret: secret({
      description:
        'Shared secret of the tunnels (RFC 2661 section 5.1.1). Without one, tunnels are not authenticated.',
      defaultText: 'none',
    }),
    'hide-avps': flag({
      description: 'Hide the AVPs that may be hidden (RFC 2661 section 4.3). Needs a secret.',
      default: false,
    }),
    'host-name': text('a host name', 'lns1.example.net', {
      description: 'Host Name AVP.',
      defaultText: "the machine's host name",
    }),
    'receive-window': integer(1, 32_767, {
      description: 'Receive Window Size AVP: control messages that the peer may have in flight.',
      unit: 'messages',
      default: 128,
    }),
    'hello-interval': number(1, DAY, {
      description: 'Silence of a tunnel before a HELLO is sent.',
      unit: 's',
      default: 60,
    }),
    retransmit: section(
      {},
      {
        first: number(0.1, 60, { description: 'Time before the first repeat.', unit: 's', default: 1 }),
        cap: number(0.1, 300, { description: 'Longest time between repeats.', unit: 's', default: 8 }),
        tries: integer(1, 100, { description: 'Repeats before the tunnel is given up.', default: 5 }),
      },
      {
        description: 'Repetition of control messages (RFC 2661 section 5.8).',
        example: '{ first: 1, cap: 8, tries: 5 }',
      },
    ),
    'max-sessions': integer(1, 65_535, {
      description:
        'Sessions at once, over all tunnels. Calls beyond it are answered with CDN, result 2, error 4.',
      default: 65_535,
    }),
    'session-limit': section(
      { sessions: integer(1, 65_535, { description: 'Sessions of one user at once, over all tunnels.' }) },
      {
        action: choice(['deny', 'replace'], {
          description:
            'What becomes of one too many: `deny` refuses the new one, `replace` ends the oldest. Counts for `max-sessions` of users and for Port-Limit, too.',
          default: 'deny',
        }),
      },
      {
        description: 'Bound on the sessions of each user who has no `max-sessions` of their own.',
        example: '{ sessions: 1, action: replace }',
        defaultText: 'no bound',
      },
    ),
    'max-tunnels': integer(1, 65_535, { description: 'Tunnels at once.', default: 65_535 }),
    'max-sessions-per-tunnel': integer(1, 65_535, {
      description: 'Sessions of one tunnel.',
      defaultText: 'no bound',
    }),
    'max-half-open-tunnels': integer(1, 65_535, {
      description: 'Tunnels of one source address that are not yet established.',
      default: 64,
    }),
    'call-rate': callRate,
    'max-calls-in-progress': integer(1, 65_535, {
      description:
        'Calls between ICRQ and the network layer at once; further ones are answered with CDN, result 2, error 4.',
      default: 4096,
    }),
    'max-starting-calls': integer(1, 65_535, {
      description:
        'How many of these may negotiate PPP at once, those that wait for an authenticator not counted; the others wait for their ICRP.',
      default: 128,
    }),
    sequencing: flag({
      description: 'Send sequence numbers on data packets, and ask the peer to.',
      default: false,
    }),
    'reorder-timeout': integer(0, 10_000, {
      description: 'Time that a data packet out of order waits for the missing one; 0 does not reorder.',
      unit: 'ms',
      default: 0,
    }),
    ppp: pppSection,
    pools: named(
      (name) => /^[A-Za-z][\w.-]{0,62}$/.test(name),
      pool,
      'a map from pool names (which begin with a letter) to addresses',
      '{ main: [10.65.0.0/18] }',
      {
        description:
          'Address pools by name. `ranges` alone may be written as a list or as one text. `local-address` is left out of pools by itself.',
      },
    ),
    ipv6: ipv6Section,
    dscp: integer(0, 63, {
      description:
        'DSCP of the outer headers of data packets (RFC 2474). Control messages always have CS6. See [qos.md](qos.md).',
      default: 0,
    }),
    'copy-dscp': flag({
      description:
        'Outer headers have the DSCP of the packet inside instead of `dscp`, by rules of nftables. See [qos.md](qos.md).',
      default: false,
    }),
    'shape-upstream': flag({
      description:
        'What subscribers send is shaped in a queue, each by an `ifb` device, instead of policed. See [qos.md](qos.md).',
      default: false,
    }),
    'filter-table': checkedText(
      (name) => /^[A-Za-z][\w./-]{0,63}$/.test(name),
      'the name of a table',
      'kernel-l2tp',
      {
        description:
          'Table of nftables (family `inet`) with the sets that `filters` name. See [filters.md](filters.md).',
        default: 'kernel-l2tp',
      },
    ),
    'default-pool': text('the name of a pool', 'main', {
      description: 'Pool of subscribers for whom nothing else is said.',
      defaultText: 'the first of `pools`',
    }),
    users: named(
      (name) => name !== '' && Buffer.byteLength(name) <= 253,
      user,
      'a map from user names (1 to 253 octets) to options',
      '{ alice: { password: wonder } }',
      {
        description: 'Local users by name; `"*"` (in quotes) stands for any user without an entry.',
      },
    ),
    profiles: list(
      profile,
      { least: 0 },
      'a list of profiles',
      '[{ name: wholesale, addresses: [192.0.2.0/24] }]',
      {
        description:
          'What differs for some LACs. The first profile whose `addresses` and `host-name` both match is used.',
        defaultText: 'none',
      },
    ),
    lac: lacSection,
    radius,
    control: controlSection,
    http: httpSection,
    log: section(
      {},
      {
        level: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
          description:
            'Least severe lines that are written. `trace` also prints each control message and PPP packet, decoded.',
          default: 'info',
        }),
        format: choice(['auto', 'json', 'pretty'], {
          description: '`json` lines, `pretty` lines for people, or `auto`: pretty on a terminal, else JSON.',
          default: 'auto',
        }),
        syslog: choice(
          ['user', 'daemon', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
          {
            description: 'Also to the system log (`/dev/log`), with this facility.',
            defaultText: 'none',
          },
        ),
      },
      { description: 'Log on standard output.', example: '{ level: debug }' },
    ),
  },
  { description: '', expects: 'a map of options', example: 'listen: 0.0.0.0:1701' },
);

/** A configuration file's content, checked for shape; names as in the file. */
export type Config = z.output<typeof configSchema>;
