import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BlockError,
  BlockSplitter,
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  linkType,
  sectionHeader,
  udpPacket,
} from '../../../lib/pcapng/index.js';
import { concat, fromHex, hex, utf8 } from '../../../lib/wire/index.js';

describe('blocks', () => {
  it('are those of the draft', () => {
    expect(hex(sectionHeader('x'))).toBe(
      hex(
        fromHex(`0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff
                 0400 0100 78000000 00000000 28000000`),
      ),
    );
    const ppp = interfaceDescription({ linkType: linkType.ppp, name: 'ppp0', description: 'a' });
    expect(hex(ppp)).toBe(
      hex(
        fromHex(`01000000 30000000 0900 0000 00000000
                 0200 0400 70707030 0300 0100 61000000 0900 0100 06000000 00000000 30000000`),
      ),
    );
    const time = 0x0006_0000_1234_5678 / 1000;
    expect(
      hex(enhancedPacket({ interface: 1, time, direction: 'sent', octets: utf8('hello'), length: 9 })),
    ).toBe(
      hex(
        fromHex(`06000000 34000000 01000000 00000600 78563412 05000000 09000000 68656c6c6f000000
                 0200 0400 02000000 00000000 34000000`),
      ),
    );
    expect(hex(interfaceStatistics({ interface: 0, time, received: 3, dropped: 2 ** 33 + 1 }))).toBe(
      hex(
        fromHex(`05000000 34000000 00000000 00000600 78563412
                 0400 0800 0300000000000000 0500 0800 0100000002000000 00000000 34000000`),
      ),
    );
  });

  it('are cut from a stream wherever it breaks', () => {
    const packet = (length: number) =>
      enhancedPacket({ interface: 0, time: 1, direction: 'received', octets: new Uint8Array(length) });
    const file = concat(sectionHeader('x'), packet(1), packet(1500), packet(0));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (sizes) => {
        const splitter = new BlockSplitter();
        const parts: Uint8Array[] = [];
        for (let at = 0, index = 0; at < file.length; index++) {
          const size = sizes[index % sizes.length] ?? 1;
          parts.push(splitter.push(file.subarray(at, at + size)));
          const whole = concat(...parts);
          expect(whole).toEqual(file.subarray(0, whole.length));
          at += size;
        }
        expect(concat(...parts)).toEqual(file);
        expect(splitter.packets).toBe(3);
      }),
    );
  });

  it('are told from other octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        try {
          new BlockSplitter().push(octets);
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError);
        }
      }),
    );
    expect(() => new BlockSplitter().push(utf8('{"error":{}}'))).toThrow(BlockError);
  });
});

/** RFC 1071, another way round than the code under test. */
function sum(octets: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < octets.length; at++)
    total += at % 2 === 0 ? (octets[at] as number) * 256 : (octets[at] as number);
  return total % 0xffff;
}

describe('a UDP payload', () => {
  it.each([
    ['192.0.2.1', '198.51.100.9', 20],
    ['2001:db8::1', 'fe80::1%eth0', 40],
  ])('is wrapped in headers with right checksums, from %s to %s', (from, to, header) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 65_535 }), (payload, port) => {
        const packet = udpPacket({ address: from, port: 1701 }, { address: to, port }, payload);
        expect(packet.subarray(header + 8)).toEqual(payload);
        const view = new DataView(packet.buffer);
        expect([view.getUint16(header), view.getUint16(header + 2)]).toEqual([1701, port]);
        expect(view.getUint16(header + 4)).toBe(8 + payload.length);
        if (header === 20) {
          expect(view.getUint16(2)).toBe(packet.length);
          expect(sum(packet.subarray(0, 20))).toBe(0);
        }
        const addresses = packet.subarray(header === 20 ? 12 : 8, header);
        const length = 8 + payload.length;
        const udp = packet.subarray(header);
        expect(sum(concat(addresses, Uint8Array.of(0, 17, length >> 8, length), udp))).toBe(0);
      }),
    );
  });
});
