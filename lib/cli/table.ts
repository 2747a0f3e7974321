import { printable } from '../server/remote.js';

/** One column of a table over rows of type `T`. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number | undefined;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  /** Left out when no row has a value. */
  readonly optional?: boolean;
}

/** Characters, not code units; what peers chose cannot control the terminal. */
const widthOf = (text: string): number => [...text].length;

/** Aligned columns with a title line; two spaces between, none at the end. */
export function formatTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = columns.map(({ value }) => rows.map((row) => printable(String(value(row) ?? ''))));
  const shown = columns.flatMap((column, index) => {
    const texts = cells[index] ?? [];
    if (column.optional === true && texts.every((text) => text === '')) return [];
    const all = [column.title, ...texts.map((text) => (text === '' ? '-' : text))];
    // Not spread into Math.max: there may be more sessions than a call takes arguments.
    const width = all.reduce((most, text) => Math.max(most, widthOf(text)), 0);
    return [{ all, width, right: column.right === true }];
  });
  const lines = Array.from({ length: rows.length + 1 }, (_, line) =>
    shown
      .map(({ all, width, right }) => {
        const text = all[line] ?? '';
        const padding = ' '.repeat(width - widthOf(text));
        return right ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** The same in lines of at most `width` characters: the last columns go first, and what is still too long is cut. */
export function fitTable<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string {
  for (let count = columns.length; ; count--) {
    const table = formatTable(columns.slice(0, count), rows);
    const lines = table.trimEnd().split('\n');
    if (lines.every((line) => widthOf(line) <= width)) return table;
    if (count === 1) return `${lines.map((line) => truncate(line, width)).join('\n')}\n`;
  }
}

/** What fits of a line; a mark shows that there was more. */
export function truncate(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  return `${[...line].slice(0, Math.max(0, width - 1)).join('')}…`;
}
