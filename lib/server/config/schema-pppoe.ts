import { checkedText, integer, list, section, text } from './fields.js';

/** An interface's name as the kernel takes it, with `*` for any characters. */
const isPattern = (value: string): boolean => /^[\w.+@*-]{1,15}$/.test(value) && !/^\.{1,2}$/.test(value);

const octets = (value: string): boolean => Buffer.byteLength(value) >= 1 && Buffer.byteLength(value) <= 255;

/** The access concentrator of PPPoE. */
export const pppoeSection = section(
  {
    interfaces: list(
      checkedText(isPattern, 'an interface name, with * for any characters', 'eth0', { description: '' }),
      {},
      'a list of interface names',
      '[eth0, "eth1.*"]',
      {
        description:
          'Ethernet interfaces and VLANs that subscribers are on; `*` stands for any characters. They may come and go.',
      },
    ),
  },
  {
    'ac-name': checkedText(octets, 'a name of 1 to 255 octets', 'lac1', {
      description: 'AC-Name tag.',
      defaultText: 'the top-level `host-name`',
    }),
    'service-names': list(
      text('a name', 'internet', { description: '' }),
      { least: 0 },
      'a list of names',
      '[internet]',
      { description: 'Service-Names that are offered.', defaultText: 'any that a subscriber asks for' },
    ),
    'max-sessions': integer(1, 65_534, {
      description: 'PPPoE sessions at once.',
      default: 65_534,
    }),
    'max-sessions-per-mac': integer(1, 65_534, {
      description: 'Sessions of one MAC address on one interface.',
      default: 1024,
    }),
    'padi-rate': integer(1, 1_000_000, {
      description: 'PADIs that are answered. While more come, each MAC address is answered once a second.',
      unit: '1/s',
      default: 2000,
    }),
  },
  {
    description: 'Subscribers by PPPoE.',
    expects: 'a map with at least interfaces',
    example: '{ interfaces: [eth0], ac-name: lac1 }',
  },
);
