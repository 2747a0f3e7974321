import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressPool, type PoolDefinition, PoolError } from '../../../lib/pools/index.js';
import { formatIpv4, parseIpv4 } from '../../../lib/wire/index.js';
import { collectGarbage } from '../../support/collect-garbage.js';

const ip = (text: string): number => {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(text);
  return address;
};

const pool = (ranges: readonly string[], exclude: readonly string[] = []) =>
  AddressPool.of({ name: 'main', ranges, exclude });

/** All that a pool gives out until it has nothing left. */
function drainPool(from: AddressPool): string[] {
  const given: string[] = [];
  for (let address = from.allocate(); address !== undefined; address = from.allocate())
    given.push(formatIpv4(address));
  return given;
}

describe('what a definition holds', () => {
  it.each<[string, string[], string[], string[]]>([
    ['a range, whole', ['10.0.0.254-10.0.1.1'], [], ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']],
    [
      'a CIDR without its ends',
      ['10.0.0.0/29'],
      [],
      ['1', '2', '3', '4', '5', '6'].map((one) => `10.0.0.${one}`),
    ],
    ['a /30', ['10.0.0.4/30'], [], ['10.0.0.5', '10.0.0.6']],
    ['a /31, whole', ['10.0.0.4/31'], [], ['10.0.0.4', '10.0.0.5']],
    ['a /32', ['10.0.0.4/32'], [], ['10.0.0.4']],
    ['one address', ['10.0.0.4'], [], ['10.0.0.4']],
    ['several, in order', ['10.0.1.0/30', '10.0.0.9'], [], ['10.0.0.9', '10.0.1.1', '10.0.1.2']],
    [
      'overlapping ones once',
      ['10.0.0.1-10.0.0.3', '10.0.0.2-10.0.0.4'],
      [],
      ['1', '2', '3', '4'].map((one) => `10.0.0.${one}`),
    ],
    ['the same one once', ['10.0.0.4', '10.0.0.4/32'], [], ['10.0.0.4']],
    ['ends that a range names', ['10.0.0.0/30', '10.0.0.3'], [], ['10.0.0.1', '10.0.0.2', '10.0.0.3']],
    [
      'not what is excluded',
      ['10.0.0.0/29'],
      ['10.0.0.2', '10.0.0.4-10.0.0.5', '10.9.0.0/16'],
      ['10.0.0.1', '10.0.0.3', '10.0.0.6'],
    ],
    [
      'not an excluded network, ends included',
      ['10.0.0.1-10.0.0.6'],
      ['10.0.0.4/30'],
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
    ],
  ])('%s', (_, ranges, exclude, wanted) => {
    expect(drainPool(pool(ranges, exclude))).toEqual(wanted);
  });

  it.each<[string, Partial<PoolDefinition>, string]>([
    ['nothing', { ranges: [] }, 'empty'],
    ['nothing that is left', { ranges: ['10.0.0.0/30'], exclude: ['10.0.0.0/24'] }, 'empty'],
    ['an octal form', { ranges: ['010.0.0.0/24'] }, 'syntax'],
    ['a host with a prefix', { ranges: ['10.0.0.1/24'] }, 'syntax'],
    ['a wrong exclusion', { exclude: ['10.0.0.1-'] }, 'syntax'],
    ['loopback', { ranges: ['126.0.0.0-128.0.0.0'] }, 'not-unicast'],
    ['multicast', { ranges: ['224.0.0.0/24'] }, 'not-unicast'],
    ['zero', { ranges: ['0.0.0.0/8'] }, 'not-unicast'],
    ['all of it', { ranges: ['0.0.0.0/0'] }, 'not-unicast'],
  ])('is refused with %s', (_, part, code) => {
    const definition = { name: 'main', ranges: ['10.0.0.0/24'], ...part };
    const make = () => AddressPool.of(definition);
    expect(make).toThrow(PoolError);
    expect(make).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('says what is in it', () => {
    expect(pool(['10.0.0.0/29'], ['10.0.0.3']).toString()).toBe('main: 10.0.0.1-10.0.0.2, 10.0.0.4-10.0.0.6');
  });
});

describe('giving out', () => {
  it('counts', () => {
    const main = pool(['10.0.0.0/29']);
    expect(main.usage).toEqual({ size: 6, used: 0, free: 6 });
    const first = main.allocate() ?? 0;
    main.reserve(ip('10.0.0.6'));
    expect(main.usage).toEqual({ size: 6, used: 2, free: 4 });
    main.release(first);
    expect(main.usage).toEqual({ size: 6, used: 1, free: 5 });
    drainPool(main);
    expect(main.usage).toEqual({ size: 6, used: 6, free: 0 });
    expect(main.allocate()).toBeUndefined();
  });

  it('gives every other free address before one comes again', () => {
    const main = pool(['10.0.0.0/24']);
    const first = main.allocate() ?? 0;
    main.release(first);
    for (let i = 1; i < 254; i++) {
      const next = main.allocate() ?? 0;
      expect(next).not.toBe(first);
      main.release(next);
    }
    expect(main.allocate()).toBe(first);
  });

  it('gives the only free one again at once', () => {
    const main = pool(['10.0.0.0/29']);
    drainPool(main);
    main.release(ip('10.0.0.3'));
    expect(main.allocate()).toBe(ip('10.0.0.3'));
    expect(main.allocate()).toBeUndefined();
  });

  it('takes a named address once', () => {
    const main = pool(['10.0.0.0/29']);
    expect(main.reserve(ip('10.0.0.2'))).toBe(true);
    expect(main.reserve(ip('10.0.0.2'))).toBe(false);
    expect(drainPool(main)).not.toContain('10.0.0.2');
    expect(main.reserve(ip('10.0.0.1'))).toBe(false);
    expect(main.release(ip('10.0.0.2'))).toBe(true);
    expect(main.reserve(ip('10.0.0.2'))).toBe(true);
  });

  it('knows its own addresses', () => {
    const main = pool(['10.0.0.0/29'], ['10.0.0.3']);
    for (const [text, own] of [
      ['10.0.0.0', false],
      ['10.0.0.1', true],
      ['10.0.0.3', false],
      ['10.0.0.7', false],
      ['11.0.0.1', false],
    ] as const) {
      expect(main.has(ip(text))).toBe(own);
      expect(main.reserve(ip(text))).toBe(own);
      expect(main.release(ip(text))).toBe(own);
      expect(main.release(ip(text))).toBe(false);
    }
  });

  it('notices a second release', () => {
    const main = pool(['10.0.0.0/29']);
    const address = main.allocate() ?? 0;
    expect(main.release(address)).toBe(true);
    expect(main.release(address)).toBe(false);
    expect(main.usage.used).toBe(0);
  });

  it('does what a plain set would do', () => {
    const step = fc.tuple(fc.constantFrom('allocate', 'reserve', 'release'), fc.nat(99));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const main = pool(['10.0.0.0/27', '10.0.0.40-10.0.0.60', '10.0.1.0/28'], ['10.0.0.50']);
        const base = ip('10.0.0.0');
        const inside = new Set<number>();
        for (let i = 0; i < 300; i++) if (main.has(base + i)) inside.add(base + i);
        expect(inside.size).toBe(30 + 20 + 14);
        const used = new Set<number>();
        for (const [what, where] of steps) {
          const address = base + where;
          if (what === 'allocate') {
            const given = main.allocate();
            expect(given === undefined).toBe(used.size === inside.size);
            if (given === undefined) continue;
            expect(inside.has(given) && !used.has(given)).toBe(true);
            used.add(given);
          } else if (what === 'reserve') {
            const free = inside.has(address) && !used.has(address);
            expect(main.reserve(address)).toBe(free);
            if (free) used.add(address);
          } else {
            expect(main.release(address)).toBe(used.delete(address));
          }
          expect(main.usage).toEqual({
            size: inside.size,
            used: used.size,
            free: inside.size - used.size,
          });
        }
        expect([...main.leases()]).toEqual([...used].sort((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  });
});

describe('a /8', { timeout: 60_000 }, () => {
  const SIZE = 2 ** 24 - 2;
  const memory = () => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };

  it('costs little before it is used, 2 MB when it is full, and no search for the last free address', () => {
    const before = memory();
    const main = pool(['10.0.0.0/8']);
    expect(memory() - before).toBeLessThan(1_000_000);
    expect(main.usage.size).toBe(SIZE);
    let last = 0;
    for (let i = 0; i < SIZE; i++) last = main.allocate() ?? 0;
    expect(formatIpv4(last)).toBe('10.255.255.254');
    expect(main.allocate()).toBeUndefined();
    expect(memory() - before).toBeLessThan(8_000_000);

    const started = performance.now();
    for (let i = 0; i < 20_000; i++) {
      // Far from the cursor, which stands behind the one given last.
      const hole = ip('10.0.0.1') + ((i * 7_654_321) % SIZE);
      main.release(hole);
      if (main.allocate() !== hole) throw new Error('another address');
    }
    // A search through the full pool would take 20,000 times milliseconds.
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
