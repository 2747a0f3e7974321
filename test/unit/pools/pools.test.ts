import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AddressAllocator, AddressPools, PoolError } from '../../../lib/pools/index.js';
import { formatIpv4, parseIpv4 } from '../../../lib/wire/index.js';

const ip = (text: string): number => {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(text);
  return address;
};

const pools = (setAside: readonly number[] = []) =>
  new AddressPools({
    pools: [
      { name: 'main', ranges: ['10.65.0.0/29'] },
      { name: 'other', ranges: ['10.66.0.0/30', '10.65.0.8-10.65.0.9'] },
    ],
    setAside,
  });

describe('several pools', () => {
  it('are found by name and by address', () => {
    const all = pools();
    expect(all.names).toEqual(['main', 'other']);
    expect(all.poolOf(ip('10.65.0.3'))).toBe('main');
    expect(all.poolOf(ip('10.65.0.8'))).toBe('other');
    expect(all.poolOf(ip('10.66.0.2'))).toBe('other');
    expect(all.poolOf(ip('10.65.0.7'))).toBeUndefined();
    expect(formatIpv4(all.allocate('main') ?? 0)).toBe('10.65.0.1');
    expect(formatIpv4(all.allocate('other') ?? 0)).toBe('10.65.0.8');
    expect(all.usage('main')).toEqual({ size: 6, used: 1, free: 5 });
    expect(all.usage('other')).toEqual({ size: 4, used: 1, free: 3 });
  });

  it('say which there are when there is none by a name', () => {
    const all = pools();
    for (const ask of [() => all.allocate('mian'), () => all.usage('mian')]) {
      expect(ask).toThrow(PoolError);
      expect(ask).toThrow('there is no pool mian; the pools are main, other');
    }
    expect(() => new AddressPools({ pools: [] }).allocate('main')).toThrow(/^there is no pool main$/);
    // No name that every object has.
    expect(() => all.allocate('constructor')).toThrow(PoolError);
  });

  it.each([
    [['10.0.0.0/24'], ['10.0.0.128/25'], '10.0.0.129-10.0.0.254'],
    [['10.0.0.1-10.0.0.9'], ['10.0.0.9'], '10.0.0.9'],
    [['10.0.0.5'], ['10.0.0.0/24'], '10.0.0.5'],
    [['10.0.0.1-10.0.0.9'], ['10.0.0.5-10.0.0.20'], '10.0.0.5-10.0.0.9'],
    [['10.0.0.1', '10.0.2.0/24'], ['10.0.1.0/24', '10.0.2.7'], '10.0.2.7'],
  ])('may not overlap: %j and %j', (a, b, shared) => {
    const make = () =>
      new AddressPools({
        pools: [
          { name: 'a', ranges: a },
          { name: 'b', ranges: b },
        ],
      });
    expect(make).toThrow(expect.objectContaining({ code: 'overlap' }) as Error);
    expect(make).toThrow(`both hold ${shared};`);
  });

  it('may touch, and may leave to each other what they exclude', () => {
    const all = new AddressPools({
      pools: [
        { name: 'a', ranges: ['10.0.0.0/24'], exclude: ['10.0.0.64/26'] },
        { name: 'b', ranges: ['10.0.0.64-10.0.0.127', '10.0.0.255'] },
      ],
    });
    expect(all.poolOf(ip('10.0.0.63'))).toBe('a');
    expect(all.poolOf(ip('10.0.0.64'))).toBe('b');
    expect(all.poolOf(ip('10.0.0.128'))).toBe('a');
    expect(all.poolOf(ip('10.0.0.255'))).toBe('b');
  });

  it('may not share a name', () => {
    const make = () =>
      new AddressPools({
        pools: [
          { name: 'a', ranges: ['10.0.0.0/24'] },
          { name: 'a', ranges: ['10.0.1.0/24'] },
        ],
      });
    expect(make).toThrow(expect.objectContaining({ code: 'duplicate-name' }) as Error);
  });
});

