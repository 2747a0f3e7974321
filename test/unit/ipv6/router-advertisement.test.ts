import { describe, expect, it } from 'vitest';
import { encodeRouterAdvertisement, isRouterSolicitation } from '../../../lib/ipv6/index.js';
import { fromHex, hex, parseIpv6 } from '../../../lib/wire/index.js';

const address = (text: string): bigint => parseIpv6(text) ?? 0n;

describe('router advertisements', () => {
  it('are octet for octet what RFC 4861 section 4.2, RFC 4191 and RFC 8106 say', () => {
    const octets = encodeRouterAdvertisement({
      routerLifetime: 1800,
      managed: false,
      other: true,
      mtu: 1460,
      prefixes: [{ address: address('2001:db8:1:2::'), length: 64 }],
      preferredLifetime: 3600,
      validLifetime: 7200,
      dns: [address('2001:db8::53')],
      routes: [{ address: address('2001:db8:9::'), length: 48 }],
    });
    const expected = [
      '86000000 40400708 00000000 00000000', // type, checksum; hop limit, O, lifetime; timers
      '05010000 000005b4', // MTU
      '030440c0 00001c20 00000e10 00000000 20010db8000100020000000000000000', // prefix, L and A
      '18023000 00001c20 20010db800090000', // route (RFC 4191)
      '19030000 00001c20 20010db8000000000000000000000053', // RDNSS
    ];
    expect(hex(octets)).toBe(expected.join('').replaceAll(' ', ''));
  });

  it('let no address be made from a prefix that is not 64 long, and none of what is absent', () => {
    const octets = encodeRouterAdvertisement({
      routerLifetime: 0,
      managed: true,
      other: false,
      mtu: undefined,
      prefixes: [{ address: address('2001:db8:1::'), length: 56 }],
      preferredLifetime: 1,
      validLifetime: 2,
      dns: [],
      routes: [],
    });
    expect(octets).toHaveLength(16 + 32);
    expect(octets[5]).toBe(0x80);
    expect(octets[19]).toBe(0x80);
  });
});

describe('router solicitations', () => {
  it.each([
    ['8500000000000000', true],
    ['85000000000000000101020304050607', true],
    ['850000000000', false],
    ['86000000000000000101020304050607', false],
    ['85010000000000000101020304050607', false],
    ['85000000000000000100020304050607', false], // an option without a length
    ['85000000000000000102020304050607', false], // an option beyond the end
    ['', false],
  ])('%s: %s', (octets, valid) => {
    expect(isRouterSolicitation(fromHex(octets))).toBe(valid);
  });
});
