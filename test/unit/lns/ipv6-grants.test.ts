import { describe, expect, it } from 'vitest';
import { Ipv6Grants } from '../../../lib/lns/ipv6-grants.js';
import { routesOf, unitChange } from '../../../lib/lns/session-network.js';
import { formatIpv6Prefix, parseIpv4 } from '../../../lib/wire/index.js';

const grants = () =>
  new Ipv6Grants({
    pools: { v6: ['2001:db8:1::/48'], small: ['2001:db8:3::/63'] },
    addresses: { na: ['2001:db8:2::/126'] },
    delegated: { pools: { pd: ['2001:db8:100::/55'] }, length: 56 },
    dns: ['2001:db8::53'],
  });

describe('IPv6 of a subscriber', () => {
  it('comes from the first pools, and goes back to them', () => {
    const all = grants();
    const first = all.grant();
    if ('refused' in first) throw new Error(first.refused);
    expect(first.prefix && formatIpv6Prefix(first.prefix)).toBe('2001:db8:1::/64');
    expect(first.delegated && formatIpv6Prefix(first.delegated)).toBe('2001:db8:100::/56');
    expect(first.dns).toHaveLength(1);
    expect(routesOf({ routes: ['10.9.0.0/16'] }, undefined, first)).toEqual([
      '2001:db8:1::/64',
      '2001:db8:2::1/128',
      '2001:db8:100::/56',
      '10.9.0.0/16',
    ]);
    all.revoke(first);
    expect(all.usage().every(({ used }) => used === 0)).toBe(true);
  });

  it('is taken from the next pool of a chain, and refused where all are empty, with nothing kept', () => {
    const all = grants();
    const chain = { pool: ['small', 'v6'], delegatedPool: 'pd' };
    const two = [all.grant(chain), all.grant(chain)];
    expect(two.every((one) => !('refused' in one))).toBe(true);
    const third = all.grant(chain);
    expect(third).toMatchObject({ refused: 'IPv6 pool pd has no free prefix' });
    expect(all.usage()).toMatchObject([
      { name: 'v6', used: 0 },
      { name: 'small', used: 2 },
      { name: 'na', used: 2 },
      { name: 'pd', used: 2 },
    ]);
  });

  it('is its own, once', () => {
    const all = grants();
    const own = { prefix: '2001:db8:1:7::/64', delegatedPrefix: '2001:db8:777::/48', dns: [] };
    const first = all.grant(own);
    expect(first).toMatchObject({ dns: [] });
    expect(all.grant(own)).toMatchObject({ refused: 'IPv6 prefix 2001:db8:1:7::/64 is in use' });
    expect(all.grant({ pool: 'none' })).toMatchObject({ refused: 'there is no IPv6 pool named none' });
    expect(() => all.grant({ prefix: '10.0.0.0/8' })).toThrow(RangeError);
  });
});

describe('routes of a subscriber', () => {
  it('have the network behind its address', () => {
    expect(routesOf({ netmask: 29 }, parseIpv4('192.0.2.13'), undefined)).toEqual(['192.0.2.8/29']);
    expect(routesOf({ netmask: 32 }, parseIpv4('192.0.2.13'), undefined)).toEqual([]);
  });

  it('change by what is new and what is gone', () => {
    const before = { routes: ['10.1.0.0/16', { prefix: '10.2.0.0/16', metric: 5 }] };
    expect(unitChange({ shapeUpstream: false }, before, {})).toBeUndefined();
    expect(
      unitChange({ shapeUpstream: false }, before, { routes: [{ prefix: '10.1.0.0/16' }, '10.3.0.0/16'] }),
    ).toEqual({
      routes: ['10.3.0.0/16'],
      removedRoutes: [{ prefix: '10.2.0.0/16', metric: 5 }],
    });
    expect(unitChange({ shapeUpstream: false }, before, { rate: {} })).toEqual({ rate: {} });
    const shaped = unitChange({ shapeUpstream: true }, before, { rate: { up: 1e6 } });
    expect(shaped).toEqual({ rate: { up: 1e6, shapeUp: true } });
  });
});
