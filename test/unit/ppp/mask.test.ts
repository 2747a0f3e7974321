import { describe, expect, it } from 'vitest';
import { describeFrame, maskFrame } from '../../../lib/ppp/index.js';
import { concat, fromHex, hex, text, utf8 } from '../../../lib/wire/index.js';
import { PppPair } from '../../support/ppp-pair.js';

const masked = (digits: string): string => hex(maskFrame(fromHex(digits)));

describe('a masked frame', () => {
  it.each([
    ['PAP', 'c023 0101 000c 0161 05 7365637265', 'c023 0101 000c 0161 05 0000000000'],
    ['PAP with address and control', 'ff03 c023 0101 0008 0161 0173', 'ff03 c023 0101 0008 0161 0100'],
    ['PAP whose lengths lie', 'c023 0101 0009 ff 61 62 63', 'c023 0101 0009 00 00 00 00'],
    ['CHAP Response', 'c223 0201 000a 03 aabbcc 6162', 'c223 0201 000a 03 000000 6162'],
    ['CHAP Response whose length lies', 'c223 0201 0008 10 aabbcc', 'c223 0201 0008 00 000000'],
    ['CHAP Change-Password', 'c223 0701 0006 aabb', 'c223 0701 0006 0000'],
    ['EAP Response by MD5', 'c227 0201 000a 04 02 aabb 6162', 'c227 0201 000a 04 02 0000 6162'],
    ['EAP Response by MD5 whose length lies', 'c227 0201 0008 04 20 aabb', 'c227 0201 0008 04 00 0000'],
    ['EAP token', 'c227 0201 0007 06 3132', 'c227 0201 0007 06 0000'],
  ])('has zeros for the secret of %s', (_, frame, expected) => {
    expect(masked(frame)).toBe(hex(fromHex(expected)));
  });

  it.each([
    'c021 0101 000a 0506 01020304',
    'c023 0201 0005 00',
    'c223 0101 000a 03 aabbcc 6162',
    'c223 0301 0008 533d3132',
    'c227 0201 0008 01 616263',
    'c227 0101 0008 04 aabbcc',
    '0021 4500',
    'ff',
    '',
  ])('is the frame itself where it has no secret: %s', (frame) => {
    const octets = fromHex(frame);
    expect(maskFrame(octets)).toBe(octets);
  });

  it.each(['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'] as const)(
    'of a conversation by %s reads as before, and has no password',
    (method) => {
      const options = { authMethods: [method] } as const;
      const pair = new PppPair({ server: options, client: options }).start();
      pair.run(5_000, () => pair.open);
      const frames = pair.ends.flatMap(({ sentFrames }) => sentFrames);
      const copies = frames.map(maskFrame);
      expect(copies.map((frame) => describeFrame(frame))).toEqual(
        frames.map((frame) => describeFrame(frame)),
      );
      expect(copies.some((copy, index) => copy !== frames[index])).toBe(true);
      expect(text(concat(...copies))).not.toContain('wonder');
    },
  );
});

it('leaves the frame that it is given alone', () => {
  const frame = concat(fromHex('c023 0101 000c 0161 05'), utf8('secre'));
  maskFrame(frame);
  expect(text(frame)).toContain('secre');
});
