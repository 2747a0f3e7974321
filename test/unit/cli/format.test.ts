import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../../../lib/cli/format.js';
import { type Column, formatTable } from '../../../lib/cli/table.js';

describe('octets', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 KiB'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [102_348, '99.9 KiB'],
    [102_400, '100 KiB'],
    [1_022_976, '999 KiB'],
    [1_023_999, '1.0 MiB'],
    [1024 ** 3 * 2.5, '2.5 GiB'],
    [1024 ** 4 * 100, '100 TiB'],
    [2 ** 63, '8192 PiB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('time', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59_999, '59s'],
    [60_000, '1m00s'],
    [185_000, '3m05s'],
    [3_599_999, '59m59s'],
    [3_600_000, '1h00m'],
    [14_820_000, '4h07m'],
    [86_400_000, '1d00h'],
    [86_400_000 * 400 + 3_600_000 * 3, '400d03h'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('a table', () => {
  interface Row {
    readonly name: string | undefined;
    readonly count: number;
  }
  const columns: readonly Column<Row>[] = [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'COUNT', value: ({ count }) => count, right: true },
  ];

  it('is aligned, with a dash for what is not known', () => {
    const rows = [
      { name: 'a', count: 1 },
      { name: undefined, count: 12_345_678 },
      { name: 'grüße😀', count: 20 },
    ];
    expect(formatTable(columns, rows)).toBe(
      ['NAME       COUNT', 'a              1', '-       12345678', 'grüße😀        20', ''].join('\n'),
    );
  });

  it('has no blanks at the end, and only titles without rows', () => {
    expect(formatTable([...columns].reverse(), [{ name: 'a', count: 1 }])).toBe('COUNT  NAME\n    1  a\n');
    expect(formatTable(columns, [])).toBe('NAME  COUNT\n');
  });

  it('leaves out optional columns that are empty', () => {
    const optional = columns.map((column) => ({ ...column, optional: true }));
    expect(formatTable(optional, [{ name: undefined, count: 1 }])).toBe('COUNT\n    1\n');
  });

  it('does not let names control the terminal', () => {
    const text = formatTable(columns, [{ name: '\u001b[31mred\u0007\n\u202e', count: 1 }]);
    const shown = String.raw`\x1b[31mred\x07\x0a\u202e`;
    expect(text).toBe(`${'NAME'.padEnd(shown.length)}  COUNT\n${shown}      1\n`);
  });

  it('takes more rows than a call takes arguments', () => {
    const rows = Array.from({ length: 200_000 }, (_, count) => ({ name: 'n', count }));
    expect(formatTable(columns, rows).split('\n')).toHaveLength(200_002);
  });
});
