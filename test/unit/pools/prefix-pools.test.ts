import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrefixPools } from '../../../lib/pools/index.js';
import { formatIpv6Prefix, type Ipv6Prefix, parseIpv6Prefix } from '../../../lib/wire/index.js';

const prefix = (text: string): Ipv6Prefix => parseIpv6Prefix(text) ?? { address: -1n, length: -1 };
const text = (found: Ipv6Prefix | undefined): string | undefined => found && formatIpv6Prefix(found);
const pools = () =>
  new PrefixPools([
    { name: 'v6', networks: ['2001:db8:1::/48'], length: 64 },
    { name: 'pd', networks: ['2001:db8:100::/54', '2001:db8:200::/56'], length: 56 },
    { name: 'na', networks: ['2001:db8:9::/126'], length: 128 },
  ]);

describe('IPv6 pools', () => {
  it('give each prefix once before any comes again', () => {
    const all = pools();
    const four = [1, 2, 3, 4, 5, 6].map(() => text(all.allocate('pd')));
    expect(four).toEqual([
      '2001:db8:100::/56',
      '2001:db8:100:100::/56',
      '2001:db8:100:200::/56',
      '2001:db8:100:300::/56',
      '2001:db8:200::/56',
      undefined,
    ]);
    expect(all.release(prefix('2001:db8:100:100::/56'))).toBe(true);
    expect(all.release(prefix('2001:db8:100:100::/56'))).toBe(false);
    expect(text(all.allocate('pd'))).toBe('2001:db8:100:100::/56');
    expect(all.usage('pd')).toEqual({ size: 5, used: 5, free: 0 });
    expect(all.usage('v6')).toEqual({ size: 65_536, used: 0, free: 65_536 });
    expect(text(all.allocate('v6'))).toBe('2001:db8:1::/64');
  });

  it('keep the routers’ anycast address', () => {
    const all = pools();
    expect([1, 2, 3, 4].map(() => text(all.allocate('na')))).toEqual([
      '2001:db8:9::1/128',
      '2001:db8:9::2/128',
      '2001:db8:9::3/128',
      undefined,
    ]);
    expect(all.usage('na')).toEqual({ size: 3, used: 3, free: 0 });
  });

  it('give nothing of what is reserved, and reserve nothing of what is given', () => {
    const all = pools();
    expect(all.reserve(prefix('2001:db8:100::/55'))).toBe(true);
    expect(text(all.allocate('pd'))).toBe('2001:db8:100:200::/56');
    for (const taken of ['2001:db8:100::/56', '2001:db8:100:100::/64', '2001:db8:100:200::/60']) {
      expect(all.reserve(prefix(taken))).toBe(false);
    }
    expect(all.reserve(prefix('2001:db8:f00::/56'))).toBe(true);
    expect(all.reserve(prefix('2001:db8:f00:1::/64'))).toBe(false);
    expect(all.reserve(prefix('2001:db8:f00::/48'))).toBe(false);
    expect(all.release(prefix('2001:db8:f00::/56'))).toBe(true);
    expect(all.reserve(prefix('2001:db8:f00::/48'))).toBe(true);
    expect(all.release(prefix('2001:db8:100::/55'))).toBe(true);
    expect(all.reserve(prefix('2001:db8:100:100::/64'))).toBe(true);
  });

  it.each(['::/0', 'ff02::/64', 'fe80::/64', '::ffff:0:0/96', '::1/128'])('give nobody %s', (network) => {
    expect(pools().reserve(prefix(network))).toBe(false);
  });

  it.each([
    [[{ name: 'a', networks: ['10.0.0.0/8'], length: 64 }], /no IPv6 network/],
    [[{ name: 'a', networks: ['2001:db8::1/48'], length: 64 }], /the network is 2001:db8::\/48/],
    [[{ name: 'a', networks: ['2001:db8::/72'], length: 64 }], /no room for a \/64/],
    [[{ name: 'a', networks: ['fe80::/48'], length: 64 }], /no subscriber can have/],
    [[{ name: 'a', networks: ['2001:db8::/48', '2001:db8:0:1::/64'], length: 64 }], /overlap/],
    [
      [
        { name: 'a', networks: ['2001:db8::/48'], length: 64 },
        { name: 'b', networks: ['2001:db8::/40'], length: 56 },
      ],
      /pools a and b overlap/,
    ],
    [[{ name: 'a', networks: [], length: 64 }], /has no prefix/],
  ])('%j is refused', (definitions, message) => {
    expect(() => new PrefixPools(definitions)).toThrow(message);
  });

  it('never give an address to two, whatever is asked', () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant('allocate' as const), name: fc.constantFrom('pd', 'na') }),
      fc.record({
        kind: fc.constant('reserve' as const),
        at: fc.constantFrom('2001:db8:100::', '2001:db8:100:100::', '2001:db8:200:80::', '2001:db8:9::2'),
        length: fc.constantFrom(48, 54, 55, 56, 57, 64, 128),
      }),
      fc.record({ kind: fc.constant('release' as const), nth: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const all = pools();
        const held: Ipv6Prefix[] = [];
        const take = (found: Ipv6Prefix | undefined) => {
          if (found === undefined) return;
          for (const other of held) {
            const shift = BigInt(128 - Math.min(other.length, found.length));
            expect(other.address >> shift).not.toBe(found.address >> shift);
          }
          held.push(found);
        };
        for (const one of commands) {
          if (one.kind === 'allocate') take(all.allocate(one.name));
          else if (one.kind === 'reserve') {
            const wanted = prefix(`${one.at}/${one.length}`);
            if (all.reserve(wanted)) take(wanted);
          } else {
            const [gone] = held.splice(one.nth, 1);
            if (gone) expect(all.release(gone)).toBe(true);
          }
        }
        for (const left of held) expect(all.release(left)).toBe(true);
        expect(all.usage('pd').used).toBe(0);
        expect(all.usage('na').used).toBe(0);
      }),
    );
  });
});
