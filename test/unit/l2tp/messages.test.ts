import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  avps,
  AvpValueError,
  decodeHeader,
  decodeMessage,
  encodeMessage,
  messageTypes,
} from '../../../lib/l2tp/index.js';
import type { AvpDefinition, ControlMessage, MessageName } from '../../../lib/l2tp/index.js';
import { fromHex, hex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { expectGolden, expectRoundTrip } from '../../support/round-trip.js';
import type { RoundTripCodec } from '../../support/round-trip.js';

const secret = utf8('tunnel-secret');

/** Messages with tunnel 0x1234, session 0x5678. */
function codec(hiding: boolean, seed = 1): RoundTripCodec<ControlMessage> {
  return {
    encode: (message) =>
      encodeMessage(message, 0x1234, 0x5678, hiding ? { secret, random: seededRandom(seed) } : undefined),
    decode: (bytes) => {
      const header = decodeHeader(bytes);
      if (typeof header === 'string' || header.kind !== 'control') throw new Error('no control header');
      expect(header).toMatchObject({ tunnelId: 0x1234, sessionId: 0x5678, end: bytes.length });
      const message = decodeMessage(bytes, header.bodyStart, header.end, secret);
      if (message.type === 'faulty' || message.type === 'unknown') throw new Error(JSON.stringify(message));
      return message;
    },
  };
}

const octets = (max: number, min = 0): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const message = fc.option(fc.string({ minLength: 1, maxLength: 60 }), { nil: undefined });
const counts = [
  'crcErrors',
  'framingErrors',
  'hardwareOverruns',
  'bufferOverruns',
  'timeoutErrors',
  'alignmentErrors',
];

/** Any value of an AVP that the table allows. */
function valueOf(definition: AvpDefinition): fc.Arbitrary<unknown> {
  switch (definition.format) {
    case 'u16':
      return definition.nonZero === true ? fc.integer({ min: 1, max: 0xffff }) : u16;
    case 'u32':
      return u32;
    case 'octets':
      return octets(definition.max ?? 100, definition.min ?? 0);
    case 'text':
      return fc.string({ minLength: definition.min ?? 0, maxLength: 20, unit: 'grapheme' });
    case 'empty':
      return fc.constant(true);
    case 'version':
      return fc.record({ version: fc.nat(255), revision: fc.nat(255) });
    case 'result':
      return fc.oneof(
        fc.record({ resultCode: u16 }),
        fc.record({ resultCode: u16, errorCode: u16, message }),
      );
    case 'q931':
      return fc.record({ cause: u16, causeMessage: fc.nat(255), advisory: message });
    case 'identifier':
      return fc.nat(255);
    case 'callErrors':
      return fc.record(Object.fromEntries(counts.map((name) => [name, u32])));
    case 'accm':
      return fc.record({ send: u32, receive: u32 });
    case 'disconnectCause':
      return fc.record({ code: u16, controlProtocol: u16, direction: fc.nat(255), message });
    case 'rate':
      return fc.maxSafeNat();
    case 'encapsulation':
      return fc.record({
        dataLink: fc.nat(255),
        encapsulation1: fc.nat(255),
        encapsulation2: fc.nat(255),
      });
  }
}

/** Any message of a type: what must be there, and any choice of what may. */
function anyMessage(type: MessageName): fc.Arbitrary<ControlMessage> {
  const model: Record<string, fc.Arbitrary<unknown>> = { type: fc.constant(type) };
  const required = ['type'];
  for (const [field, definition] of Object.entries(avps as Record<string, AvpDefinition>)) {
    const rule = definition.in[type];
    if (rule === undefined) continue;
    model[field] = valueOf(definition);
    if (rule === 'must') required.push(field);
  }
  return fc.record(model, { requiredKeys: required }) as unknown as fc.Arbitrary<ControlMessage>;
}

describe('control messages', () => {
  it('SCCRQ as it is on the wire', () => {
    const hexadecimal = `
      c802 0069 1234 5678 0000 0000
      8008 0000 0000 0001
      8008 0000 0002 0100
      800a 0000 0003 00000003
      800a 0000 0004 00000000
      0008 0000 0006 0690
      800c 0000 0007 6c61632e6578
      000b 0000 0008 61636d6521
      8008 0000 0009 c0de
      8008 0000 000a 0010
      800a 0000 000b 01020304`;
    expectGolden(codec(false), hexadecimal, {
      type: 'SCCRQ',
      protocolVersion: { version: 1, revision: 0 },
      framingCapabilities: 3,
      bearerCapabilities: 0,
      firmwareRevision: 0x0690,
      hostName: 'lac.ex',
      vendorName: 'acme!',
      assignedTunnelId: 0xc0de,
      receiveWindowSize: 16,
      challenge: fromHex('01020304'),
    });
  });

  it('CDN with result, Q.931 cause and PPP disconnect cause as it is on the wire', () => {
    const hexadecimal = `
      c802 0046 1234 5678 0000 0000
      8008 0000 0000 000e
      800f 0000 0001 0002 0006 6f6f7073 21
      800c 0000 000c 0010 45 627965
      8008 0000 000e beef
      000f 0000 002e 0010 c223 02 62616421`;
    expectGolden(codec(false), hexadecimal, {
      type: 'CDN',
      result: { resultCode: 2, errorCode: 6, message: 'oops!' },
      q931Cause: { cause: 16, causeMessage: 0x45, advisory: 'bye' },
      assignedSessionId: 0xbeef,
      disconnectCause: { code: 16, controlProtocol: 0xc223, direction: 2, message: 'bad!' },
    });
  });

  it('WEN and SLI as they are on the wire', () => {
    expectGolden(
      codec(false),
      `c802 0034 1234 5678 0000 0000 8008 0000 0000 000f
       8020 0000 0022 0000 00000001 00000002 00000003 00000004 00000005 00000006`,
      {
        type: 'WEN',
        callErrors: {
          crcErrors: 1,
          framingErrors: 2,
          hardwareOverruns: 3,
          bufferOverruns: 4,
          timeoutErrors: 5,
          alignmentErrors: 6,
        },
      },
    );
    expectGolden(
      codec(false),
      `c802 0024 1234 5678 0000 0000 8008 0000 0000 0010 8010 0000 0023 0000 ffffffff 000a0000`,
      { type: 'SLI', accm: { send: 0xffffffff, receive: 0x000a0000 } },
    );
  });

  it('HELLO is nothing but its type', () => {
    expectGolden(codec(false), 'c802 0014 1234 5678 0000 0000 8008 0000 0000 0006', { type: 'HELLO' });
  });

  it('ICCN with Sequencing Required, which has no value', () => {
    expectGolden(
      codec(false),
      `c802 002e 1234 5678 0000 0000 8008 0000 0000 000c
       800a 0000 0013 00000001 800a 0000 0018 05f5e100 8006 0000 0027`,
      { type: 'ICCN', framingType: 1, txConnectSpeed: 100_000_000, sequencingRequired: true },
    );
  });

  describe.each(Object.keys(messageTypes) as MessageName[])('%s', (type) => {
    it('goes there and back with any values', () => {
      fc.assert(fc.property(anyMessage(type), (value) => void expectRoundTrip(codec(false), value)));
    });

    it('goes there and back hidden', () => {
      fc.assert(
        fc.property(anyMessage(type), fc.nat(), (value, seed) => {
          const { encode, decode } = codec(true, seed);
          const decoded = decode(encode(value));
          expectRoundTrip({ encode: () => encode(decoded), decode }, value);
        }),
        { numRuns: 30 },
      );
    });
  });

  it('hides what may be hidden, after a Random Vector, with the M bit as without', () => {
    const number = '+4930123456';
    const encoded = codec(true).encode({
      type: 'ICRQ',
      assignedSessionId: 7,
      callSerialNumber: 8,
      callingNumber: number,
    });
    expect(Buffer.from(encoded).includes(number)).toBe(false);
    const types: [number, number][] = [];
    for (let at = 12; at < encoded.length; ) {
      const flags = encoded[at] as number;
      types.push([((encoded[at + 4] as number) << 8) | (encoded[at + 5] as number), flags & 0xfc]);
      at += ((flags & 3) << 8) | (encoded[at + 1] as number);
    }
    expect(types).toEqual([
      [0, 0x80],
      [14, 0x80],
      [36, 0x80],
      [15, 0xc0],
      [22, 0xc0],
    ]);
  });

  it('conceals the length of hidden values', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      lengths.add(
        codec(true, seed).encode({
          type: 'ICRQ',
          assignedSessionId: 7,
          callSerialNumber: 8,
          callingNumber: '1',
        }).length,
      );
    }
    expect(lengths.size).toBeGreaterThan(8);
  });

  it('does not encode what an AVP cannot hold', () => {
    const icrq = { type: 'ICRQ', assignedSessionId: 7, callSerialNumber: 8 } as const;
    expect(() => codec(false).encode({ ...icrq, callingNumber: '1'.repeat(1018) })).toThrow(AvpValueError);
    expect(() => codec(true).encode({ ...icrq, callingNumber: '1'.repeat(1016) })).toThrow(AvpValueError);
    expect(() => codec(false).encode({ type: 'SCCCN', challengeResponse: new Uint8Array(15) })).toThrow(
      AvpValueError,
    );
    expectRoundTrip(codec(false), { ...icrq, callingNumber: '1'.repeat(1017) });
    expectRoundTrip(codec(false), { ...icrq, callingNumber: '' });
  });

  it('cuts long texts for people between characters', () => {
    const encoded = codec(false).encode({
      type: 'StopCCN',
      assignedTunnelId: 1,
      result: { resultCode: 2, errorCode: 6, message: `x${'ä'.repeat(300)}` },
    });
    const decoded = codec(false).decode(encoded);
    if (decoded.type !== 'StopCCN') throw new Error('not a StopCCN');
    expect(decoded.result.message).toBe(`x${'ä'.repeat(99)}`);
  });

  it('copies what it keeps', () => {
    const challenge = fromHex('0102030405');
    const datagram = codec(false).encode({
      type: 'SCCRP',
      protocolVersion: { version: 1, revision: 0 },
      framingCapabilities: 1,
      hostName: 'h',
      assignedTunnelId: 1,
      challenge,
    });
    const decoded = decodeMessage(datagram, 12, datagram.length);
    datagram.fill(0xee);
    if (decoded.type !== 'SCCRP') throw new Error('not an SCCRP');
    expect(hex(decoded.challenge ?? new Uint8Array())).toBe('0102030405');
  });
});
