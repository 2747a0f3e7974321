import * as z from 'zod';
import { choice, flag, integer, ipv4, list, number, section } from './fields.js';

/** Seconds. */
export const DAY = 86_400;

export const auth = (description: string, defaults?: readonly string[], defaultText?: string) =>
  list(
    choice(['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'], { description: '' }),
    { most: 5 },
    'a list of pap, chap, mschapv1, mschapv2, eap',
    '[mschapv2, chap, pap]',
    {
      description,
      ...(defaults === undefined ? {} : { default: defaults }),
      ...(defaultText === undefined ? {} : { defaultText }),
    },
  );

export const servers = (description: string) =>
  list(
    ipv4({ description: '' }),
    { least: 0, most: 2 },
    'a list of at most two IPv4 addresses',
    '[10.9.0.2, 10.9.0.3]',
    {
      description,
      defaultText: 'none',
    },
  );

const mppe = (description: string, defaults?: 'off') =>
  choice(['off', 'allow', 'require'], {
    description,
    ...(defaults === undefined ? { defaultText: 'that of `ppp`' } : { default: defaults }),
  });

export const mtu = (description: string, told: { default?: number; defaultText?: string }) =>
  integer(128, 9216, { description, unit: 'octets', ...told });

/** PPP options that may differ for a user or a profile. */
export const subscriberPpp = (owner: string) =>
  section(
    {},
    {
      'echo-interval': integer(0, DAY, {
        description:
          'Silence of the subscriber before an LCP echo request, which is sent again after 10 s at most; 0 sends none.',
        unit: 's',
        defaultText: 'that of `ppp`',
      }),
      'echo-failures': integer(1, 255, {
        description: 'Echo requests without an answer that end the session.',
        defaultText: 'that of `ppp`',
      }),
      ipv4: flag({ description: 'Negotiate IPv4 (IPCP).', defaultText: 'that of `ppp`' }),
      ipv6: flag({ description: 'Negotiate IPv6 (IPV6CP).', defaultText: 'that of `ppp`' }),
      mppe: mppe('MPPE encryption, as in `ppp`.'),
      'local-address': ipv4({
        description: "The LNS's own address on these sessions.",
        defaultText: 'that of `ppp`',
      }),
    },
    { description: `PPP options that differ for ${owner}.`, example: '{ echo-interval: 60 }' },
  );

export const pppSection = section(
  {},
  {
    'local-address': ipv4({
      description: "The LNS's own IPv4 address on every session.",
      defaultText: 'the first address of `default-pool`',
    }),
    dns: servers('DNS servers for subscribers (RFC 1877).'),
    nbns: servers('NetBIOS name servers for subscribers (RFC 1877).'),
    auth: auth('Authentication protocols, in the order in which they are offered.', [
      'mschapv2',
      'chap',
      'pap',
    ]),
    mru: mtu('Largest packet that is taken from the subscriber (LCP MRU).', { default: 1460 }),
    mtu: mtu("Upper bound of the MTU of a session's interface.", { default: 1460 }),
    'echo-interval': integer(0, DAY, {
      description:
        'Silence of the subscriber before an LCP echo request, which is sent again after 10 s at most; 0 sends none.',
      unit: 's',
      default: 60,
    }),
    'echo-failures': integer(1, 255, {
      description: 'Echo requests without an answer that end the session.',
      default: 4,
    }),
    'restart-timer': number(0.1, 60, {
      description: 'Time between unanswered Configure-Requests (RFC 1661 section 4.6).',
      unit: 's',
      default: 3,
    }),
    'max-configure': integer(1, 255, {
      description: 'Configure-Requests without an answer that end the negotiation (RFC 1661 section 4.6).',
      default: 10,
    }),
    'auth-timeout': number(1, 600, {
      description: 'Time that authentication may take in all.',
      unit: 's',
      default: 30,
    }),
    ipv4: flag({ description: 'Negotiate IPv4 (IPCP).', default: true }),
    ipv6: flag({
      description: 'Negotiate IPv6 (IPV6CP): link-local addresses.',
      defaultText: 'true with `ipv6`, else false',
    }),
    mppe: mppe(
      'MPPE encryption: `off` refuses it, `allow` agrees to it, `require` ends sessions without it. Needs MS-CHAP in `auth`.',
      'off',
    ),
    'mppe-key-lengths': list(z.literal([40, 128]), { most: 2 }, 'a list of 40 and 128', '[128]', {
      description: 'MPPE key lengths that may be agreed on.',
      unit: 'bit',
      default: [128],
    }),
    'mppe-stateful': flag({ description: 'Agree to stateful MPPE when the client insists.', default: false }),
    proxy: flag({
      description:
        "Use the LAC's proxy LCP and proxy authentication when they satisfy this configuration; otherwise PPP is negotiated anew.",
      default: true,
    }),
  },
  { description: 'PPP as it is offered to subscribers.', example: '{ local-address: 10.64.0.1 }' },
);
