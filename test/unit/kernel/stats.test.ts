import { expect, test } from 'vitest';
import { InterfaceRows } from '../../../lib/kernel/stats.js';
import { interfaceColumn, interfaceRowLength } from '../../../lib/native/index.js';

function rows(...indices: number[]): InterfaceRows {
  const table = new Float64Array(indices.length * interfaceRowLength);
  indices.forEach((index, row) => {
    table[row * interfaceRowLength + interfaceColumn.index] = index;
    table[row * interfaceRowLength + interfaceColumn.rxBytes] = index * 100;
  });
  return new InterfaceRows({ numbers: new Float64Array(0), octets: new Uint8Array(table.buffer) });
}

test('finds each interface, in whatever order the kernel lists them', () => {
  const table = rows(70_000, 3, 512, 4, 1);
  for (const index of [1, 3, 4, 512, 70_000]) expect(table.get(index)?.rxBytes).toBe(index * 100);
  for (const absent of [0, 2, 5, 513, 70_001]) expect(table.get(absent)).toBeUndefined();
});

test('gives back the counters that are known already, where they are still right', () => {
  const earlier = rows(3, 4).get(4);
  expect(rows(3, 4, 5).get(4, earlier)).toBe(earlier);
  expect(rows(3, 4, 5).get(3, earlier)).toMatchObject({ rxBytes: 300 });
  expect(rows(3).get(4, earlier)).toBeUndefined();
});

test('knows nothing of no interfaces', () => {
  expect(rows().get(1)).toBeUndefined();
  expect(new InterfaceRows({ numbers: new Float64Array(0), octets: undefined }).get(1)).toBeUndefined();
});
