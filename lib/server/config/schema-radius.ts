import { isAbsolute } from 'node:path';
import { isIP } from 'node:net';
import * as z from 'zod';
import {
  checkedText,
  choice,
  flag,
  integer,
  isAddressOrNetwork,
  list,
  named,
  number,
  parseListen,
  secret,
  section,
  text,
  withInfo,
} from './fields.js';
import { DAY } from './schema-ppp.js';

const port = (description: string, value: number) => integer(1, 65_535, { description, default: value });

const address = (description: string, example: string) =>
  checkedText((value) => isIP(value) !== 0 && !value.includes('%'), 'an IP address', example, {
    description,
  });

const server = section(
  {
    host: address('Address of the server.', '192.0.2.5'),
    secret: secret({ description: 'Shared secret; or `{ file: PATH }` or `{ env: NAME }`.' }),
  },
  {
    'auth-port': port('UDP port for authentication.', 1812),
    'acct-port': port('UDP port for accounting.', 1813),
    priority: integer(0, 255, { description: 'The lower is asked first.', default: 0 }),
    weight: integer(1, 255, {
      description: 'Share of the requests among servers of the same priority.',
      default: 1,
    }),
  },
  { description: '', example: '{ host: 127.0.0.1, secret: testing123 }' },
);

/** RADIUS servers, of all subscribers or of a profile. */
export const radiusServers = (description: string, defaultText?: string) =>
  list(server, { most: 16 }, 'a list of servers', '[{ host: 127.0.0.1, secret: testing123 }]', {
    description,
    ...(defaultText === undefined ? {} : { defaultText }),
  });

/** What of RADIUS may differ for a profile. */
export const profileRadius = section(
  { servers: radiusServers('Servers that are asked, and get the records.') },
  {},
  {
    description: "RADIUS servers of these LACs' subscribers. Needs `radius`.",
    example: '{ servers: [{ host: 192.0.2.5, secret: testing123 }] }',
    defaultText: 'those of `radius`',
  },
);

const coa = section(
  {
    clients: list(
      section(
        {
          address: checkedText(isAddressOrNetwork, 'an IP address or a network', '192.0.2.5', {
            description: 'Address or CIDR of the client.',
          }),
          secret: secret({ description: 'Secret shared with it.' }),
        },
        {},
        { description: '', example: '{ address: 127.0.0.1, secret: testing123 }' },
      ),
      {},
      'a list of clients',
      '[{ address: 127.0.0.1, secret: testing123 }]',
      { description: 'Who may change and end sessions; the first that fits counts.' },
    ),
  },
  {
    listen: checkedText((value) => parseListen(value) !== undefined, 'ADDRESS:PORT', '127.0.0.1:3799', {
      description: 'Address and port for requests; IPv6 in brackets and quotes.',
      default: '0.0.0.0:3799',
    }),
    'require-message-authenticator': flag({
      description: 'Drop requests without Message-Authenticator. One that is there is always checked.',
      default: false,
    }),
    'require-event-timestamp': flag({
      description: 'Drop requests without Event-Timestamp. One that is there is always checked.',
      default: false,
    }),
    window: integer(1, DAY, {
      description: 'How far the Event-Timestamp of a request may be from our clock.',
      unit: 's',
      default: 300,
    }),
  },
  {
    description: 'Changes and ends of live sessions (RFC 5176).',
    example: '{ listen: 127.0.0.1:3799, clients: [{ address: 127.0.0.1, secret: testing123 }] }',
    defaultText: 'none',
  },
);

const attribute = section(
  {
    name: text('the name of an attribute', 'Acme-Tariff', { description: 'Name in `send` and in logs.' }),
    type: integer(1, 255, { description: 'Number of the attribute.' }),
    format: choice(['text', 'octets', 'integer', 'date', 'ipv4', 'ipv6', 'ipv6-prefix', 'interface-id'], {
      description: 'How its value stands in the packet.',
    }),
  },
  {
    vendor: integer(0, 0xff_ffff, {
      description: 'Private enterprise code of its vendor; 0 for none.',
      default: 0,
    }),
    secret: flag({ description: 'Its value never reaches a log.', default: false }),
  },
  { description: '', example: '{ name: Acme-Tariff, vendor: 4711, type: 1, format: text }' },
);

/** Default of `radius.queue.directory`. */
export const DEFAULT_QUEUE = '/var/lib/kernel-l2tp/accounting';

export const radius = section(
  { servers: radiusServers('Servers for authentication and accounting.') },
  {
    'accounting-servers': radiusServers('Servers for accounting alone.', '`servers`'),
    'nas-identifier': text('a name', 'lns1', {
      description: 'NAS-Identifier of every request.',
      defaultText: '`host-name`',
    }),
    'nas-ip-address': withInfo(address('', '192.0.2.1'), {
      description: 'NAS-IP-Address or NAS-IPv6-Address of every request.',
      expects: 'an IP address',
      example: '192.0.2.1',
      defaultText: 'not sent',
    }),
    timeout: number(0.1, 60, {
      description: 'Wait before a request is repeated; each further wait is twice the one before.',
      unit: 's',
      default: 2,
    }),
    retries: integer(0, 10, { description: 'Repetitions before the next server is asked.', default: 2 }),
    'dead-time': number(1, DAY, {
      description: 'How long a server that did not answer is left alone, unless it shows signs of life.',
      unit: 's',
      default: 60,
    }),
    'status-server': flag({
      description: 'Ask dead servers for signs of life every 5 s (Status-Server, RFC 5997).',
      default: true,
    }),
    'require-message-authenticator': flag({
      description: 'Drop answers to Access-Requests that have no Message-Authenticator (CVE-2024-3596).',
      default: true,
    }),
    accounting: flag({ description: 'Send accounting records.', default: true }),
    'interim-interval': integer(0, 30 * DAY, {
      description:
        'Time between interim records where the server names none (Acct-Interim-Interval); 0 sends none.',
      unit: 's',
      default: 0,
    }),
    'tunnel-accounting': flag({
      description: 'Records of tunnels and of the sessions in them, too (RFC 2867).',
      default: false,
    }),
    queue: section(
      {},
      {
        directory: checkedText(isAbsolute, 'an absolute path', DEFAULT_QUEUE, {
          description: 'Folder of the records that no server has taken yet. One process may use it.',
          default: DEFAULT_QUEUE,
        }),
        'max-size': integer(65_536, 2 ** 40, {
          description:
            'Room for waiting records, on disk and in memory. Further ones are lost, which is logged.',
          unit: 'octets',
          default: 67_108_864,
        }),
      },
      { description: 'Queue of accounting records.', example: `{ directory: ${DEFAULT_QUEUE} }` },
    ),
    coa,
    dictionary: list(
      attribute,
      { least: 0 },
      'a list of attributes',
      '[{ name: Acme-Tariff, vendor: 4711, type: 1, format: text }]',
      { description: 'Attributes beside those of docs/radius.md.', defaultText: 'none' },
    ),
    send: named(
      (name) => name !== '',
      withInfo(z.union([z.string().min(1), z.int().min(0).max(0xffff_ffff)]), {
        description: '',
        expects: 'text or a whole number',
        example: 'gold',
      }),
      'a map from names of attributes to values',
      '{ Acme-Tariff: gold }',
      { description: 'Attributes that every request carries, too.', defaultText: 'none' },
    ),
  },
  {
    description: 'RADIUS decides about users that are not local, and gets the records of all sessions.',
    example: '{ servers: [{ host: 127.0.0.1, secret: testing123 }] }',
  },
);
