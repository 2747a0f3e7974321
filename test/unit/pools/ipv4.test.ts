import fc from 'fast-check';
import { isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PoolError, formatRange, isUnicast, parseRange } from '../../../lib/pools/index.js';
import { formatIpv4, parseIpv4 } from '../../../lib/wire/index.js';

const address = fc.integer({ min: 0, max: 0xffffffff });

describe('IPv4 addresses as text', () => {
  it('round trip', () => {
    fc.assert(
      fc.property(address, (number) => {
        const text = formatIpv4(number);
        expect(isIPv4(text)).toBe(true);
        expect(parseIpv4(text)).toBe(number);
      }),
    );
  });

  it.each([
    ['0.0.0.0', 0],
    ['255.255.255.255', 0xffffffff],
    ['10.0.0.1', 0x0a000001],
    ['192.168.1.200', 0xc0a801c8],
  ])('%s', (text, number) => {
    expect(parseIpv4(text)).toBe(number);
    expect(formatIpv4(number)).toBe(text);
  });

  it.each([
    ['010.0.0.1'],
    ['10.0.0.01'],
    ['10.0.0.00'],
    ['0x0a.0.0.1'],
    ['10.0.1'],
    ['10'],
    ['167772161'],
    ['10.0.0.256'],
    ['10.0.0.999'],
    ['10.0.0.1000'],
    ['10.0.0.-1'],
    ['10.0.0.1.1'],
    ['10.0.0.'],
    ['.10.0.0'],
    ['10..0.1'],
    [' 10.0.0.1'],
    ['10.0.0.1 '],
    ['10.0.0.1\n'],
    ['10.0.0.1/32'],
    ['1e1.0.0.1'],
    ['+1.0.0.1'],
    ['١٠.0.0.1'],
    ['::1'],
    ['localhost'],
    [''],
  ])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  it('reads what Node takes for an address, and nothing else', () => {
    const octet = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '1e2', 'a', ' 1'));
    fc.assert(
      fc.property(fc.array(octet, { minLength: 3, maxLength: 5 }), (octets) => {
        const text = octets.join('.');
        expect(parseIpv4(text) !== undefined).toBe(isIPv4(text));
      }),
    );
  });
});

describe('ranges as text', () => {
  it.each([
    ['10.0.0.10-10.0.0.200', 0x0a00000a, 0x0a0000c8, undefined],
    ['10.0.0.10 - 10.0.0.200', 0x0a00000a, 0x0a0000c8, undefined],
    ['10.0.0.10-10.0.0.10', 0x0a00000a, 0x0a00000a, undefined],
    ['10.0.0.10', 0x0a00000a, 0x0a00000a, undefined],
    ['10.0.0.0/24', 0x0a000000, 0x0a0000ff, 24],
    ['10.0.0.7/32', 0x0a000007, 0x0a000007, 32],
    ['10.0.0.6/31', 0x0a000006, 0x0a000007, 31],
    ['10.0.0.0/8', 0x0a000000, 0x0affffff, 8],
    ['0.0.0.0/0', 0, 0xffffffff, 0],
    ['128.0.0.0/1', 0x80000000, 0xffffffff, 1],
  ])('%s', (text, first, last, prefix) => {
    expect(parseRange(text)).toEqual({ first, last, ...(prefix !== undefined && { prefix }) });
  });

  it.each([
    ['10.0.0.5/24', 'the network is 10.0.0.0/24'],
    ['10.65.200.0/18', 'the network is 10.65.192.0/18'],
    ['10.0.0.9-10.0.0.1', 'write 10.0.0.1-10.0.0.9'],
    ['10.0.0.0/33', 'write a network'],
    ['10.0.0.0/', 'write a network'],
    ['10.0.0.0/08', 'write a network'],
    ['10.0.0.0/-1', 'write a network'],
    ['10.0.0.0/24/24', 'write a network'],
    ['10.0.0.0/255.255.255.0', 'write a network'],
    ['10.0.0.10-20', 'write a network'],
    ['10.0.0.10-', 'write a network'],
    ['-10.0.0.10', 'write a network'],
    ['10.0.0.1-10.0.0.2-10.0.0.3', 'write a network'],
    ['10.0.0.0/24-10.0.1.0/24', 'write a network'],
    ['010.0.0.0/8', 'write a network'],
    ['10.0.0.1-010.0.0.2', 'write a network'],
    ['main', 'write a network'],
    ['', 'write a network'],
  ])('refuses %j: %s', (text, advice) => {
    const read = () => parseRange(text);
    expect(read).toThrow(PoolError);
    expect(read).toThrow(advice);
    expect(read).toThrow(JSON.stringify(text));
  });

  it('never throws anything else', () => {
    const piece = fc.constantFrom('10', '.', '/', '-', ' ', '0', '255', '256', 'x', '10.0.0.1');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          const { first, last } = parseRange(pieces.join(''));
          expect(first).toBeLessThanOrEqual(last);
        } catch (error) {
          expect(error).toBeInstanceOf(PoolError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('write themselves', () => {
    expect(formatRange({ first: 1, last: 1 })).toBe('0.0.0.1');
    expect(formatRange({ first: 1, last: 258 })).toBe('0.0.0.1-0.0.1.2');
  });
});

describe('unicast', () => {
  it.each([
    ['0.0.0.0', false],
    ['0.255.255.255', false],
    ['1.0.0.0', true],
    ['10.0.0.0', true],
    ['126.255.255.255', true],
    ['127.0.0.1', false],
    ['128.0.0.0', true],
    ['223.255.255.255', true],
    ['224.0.0.1', false],
    ['239.255.255.255', false],
    ['240.0.0.1', true],
    ['255.255.255.254', true],
    ['255.255.255.255', false],
  ])('%s: %s', (text, unicast) => {
    expect(isUnicast(parseIpv4(text) ?? -1)).toBe(unicast);
  });
});
