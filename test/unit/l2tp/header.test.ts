import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeader,
  encodeDataMessage,
  encodeZlb,
  isControl,
  maxDataHeaderLength,
  patchSequence,
  writeDataHeader,
} from '../../../lib/l2tp/index.js';
import { fromHex, hex } from '../../../lib/wire/index.js';

describe('control header', () => {
  it('is laid out as RFC 2661 figure 3.1', () => {
    // T, L, S, version 2; length 12; tunnel 0x1234; session 0x5678; Ns 0x9abc; Nr 0xdef0
    expect(decodeHeader(fromHex('c802 000c 1234 5678 9abc def0'))).toEqual({
      kind: 'control',
      tunnelId: 0x1234,
      sessionId: 0x5678,
      ns: 0x9abc,
      nr: 0xdef0,
      bodyStart: 12,
      end: 12,
    });
  });

  it('ignores reserved bits, the P bit and octets beyond Length', () => {
    expect(decodeHeader(fromHex('fdf2 000c 0001 0002 0003 0004 ffffff'))).toMatchObject({
      kind: 'control',
      tunnelId: 1,
      sessionId: 2,
      ns: 3,
      nr: 4,
      end: 12,
    });
  });

  it.each([
    ['nothing', '', 'truncated'],
    ['three octets', 'c80200', 'truncated'],
    ['half a header', 'c802 000a 0001 0000 0000', 'truncated'],
    ['version 1 (L2F)', 'c801 000c 0001 0000 0000 0000', 'version'],
    ['version 3 (L2TPv3)', 'c803 000c 0001 0000 0000 0000', 'version'],
    ['version 0', 'c800 000c 0001 0000 0000 0000', 'version'],
    ['no Length', '8802 000c 0001 0000 0000 0000', 'flags'],
    ['no Ns and Nr', 'c002 000c 0001 0000 0000 0000', 'flags'],
    ['an offset', 'ca02 000c 0001 0000 0000 0000 0000', 'flags'],
    ['a Length beyond the datagram', 'c802 000d 0001 0000 0000 0000', 'length'],
    ['a Length within the header', 'c802 000b 0001 0000 0000 0000', 'length'],
  ])('with %s is refused', (_, octets, fault) => {
    expect(decodeHeader(fromHex(octets))).toBe(fault);
  });

  it('makes a ZLB', () => {
    expect(hex(encodeZlb(0x1234, 0xffff, 1))).toBe('c802000c12340000ffff0001');
  });

  it('sets Ns and Nr in place', () => {
    const message = encodeZlb(1, 0, 0);
    patchSequence(message, 0xfffe, 0x0102);
    expect(decodeHeader(message)).toMatchObject({ ns: 0xfffe, nr: 0x0102, tunnelId: 1 });
  });
});

describe('data header', () => {
  it.each([
    ['the shortest', '0002 1111 2222', { payloadStart: 6, end: 8, ns: undefined, priority: false }],
    ['Length', '4002 000a 1111 2222', { payloadStart: 8, end: 10, ns: undefined }],
    ['sequence', '0802 1111 2222 0033 ffff', { payloadStart: 10, end: 12, ns: 0x33 }],
    ['priority', '0102 1111 2222', { payloadStart: 6, end: 8, priority: true }],
    ['offset 0', '0202 1111 2222 0000', { payloadStart: 8, end: 10 }],
    ['offset 3', '0202 1111 2222 0003 ffffff', { payloadStart: 11, end: 13 }],
    ['everything', '4b02 0013 1111 2222 0033 0000 0003 ffffff', { payloadStart: 17, end: 19, ns: 0x33 }],
  ])('with %s', (_, octets, expected) => {
    const header = decodeHeader(fromHex(`${octets} c021`));
    expect(header).toMatchObject({ kind: 'data', tunnelId: 0x1111, sessionId: 0x2222, ...expected });
  });

  it('leaves out what lies beyond Length', () => {
    expect(decodeHeader(fromHex('4002 0009 0001 0002 c021 ffff'))).toMatchObject({ payloadStart: 8, end: 9 });
  });

  it.each([
    ['no room for Ns and Nr', '0802 0001 0002 0003', 'truncated'],
    ['no room for the offset size', '0202 0001 0002', 'truncated'],
    ['a Length that ends within the header', '4002 0007 0001 0002', 'length'],
    ['a Length beyond the datagram', '4002 0009 0001 0002', 'length'],
    ['an offset beyond the end', '0202 0001 0002 0001', 'offset'],
  ])('with %s is refused', (_, octets, fault) => {
    expect(decodeHeader(fromHex(octets))).toBe(fault);
  });

  it('carries any frame there and back', () => {
    const id = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(
        id,
        id,
        fc.option(id, { nil: undefined }),
        fc.boolean(),
        fc.uint8Array(),
        (tunnelId, sessionId, ns, priority, frame) => {
          const message = encodeDataMessage(tunnelId, sessionId, frame, { ns, priority });
          const header = decodeHeader(message);
          if (typeof header === 'string' || header.kind !== 'data') throw new Error('not data');
          expect(header).toMatchObject({ tunnelId, sessionId, ns, priority });
          expect(hex(message.subarray(header.payloadStart, header.end))).toBe(hex(frame));
          expect(isControl(message)).toBe(false);
        },
      ),
    );
  });

  it('is written in place', () => {
    const buffer = new Uint8Array(2 + maxDataHeaderLength).fill(0xee);
    expect(writeDataHeader(buffer, 2, 0x1234, 0x5678)).toBe(8);
    expect(hex(buffer)).toBe('eeee000212345678eeeeeeee');
    expect(writeDataHeader(buffer, 2, 1, 2, { ns: 3 })).toBe(12);
    expect(hex(buffer)).toBe('eeee08020001000200030000');
  });
});
