import { describe, expect, it } from 'vitest';
import { FrameViews } from '../../../lib/io/frame-views.js';

const memory = Uint8Array.from({ length: 512 }, (_, at) => at).subarray(8);

describe('views of frames', () => {
  it('are the octets that are there', () => {
    const views = new FrameViews(memory);
    for (const [row, offset, length] of [
      [0, 0, 10],
      [1, 10, 300],
      [600, 320, 4],
    ] as const) {
      expect(views.at(row, offset, length)).toEqual(memory.subarray(offset, offset + length));
    }
  });

  it('serve again for frames of one length in one place, and for no others', () => {
    const views = new FrameViews(memory);
    const first = views.at(3, 30, 10);
    expect(views.at(3, 30, 10)).toBe(first);
    expect(views.at(3, 31, 10)).toEqual(memory.subarray(31, 41));
    expect(views.at(3, 31, 12)).toEqual(memory.subarray(31, 43));
    expect(first).toEqual(memory.subarray(30, 40));
  });
});