describe('fixed addresses', () => {
  it('in a pool are taken from it', () => {
    const all = pools();
    expect(all.reserve(ip('10.65.0.1'))).toBe(true);
    expect(all.reserve(ip('10.65.0.1'))).toBe(false);
    expect(all.usage('main').used).toBe(1);
    expect(all.allocate('main')).toBe(ip('10.65.0.2'));
    expect(all.release(ip('10.65.0.1'))).toBe(true);
    expect(all.release(ip('10.65.0.1'))).toBe(false);
    expect(all.outside).toBe(0);
  });

  it('outside of all pools are given once, too', () => {
    const all = pools();
    expect(all.reserve(ip('192.0.2.1'))).toBe(true);
    expect(all.reserve(ip('192.0.2.1'))).toBe(false);
    expect(all.outside).toBe(1);
    expect(all.release(ip('192.0.2.1'))).toBe(true);
    expect(all.release(ip('192.0.2.1'))).toBe(false);
    expect(all.outside).toBe(0);
  });

  it.each(['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255'])('cannot be %s', (address) => {
    const all = pools();
    expect(all.reserve(ip(address))).toBe(false);
    expect(all.outside).toBe(0);
  });

  it('that are set aside wait for their user', () => {
    const alice = ip('10.65.0.1');
    const all = pools([alice, ip('192.0.2.1')]);
    expect(all.usage('main').size).toBe(5);
    expect(all.poolOf(alice)).toBeUndefined();
    for (let i = 0; i < 5; i++) expect(all.allocate('main')).not.toBe(alice);
    expect(all.allocate('main')).toBeUndefined();
    expect(all.reserve(alice)).toBe(true);
    expect(all.reserve(alice)).toBe(false);
    expect(all.release(alice)).toBe(true);
    expect(all.allocate('main')).toBeUndefined();
  });

  it('may be set aside by the thousand', () => {
    const setAside = Array.from({ length: 50_000 }, (_, i) => ip('10.0.0.0') + 3 * i);
    const all = new AddressPools({ pools: [{ name: 'main', ranges: ['10.0.0.0/8'] }], setAside });
    // The first of them is the network's address, which the pool has not.
    expect(all.usage('main').size).toBe(2 ** 24 - 2 - 49_999);
    const fixed = new Set(setAside);
    for (let i = 0; i < 60_000; i++) {
      const address = all.allocate('main') ?? 0;
      if (fixed.has(address)) throw new Error(formatIpv4(address));
    }
  });

  it('may not be all that a pool has', () => {
    const setAside = [1, 2, 3, 4, 5, 6].map((host) => ip('10.65.0.0') + host);
    expect(() => pools(setAside)).toThrow(expect.objectContaining({ code: 'empty' }) as Error);
  });
});

describe('a new register', () => {
  it('takes over what is in use', () => {
    const before = pools();
    before.allocate('main');
    before.allocate('other');
    before.reserve(ip('192.0.2.1'));
    const after = new AddressPools({
      pools: [
        { name: 'main', ranges: ['10.65.0.0/29'] },
        { name: 'test', ranges: ['192.0.2.0/24'] },
      ],
    });
    after.carryOver(before);
    expect([...after.leases()].map(formatIpv4)).toEqual(['10.65.0.1', '192.0.2.1', '10.65.0.8']);
    expect(after.usage('main').used).toBe(1);
    expect(after.usage('test').used).toBe(1);
    expect(after.outside).toBe(1);
    for (const address of before.leases()) expect(after.release(address)).toBe(true);
    expect([...after.leases()]).toEqual([]);
  });
});

describe('the register', () => {
  it('is an allocator for those who await', async () => {
    const allocator: AddressAllocator = pools();
    const address = await allocator.allocate('main', 'session-1');
    expect(address).toBe(ip('10.65.0.1'));
    expect(await allocator.reserve(address ?? 0, 'session-2')).toBe(false);
    expect(await allocator.usage('main')).toEqual({ size: 6, used: 1, free: 5 });
    expect(await allocator.release(address ?? 0)).toBe(true);
  });

  it('never gives an address to two', () => {
    const step = fc.tuple(fc.constantFrom('main', 'other', 'reserve', 'release'), fc.nat(15));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const all = pools([ip('10.65.0.2')]);
        const candidates = Array.from({ length: 16 }, (_, i) => ip('10.65.0.0') + i);
        const held = new Set<number>();
        const take = (address: number) => {
          expect(held.has(address)).toBe(false);
          held.add(address);
        };
        for (const [what, where] of steps) {
          const address = candidates[where] as number;
          if (what === 'reserve') {
            const free = !held.has(address);
            expect(all.reserve(address)).toBe(free);
            if (free) take(address);
          } else if (what === 'release') {
            expect(all.release(address)).toBe(held.delete(address));
          } else {
            const given = all.allocate(what);
            if (given !== undefined) take(given);
            else expect(all.usage(what).free).toBe(0);
          }
        }
        expect(new Set(all.leases())).toEqual(held);
        const used = all.usage('main').used + all.usage('other').used + all.outside;
        expect(used).toBe(held.size);
      }),
      { numRuns: 150 },
    );
  });
});
