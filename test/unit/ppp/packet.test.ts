import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../lib/ppp/frame.js';
import {
  PppDecodeError,
  checkOptions,
  decodeOptions,
  decodePacket,
  encodeOptions,
  encodePacket,
} from '../../../lib/ppp/packet.js';
import { fromHex } from '../../../lib/wire/index.js';
import { fuzz } from '../../support/fuzz.js';
import { expectGolden, expectRoundTrip } from '../../support/round-trip.js';

interface Packet {
  code: number;
  identifier: number;
  data: Uint8Array;
}

const packetCodec = {
  encode: ({ code, identifier, data }: Packet) => encodePacket(0xc021, code, identifier, data).subarray(2),
  decode: (bytes: Uint8Array): Packet => ({ ...decodePacket(bytes) }),
};

interface Option {
  type: number;
  value: Uint8Array;
}

const optionsCodec = {
  encode: (options: Option[]) => encodeOptions(options),
  decode: (bytes: Uint8Array): Option[] => decodeOptions(bytes).map(({ type, value }) => ({ type, value })),
};

const octet = fc.nat({ max: 255 });

describe('control packets', () => {
  it('are code, identifier, length and data', () => {
    expectGolden(packetCodec, '01 2a 000a 0506 12345678', {
      code: 1,
      identifier: 0x2a,
      data: fromHex('0506 12345678'),
    });
    expectGolden(packetCodec, '06 00 0004', { code: 6, identifier: 0, data: new Uint8Array(0) });
  });

  it('survive a round trip', () => {
    fc.assert(
      fc.property(octet, octet, fc.uint8Array({ maxLength: 1500 }), (code, identifier, data) => {
        expectRoundTrip(packetCodec, { code, identifier, data }, data.length + 4);
      }),
    );
  });

  it('lose their padding', () => {
    expect(decodePacket(fromHex('09 01 0008 00000001 eeeeee')).data).toEqual(fromHex('00000001'));
  });

  it.each([
    ['nothing', ''],
    ['a short header', '010100'],
    ['a length below 4', '01010003'],
    ['a length of zero', '0101 0000 0506 01020304'],
    ['a length beyond the packet', '0101 0009 01020304'],
    ['the longest length', '0101 ffff 01020304'],
  ])('are refused with %s', (_what, octets) => {
    expect(() => decodePacket(fromHex(octets))).toThrow(PppDecodeError);
  });
});

describe('configuration options', () => {
  it('are type, length and value', () => {
    expectGolden(optionsCodec, '0104 05b4  0305 c22305  0702', [
      { type: 1, value: fromHex('05b4') },
      { type: 3, value: fromHex('c22305') },
      { type: 7, value: new Uint8Array(0) },
    ]);
    expectGolden(optionsCodec, '', []);
  });

  it('survive a round trip', () => {
    const option = fc.record({ type: octet, value: fc.uint8Array({ maxLength: 253 }) });
    fc.assert(
      fc.property(fc.array(option, { maxLength: 20 }), (options) => {
        expectRoundTrip(optionsCodec, options);
      }),
    );
  });

  it.each([
    ['a length of 0', '0500'],
    ['a length of 1', '0104 05b4 0501'],
    ['no length', '0104 05b4 05'],
    ['a value beyond the packet', '0104 05b4 0506 010203'],
    ['nothing but a wrong length', '05ff'],
  ])('are refused with %s', (_what, octets) => {
    expect(() => checkOptions(fromHex(octets))).toThrow(PppDecodeError);
  });
});

describe('frames', () => {
  it.each([
    ['address, control and two octets', 'ff03 c021 01', 0xc021],
    ['two octets', 'c021 01', 0xc021],
    ['one octet', '21 01', 0x21],
    ['address, control and one octet', 'ff03 21 01', 0x21],
    ['a leading zero octet', '0021 01', 0x21],
  ])('are read with %s', (_what, octets, protocol) => {
    expect(decodeFrame(fromHex(octets))).toEqual({ protocol, information: fromHex('01') });
  });

  it.each([
    ['nothing', ''],
    ['address and control alone', 'ff03'],
    ['half a protocol field', 'c0'],
    ['address, control and half a protocol field', 'ff03 80'],
    ['a protocol field without an end', 'c020 01'],
  ])('are refused with %s', (_what, octets) => {
    expect(() => decodeFrame(fromHex(octets))).toThrow(PppDecodeError);
  });
});

describe('decoders', () => {
  const corpus = [
    'ff03 c021 0101 000e 0104 05b4 0506 01020304',
    'c021 0202 000f 0305 c22381 0506 01020304',
    '8021 0101 0016 0306 00000000 8106 00000000 8306 00000000',
    '8057 0101 000e 010a 0200000000000001',
    '80fd 0101 000a 1206 01000060',
    '21 4500',
  ].map(fromHex);

  it('give a value or a typed error', () => {
    fuzz(
      corpus,
      (bytes) => {
        const { information } = decodeFrame(bytes);
        const { data } = decodePacket(information);
        expect(data.length).toBeLessThanOrEqual(information.length - 4);
        const options = decodeOptions(data);
        expect(options.reduce((length, { raw }) => length + raw.length, 0)).toBe(data.length);
      },
      { allow: (error) => error instanceof PppDecodeError },
    );
  }, 900_000);
});
