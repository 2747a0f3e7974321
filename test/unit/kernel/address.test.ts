import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, parsePrefix } from '../../../lib/kernel/address.js';
import { formatAddress } from '../../../lib/kernel/l2tp-attributes.js';
import { hex } from '../../../lib/wire/index.js';

describe('addresses', () => {
  it.each([
    ['0.0.0.0', '00000000'],
    ['10.64.0.255', '0a4000ff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::ff:0', '20010db8000000000000000000ff0000'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ])('reads %s', (text, octets) => {
    expect(hex(parseAddress(text, 'address').octets)).toBe(octets);
  });

  it.each(['', '10.0.0', '10.0.0.0.1', '256.0.0.1', '01.2.3.4', ':::', '1:2', 'fe80::1%eth0', 'g::', ' ::1'])(
    'refuses %j',
    (text) => expect(() => parseAddress(text, 'local')).toThrow(/^local must be an IPv4 or IPv6 address/),
  );

  it('reads back what it writes, of both families', () => {
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
        .map((octets) => Uint8Array.from(octets)),
    );
    fc.assert(
      fc.property(address, (octets) => {
        const text = formatAddress(octets);
        expect(parseAddress(text, 'address').octets).toEqual(octets);
        if (octets.length === 16) expect(isIPv6(text)).toBe(true);
      }),
    );
  });

  it.each([
    ['10.64.1.255/16', '0a400000', 16],
    ['10.64.1.255', '0a4001ff', 32],
    ['0.0.0.0/0', '00000000', 0],
    ['10.255.255.255/9', '0a800000', 9],
    ['2001:db8:ffff::/33', '20010db8800000000000000000000000', 33],
    ['::1/128', '00000000000000000000000000000001', 128],
  ])('reads prefix %s without the bits beyond', (text, octets, length) => {
    const prefix = parsePrefix(text, 'routes');
    expect([hex(prefix.octets), prefix.length]).toEqual([octets, length]);
  });

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/1e1', '10.0.0.0/ 8', '/8', '10.0.0.0/'])(
    'refuses prefix %j',
    (text) => expect(() => parsePrefix(text, 'routes')).toThrow(/routes/),
  );
});
