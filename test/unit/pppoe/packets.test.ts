import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFrame,
  decodeTags,
  encodeFrame,
  encodeTags,
  formatMac,
  macOctets,
  type PppoeFrame,
  type Tags,
} from '../../../lib/pppoe/index.js';
import { fromHex, hex } from '../../../lib/wire/index.js';
import { expectRoundTrip } from '../../support/round-trip.js';

const frames = {
  encode: encodeFrame,
  decode: (bytes: Uint8Array): PppoeFrame => {
    const frame = decodeFrame(bytes);
    if (frame === undefined) throw new Error('not taken');
    return frame;
  },
};
const tags = {
  encode: encodeTags,
  decode: (bytes: Uint8Array): Tags => {
    const decoded = decodeTags(bytes);
    if (decoded === undefined) throw new Error('not taken');
    return decoded;
  },
};

describe('frames', () => {
  // RFC 2516 appendix B: a PADI, and a PADO with a longer list of services.
  const padi = 'ffffffffffff 00500a000102 8863 11 09 0000 0004 0101 0000'.replaceAll(' ', '');

  it('are as in RFC 2516 appendix B', () => {
    const octets = fromHex(padi.padEnd(120, '0'));
    const frame = frames.decode(octets);
    expect(frame).toMatchObject({ kind: 'PADI', sessionId: 0, source: 0x00500a000102 });
    expect(decodeTags(frame.payload)).toEqual({ serviceNames: [''] });
    expect(hex(encodeFrame(frame))).toBe(hex(octets));
  });

  it('carry LCP in the session stage as in RFC 2516 appendix B', () => {
    const octets = fromHex('00500a000102 004095000001 8864 11 00 0001 0005 c021 010203');
    expect(frames.decode(octets)).toMatchObject({
      kind: 'session',
      sessionId: 1,
      payload: fromHex('c021010203'),
    });
  });

  it('go round', () => {
    const mac = fc.integer({ min: 0, max: 0xffff_ffff_ffff });
    fc.assert(
      fc.property(
        fc.record({
          destination: mac,
          source: mac,
          kind: fc.constantFrom('PADI', 'PADO', 'PADR', 'PADS', 'PADT', 'session'),
          sessionId: fc.nat(0xffff),
          payload: fc.uint8Array({ maxLength: 1494 }),
        }),
        (frame) => void expectRoundTrip(frames, frame as PppoeFrame),
      ),
    );
  });

  it.each([
    ['cut short', padi.slice(0, 38)],
    ['longer than what came', padi.replace('0004', '0005').slice(0, 48)],
    ['of another version', padi.replace('1109', '2109')],
    ['of another Ethernet type', padi.replace('8863', '0800')],
    ['of a code that nobody knows', padi.replace('1109', '1108')],
    ['of a session with a code', padi.replace('88631109', '88641109')],
  ])('are refused: those %s', (_, octets) => {
    expect(decodeFrame(fromHex(octets))).toBeUndefined();
  });
});

describe('tags', () => {
  it('go round', () => {
    const octets = (maxLength: number) => fc.option(fc.uint8Array({ maxLength }), { nil: undefined });
    const line = fc.record(
      {
        agentCircuitId: fc.string({ minLength: 1, maxLength: 15 }),
        actualRateUp: fc.nat(1e6).map((n) => n * 1000),
      },
      { requiredKeys: ['agentCircuitId'] },
    );
    fc.assert(
      fc.property(
        fc.record({
          serviceNames: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
          acName: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
          hostUniq: octets(30),
          acCookie: octets(30),
          relaySessionId: octets(12),
          maxPayload: fc.option(fc.nat(0xffff), { nil: undefined }),
          accessLine: fc.option(line, { nil: undefined }),
          genericError: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
        }),
        (value) => void expectRoundTrip(tags, value),
      ),
    );
  });

  it('end at End-Of-List, and unknown ones are read over', () => {
    expect(decodeTags(fromHex('0199 0002 0102 0101 0001 61 0000 0000 0102 0001 62'))).toEqual({
      serviceNames: ['a'],
    });
  });

  it("take no other vendor's tag for TR-101's", () => {
    expect(decodeTags(fromHex('0105 0007 00000009 020161 0105 0007 00000de9 020162'))).toMatchObject({
      accessLine: { agentRemoteId: 'b' },
    });
  });

  it.each([
    ['reaches beyond the packet', '0101 0005 61'],
    ['is cut in its header', '0101 00'],
    ['holds a PPP-Max-Payload of three octets', '0120 0003 0005dc'],
    ['holds a relay id of thirteen octets', `0110 000d ${'00'.repeat(13)}`],
  ])('are refused where one %s', (_, octets) => {
    expect(decodeTags(fromHex(octets))).toBeUndefined();
  });
});

it('MAC addresses as text and octets', () => {
  expect(formatMac(0x02005e00000a)).toBe('02:00:5e:00:00:0a');
  expect(hex(macOctets(0xfe0102030405))).toBe('fe0102030405');
});
