import { expect, test } from 'vitest';
import { InterfaceRows } from '../../../lib/kernel/stats.js';
import { interfaceColumn, interfaceRowLength } from '../../../lib/native/index.js';

/** As the addon does: fills what there is room for, and says how many there are. */
const write =
  (indices: readonly number[], octetsEach = 100) =>
  (rows: Float64Array): Promise<number> => {
    for (const [row, index] of indices.entries()) {
      if ((row + 1) * interfaceRowLength > rows.length) break;
      rows[row * interfaceRowLength + interfaceColumn.index] = index;
      rows[row * interfaceRowLength + interfaceColumn.rxBytes] = index * octetsEach;
    }
    return Promise.resolve(indices.length);
  };

async function table(...indices: number[]): Promise<InterfaceRows> {
  const rows = new InterfaceRows();
  await rows.read(write(indices));
  return rows;
}

test('finds each interface, in whatever order the kernel lists them', async () => {
  const rows = await table(70_000, 3, 512, 4, 1);
  for (const index of [1, 3, 4, 512, 70_000]) expect(rows.get(index)?.rxBytes).toBe(index * 100);
  for (const absent of [0, 2, 5, 513, 70_001]) expect(rows.get(absent)).toBeUndefined();
});

test('makes room for as many as there are, and forgets those that are gone', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => index + 1);
  const rows = await table(...many);
  expect(rows.get(10_000)?.rxBytes).toBe(1_000_000);
  await rows.read(write([5, 3]));
  expect(rows.get(3)?.rxBytes).toBe(300);
  expect(rows.get(4)).toBeUndefined();
  expect(rows.get(10_000)).toBeUndefined();
});

test('gives back the counters that are known already, where they are still right', async () => {
  const rows = await table(3, 4);
  const earlier = rows.get(4);
  await rows.read(write([3, 4, 5]));
  expect(rows.get(4, earlier)).toBe(earlier);
  expect(rows.get(3, earlier)).toMatchObject({ rxBytes: 300 });
  await rows.read(write([3, 4], 101));
  expect(rows.get(4, earlier)).toMatchObject({ rxBytes: 404 });
  await rows.read(write([3]));
  expect(rows.get(4, earlier)).toBeUndefined();
});

test('knows nothing of no interfaces', async () => {
  expect(new InterfaceRows().get(1)).toBeUndefined();
  expect((await table()).get(1)).toBeUndefined();
});
