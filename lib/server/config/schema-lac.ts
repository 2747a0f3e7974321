import { isIP } from 'node:net';
import { checkedText, flag, integer, list, named, number, secret, section, text } from './fields.js';
import { pppoeSection } from './schema-pppoe.js';

const isAddress = (value: string): boolean => isIP(value) !== 0 && !value.includes('%');

const DAY = 86_400;
const glob = (description: string, example: string) =>
  text('text, with * for any characters', example, { description, defaultText: 'any' });

const lnsTarget = section(
  {
    address: checkedText(isAddress, 'an IP address', '10.1.0.1', { description: 'Address of the LNS.' }),
  },
  {
    port: integer(1, 65_535, { description: 'UDP port of the LNS.', default: 1701 }),
    secret: secret({ description: 'Secret of the tunnels to it.', defaultText: "the group's, else none" }),
    weight: number(0.01, 10_000, {
      description: 'Share of the sessions among the LNSs of the same priority.',
      default: 1,
    }),
    priority: integer(0, 65_535, {
      description: 'The lowest comes first; the others serve when none of those can.',
      default: 0,
    }),
    'host-name': glob(
      'Host Name AVP that the LNS must have; `*` stands for any characters.',
      '"lns*.isp.example"',
    ),
    'max-sessions': integer(1, 65_535, { description: 'Sessions in all tunnels to it.', default: 65_535 }),
  },
  {
    description: '',
    expects: 'a map with at least an address',
    example: '{ address: 10.1.0.1, secret: s1 }',
  },
);

const group = section(
  {
    lns: list(lnsTarget, {}, 'a list of LNSs', '[{ address: 10.1.0.1, secret: s1 }]', {
      description: 'LNSs that can stand in for each other.',
    }),
  },
  {
    secret: secret({
      description: 'Secret of the tunnels to LNSs without one of their own.',
      defaultText: 'none',
    }),
    'announce-host-name': text('a host name', 'lac1.example.net', {
      description: 'Host Name AVP for these LNSs.',
      defaultText: 'the top-level `host-name`',
    }),
    'local-address': checkedText(isAddress, 'an IP address', '192.0.2.1', {
      description: 'Address that the tunnels are sent from. `listen` must hear it.',
      defaultText: "the system's choice",
    }),
    dscp: integer(0, 63, {
      description: 'DSCP of the outer headers of data packets. Control messages always have CS6.',
      defaultText: 'the top-level `dscp`',
    }),
    'hide-avps': flag({ description: 'Hide the AVPs that may be hidden. Needs a secret.', default: false }),
    'max-sessions-per-tunnel': integer(1, 65_535, {
      description: 'Sessions of one tunnel; when it is full another one is opened.',
      default: 65_535,
    }),
    'max-tunnels': integer(1, 1024, { description: 'Tunnels to one LNS.', default: 16 }),
    'answer-timeout': number(0.1, 60, {
      description: 'Time in which an LNS has to answer before its callers move to the next one.',
      unit: 's',
      default: 4,
    }),
    'retry-after': number(1, DAY, {
      description:
        'Time for which an LNS is left alone after a failure; doubled with each further one, up to eight times.',
      unit: 's',
      default: 30,
    }),
    'hello-interval': number(1, DAY, {
      description: 'Silence of an LNS before a HELLO is sent.',
      unit: 's',
      default: 20,
    }),
    'idle-timeout': number(1, 365 * DAY, {
      description: 'Time for which a tunnel without sessions stays.',
      unit: 's',
      default: 300,
    }),
  },
  {
    description: '',
    expects: 'a map with at least lns',
    example: '{ lns: [{ address: 10.1.0.1, secret: s1 }] }',
  },
);

const template = (what: string) =>
  text('text, with facts of the subscriber in braces', '"{calling-number}"', {
    description: `${what} AVP. \`{user}\`, \`{name}\`, \`{domain}\`, \`{calling-number}\`, \`{called-number}\`, \`{host-name}\` and \`{interface}\` stand for what is known.`,
    defaultText: "the subscriber's own",
  });

const target = (description: string) =>
  text('the name of a group, local or refuse', 'isp', { description, defaultText: 'none' });

const route = section(
  {},
  {
    domain: glob('What follows the last `@` of the user name, or precedes its first `\\`.', 'isp.example'),
    user: glob('The whole user name.', '"*@isp.example"'),
    'calling-number': glob('Calling Number AVP, or the line of a PPPoE subscriber.', '"0711*"'),
    'called-number': glob('Called Number AVP, or the Service-Name of PPPoE.', 'internet'),
    'host-name': glob('Host Name AVP of the LAC that the subscriber comes by.', '"lac-*"'),
    interface: glob('Interface that a PPPoE subscriber comes by.', '"eth0.*"'),
    group: target('Name of a group; `local` for the users of this server, `refuse` for nobody.'),
    default: target('The same for a route without conditions.'),
    rewrite: section(
      {},
      {
        'calling-number': template('Calling Number'),
        'called-number': template('Called Number'),
        'sub-address': template('Sub-Address'),
        'private-group-id': template('Private Group ID'),
        user: template('Proxy Authen Name'),
      },
      {
        description: 'What the LNS is told instead of what is known here.',
        example: '{ calling-number: "dsl-{calling-number}" }',
      },
    ),
  },
  { description: '', example: '{ domain: isp.example, group: isp }' },
);

/** Options of the LAC that carry subscribers on. */
export const forwardingOptions = {
  groups: named(
    (name) => /^[A-Za-z][\w.-]{0,62}$/.test(name) && name !== 'local' && name !== 'refuse',
    group,
    'a map from group names (which begin with a letter, and are not local or refuse) to options',
    '{ isp: { lns: [{ address: 10.1.0.1, secret: s1 }] } }',
    { description: 'Groups of LNSs by name. Groups share no tunnels.' },
  ),
  routes: list(
    route,
    { least: 0 },
    'a list of routes',
    '[{ domain: isp.example, group: isp }, { default: local }]',
    {
      description:
        'Which subscribers go where: the first route of which every condition holds. `*` in a condition stands for any characters; letter case does not matter.',
      defaultText: 'all are terminated here',
    },
  ),
  'setup-timeout': number(1, 300, {
    description: 'Time that a subscriber waits for an LNS, over all that are tried.',
    unit: 's',
    default: 25,
  }),
};

/** The LAC: where subscribers come from beside L2TP, and where they are carried on to. */
export const lacSection = section(
  {},
  { pppoe: pppoeSection, ...forwardingOptions },
  {
    description:
      'Access concentrator: subscribers by PPPoE, and where subscribers are carried on to. See lac.md and pppoe.md.',
    example: '{ groups: { isp: { lns: [{ address: 10.1.0.1, secret: s1 }] } }, routes: [{ default: isp }] }',
  },
);
