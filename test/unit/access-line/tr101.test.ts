import { describe, expect, it } from 'vitest';
import { type AccessLine, decodeTr101, encodeTr101 } from '../../../lib/access-line/index.js';
import { fromHex, Reader, Writer } from '../../../lib/wire/index.js';
import { expectGolden, expectRoundTrip } from '../../support/round-trip.js';

const codec = {
  encode: (line: AccessLine) => {
    const writer = new Writer();
    encodeTr101(writer, line);
    return writer.finish();
  },
  decode: (bytes: Uint8Array) => decodeTr101(new Reader(bytes)),
};

describe("TR-101's sub-options", () => {
  it('as they are on the wire: rates are in kbit/s', () => {
    expectGolden(
      codec,
      `01 0c 6e6f646531206174 6d203330
       02 05 64736c3432
       81 04 00000400
       82 04 00004000
       8c 04 00000008
       90 03 010200`,
      {
        agentCircuitId: 'node1 atm 30',
        agentRemoteId: 'dsl42',
        actualRateUp: 1_024_000,
        actualRateDown: 16_384_000,
        actualDelayUp: 8,
        encapsulation: { dataLink: 1, encapsulation1: 2, encapsulation2: 0 },
      },
    );
  });

  it('go round with every field', () => {
    expectRoundTrip(codec, {
      agentCircuitId: 'Zürich',
      minimumRateUp: 64_000,
      attainableRateDown: 4_294_967_295_000,
      maximumRateUp: 0,
      minimumLowPowerRateDown: 1000,
      maximumDelayDown: 20,
    });
  });

  it.each([
    ['of another length', '8103000400'],
    ['that reach beyond the tag', '0110 6162'],
    ['that nobody knows', '7f0401020304'],
    ['of an empty or too long text', `0100 02 40 ${'41'.repeat(64)}`],
    ['cut in their header', '81'],
  ])('are read over: those %s', (_, octets) => {
    expect(codec.decode(fromHex(octets))).toEqual({});
  });

  it('count once: the first of a kind', () => {
    expect(codec.decode(fromHex('020161 020162'))).toEqual({ agentRemoteId: 'a' });
  });
});
