import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatIpv6,
  formatIpv6Prefix,
  ipv6Octets,
  parseIpv6,
  parseIpv6Prefix,
} from '../../../lib/wire/index.js';

describe('IPv6 addresses as text', () => {
  // RFC 5952 section 4.
  it.each([
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['::', '::'],
    ['fe80::', 'fe80::'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text) ?? -1n)).toBe(canonical);
  });

  it('survive a round trip, as octets too', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), (address) => {
        expect(parseIpv6(formatIpv6(address))).toBe(address);
        expect(BigInt(`0x${Buffer.from(ipv6Octets(address)).toString('hex')}`)).toBe(address);
      }),
    );
  });

  it('agree with what Node takes', () => {
    const part = fc.constantFrom('', '0', 'ff', '12345', 'g', '2001', ':', '1.2.3.4', '1.2.3', '::');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        const text = parts.join(':');
        expect([text, parseIpv6(text) !== undefined]).toEqual([text, isIPv6(text)]);
      }),
    );
  });

  it.each(['', '1', '10.0.0.1', 'fe80::1%eth0', '1:2:3', '::g', '2001:db8::/32'])('%j is none', (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
});

describe('IPv6 networks as text', () => {
  it('lose the bits beyond their length', () => {
    const prefix = parseIpv6Prefix('2001:db8:1:2ff::1/56');
    expect(prefix && formatIpv6Prefix(prefix)).toBe('2001:db8:1:200::/56');
    expect(parseIpv6Prefix('::1/0')).toEqual({ address: 0n, length: 0 });
  });

  it.each(['2001:db8::', '2001:db8::/', '2001:db8::/129', '2001:db8::/032', '10.0.0.0/8', '::/1/2', '::/-1'])(
    '%j is none',
    (text) => {
      expect(parseIpv6Prefix(text)).toBeUndefined();
    },
  );
});
