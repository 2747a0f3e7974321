import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import {
  checkedText,
  choice,
  flag,
  integer,
  ipv4,
  isInterfaceName,
  isNetwork,
  list,
  number,
  secret,
  section,
  text,
  withInfo,
} from './fields.js';
import { auth, DAY, mtu } from './schema-ppp.js';

/** `vpn.example.net`, `192.0.2.1:1701`, `[2001:db8::1]:1701`; the port is 1701 unless given. */
export function parseLns(value: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/.exec(value);
  if (match === null) return undefined;
  const port = Number(match[3] ?? 1701);
  const host = match[1] ?? match[2] ?? '';
  return port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `192.0.2.7`, `192.0.2.7:1701`, `[2001:db8::7]`: port 0 unless given, which is the kernel's choice. */
export function parseLocal(value: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(value);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? 0);
  const family = match?.[1] === undefined ? 4 : 6;
  return isIP(address) === family && !address.includes('%') && port <= 65_535 ? { address, port } : undefined;
}

const lnsName = () =>
  checkedText(
    (value) => parseLns(value) !== undefined,
    'a name or address, or NAME:PORT',
    'vpn.example.net',
    {
      description: '',
    },
  );

const absolutePath = (example: string, info: Parameters<typeof text>[2]) =>
  checkedText((value) => isAbsolute(value), 'an absolute path', example, info);

/** Everything that a dial configuration can say. */
export const dialSchema = section(
  {
    lns: withInfo(
      z.union([
        lnsName(),
        list(lnsName(), {}, 'a list of names and addresses', '[vpn1.example.net, vpn2.example.net]', {
          description: '',
        }),
      ]),
      {
        description:
          'Name or address of the LNS, or a list; IPv6 addresses in brackets and quotes. The port is 1701 unless given. A try takes the first address that sets up a tunnel.',
        expects: 'a name or address, or a list of them',
        example: 'vpn.example.net',
      },
    ),
    user: text('a user name', 'alice', { description: 'User name.' }),
    password: secret({ description: 'Password; or `{ file: PATH }` or `{ env: NAME }`.' }),
  },
  {
    secret: secret({
      description: 'Shared secret of the tunnel (RFC 2661 section 5.1.1).',
      defaultText: 'none',
    }),
    'hide-avps': flag({
      description: 'Hide the AVPs that may be hidden (RFC 2661 section 4.3). Needs a secret.',
      default: false,
    }),
    'host-name': text('a host name', 'branch7.example.net', {
      description: 'Host Name AVP.',
      defaultText: "the machine's host name",
    }),
    'server-name': text('a name', 'vpn.example.net', {
      description: "The name that the LNS's CHAP challenge must bear.",
      defaultText: 'any',
    }),
    local: checkedText(
      (value) => parseLocal(value) !== undefined,
      'an address, or ADDRESS:PORT',
      '192.0.2.7',
      {
        description: 'Address, and port where it matters, to send from; IPv6 in brackets and quotes.',
        defaultText: "the kernel's choice",
      },
    ),
    auth: auth('Authentication protocols that are agreed to, the best first.', [
      'mschapv2',
      'eap',
      'chap',
      'pap',
    ]),
    mppe: choice(['off', 'allow', 'require'], {
      description:
        'MPPE encryption: `off` refuses it, `allow` agrees to it, `require` ends a link without it. Needs MS-CHAP in `auth`.',
      default: 'off',
    }),
    'mppe-key-lengths': list(z.literal([40, 128]), { most: 2 }, 'a list of 40 and 128', '[128]', {
      description: 'MPPE key lengths that may be agreed on.',
      unit: 'bit',
      default: [128],
    }),
    'mppe-stateful': flag({ description: 'Agree to stateful MPPE when the LNS insists.', default: false }),
    ipv4: flag({ description: 'Negotiate IPv4 (IPCP).', default: true }),
    ipv6: flag({
      description: 'Negotiate IPv6 (IPV6CP); addresses come by router advertisements.',
      default: false,
    }),
    address: ipv4({
      description: 'IPv4 address to ask for; the LNS may give another.',
      example: '10.65.1.1',
      defaultText: 'whatever the LNS gives',
    }),
    mru: mtu('Largest packet that is taken from the LNS (LCP MRU).', { default: 1460 }),
    mtu: mtu("Upper bound of the interface's MTU.", { default: 1460 }),
    'echo-interval': integer(0, DAY, {
      description:
        'Silence of the LNS before an LCP echo request, which is sent again after 10 s at most; 0 sends none.',
      unit: 's',
      default: 30,
    }),
    'echo-failures': integer(1, 255, {
      description: 'Echo requests without an answer that end the link.',
      default: 4,
    }),
    'hello-interval': number(1, DAY, {
      description: 'Silence of the tunnel before a HELLO.',
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
    'interface-name': checkedText(
      isInterfaceName,
      'an interface name: at most 15 letters, digits, "-", "_", "."',
      'vpn0',
      { description: 'Name of the interface.', defaultText: "the kernel's next `pppN`" },
    ),
    'calling-number': text('a number', '"0123"', { description: 'Calling Number AVP.', defaultText: 'none' }),
    'called-number': text('a number', '"0456"', { description: 'Called Number AVP.', defaultText: 'none' }),
    answer: flag({
      description:
        'Keep a tunnel to the LNS and wait for it to ask for the call (OCRQ), instead of placing one.',
      default: false,
    }),
    'default-route': flag({
      description:
        'Route everything that no other route takes through the link. The LNS itself stays where it is reached now.',
      default: false,
    }),
    routes: list(
      checkedText(isNetwork, 'a network', '10.0.0.0/8', { description: '' }),
      { least: 0 },
      'a list of networks',
      '[10.0.0.0/8]',
      { description: 'Networks to route through the link, as CIDR.', defaultText: 'none' },
    ),
    'route-metric': integer(0, 0xffff_fffe, {
      description: 'Metric of these routes; the kernel takes the lowest.',
      defaultText: '0, and 1 for IPv6',
    }),
    dns: flag({
      description: "Use the LNS's name servers: `resolv-conf` is replaced while the link is up.",
      default: false,
    }),
    'resolv-conf': absolutePath('/etc/resolv.conf', {
      description: 'The file that names the name servers (resolv.conf(5)).',
      default: '/etc/resolv.conf',
    }),
    hook: absolutePath('/etc/kernel-l2tp/dial-hook', {
      description: 'Program that is run when the link is up and when it is down.',
      defaultText: 'none',
    }),
    'state-directory': absolutePath('/run/kernel-l2tp', {
      description: 'Directory in which changes of this host are noted until they are undone.',
      default: '/run/kernel-l2tp',
    }),
    persist: flag({ description: 'Dial again after a failure and when the link is lost.', default: true }),
    redial: section(
      {},
      {
        first: number(0.1, DAY, {
          description: 'The first wait; each further one is twice as long, less up to a half at random.',
          unit: 's',
          default: 1,
        }),
        cap: number(0.1, DAY, { description: 'The longest wait.', unit: 's', default: 60 }),
        'max-tries': integer(0, 1_000_000, {
          description: 'Tries in a row without success before giving up; 0 never gives up.',
          default: 0,
        }),
      },
      { description: 'Waits between tries.', example: '{ first: 1, cap: 60 }' },
    ),
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
      },
      { description: 'Log on standard output.', example: '{ level: debug }' },
    ),
  },
  { description: '', expects: 'a map of options', example: 'lns: vpn.example.net' },
);

/** A dial configuration's content, checked for shape; names as in the file. */
export type DialConfig = z.output<typeof dialSchema>;
