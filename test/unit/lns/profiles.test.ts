import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileMatcher } from '../../../lib/lns/profiles.js';
import { matchesGlob } from '../../../lib/wire/index.js';

describe('matchesGlob', () => {
  it.each([
    ['lac1', 'LAC1', true],
    ['lac1', 'lac12', false],
    ['lac*', 'lac', true],
    ['lac*', 'xlac', false],
    ['*.isp.example', 'a.isp.example', true],
    ['*.isp.example', 'isp.example', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['a.c', 'abc', false],
  ])('%s against %s: %s', (glob, name, expected) => {
    expect(matchesGlob(glob, name)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(letters, names, (glob, name) => {
        expect(matchesGlob(glob, name)).toBe(new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name));
      }),
    );
  });
});

describe('ProfileMatcher', () => {
  const matcher = new ProfileMatcher([
    { name: 'both', addresses: ['10.0.0.0/8', '2001:db8::/32'], hostName: 'lac*' },
    { name: 'address', addresses: ['10.0.0.1'] },
    { name: 'host', hostName: 'branch' },
  ]);

  it('takes the first whose address and host name both match', () => {
    expect(matcher.match('10.0.0.1', 'lac7')?.name).toBe('both');
    expect(matcher.match('2001:db8::7', 'lac7')?.name).toBe('both');
    expect(matcher.match('10.0.0.1', 'other')?.name).toBe('address');
    expect(matcher.match('192.0.2.1', 'branch')?.name).toBe('host');
    expect(matcher.match('192.0.2.1', 'other')).toBeUndefined();
  });

  it.each(['10.0.0.0/33', 'lac.example', '10.0.0.0/', '10.0.0.0/8/8', '::/129'])('refuses %s', (address) => {
    expect(() => new ProfileMatcher([{ name: 'bad', addresses: [address] }])).toThrow(RangeError);
  });
});
