import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ListAnswer } from './operation.js';

/** The event loop gets its turn after so many ms of work on a list. */
const slice = 3;
/** Entries between two looks at the clock. */
const stride = 32;

/** Gives the event loop its turn whenever {@link slice} is used up: thousands of sessions must wait for nobody. */
export class Pacer {
  #began = performance.now();
  #count = 0;

  /** To be asked once an entry: whether {@link rest} is due. */
  get due(): boolean {
    this.#count += 1;
    return this.#count % stride === 0 && performance.now() - this.#began > slice;
  }

  async rest(): Promise<void> {
    await nextTurn();
    this.#began = performance.now();
  }
}

export interface Page {
  readonly offset: number;
  /** All that follow, when absent. */
  readonly limit?: number | undefined;
}

/** Something with many entries that are made when asked for. */
export interface Source<T> {
  readonly size: number;
  at(index: number): T;
}

export interface Order<T> {
  readonly key: (entry: T) => string | number;
  readonly descending: boolean;
}

/** A page of `source`: entries that `filter` accepts, in `order`, and how many there are in all. */
export async function pageOf<T>(
  source: Source<T>,
  page: Page,
  filter?: (entry: T) => boolean,
  order?: Order<T>,
): Promise<Source<T> & { readonly total: number }> {
  const last = (total: number): number =>
    page.limit === undefined ? total : Math.min(total, page.offset + page.limit);
  if (filter === undefined && order === undefined) {
    const { size } = source;
    return {
      total: size,
      size: Math.max(0, last(size) - page.offset),
      at: (index) => source.at(page.offset + index),
    };
  }
  const pacer = new Pacer();
  const matching: T[] = [];
  for (let index = 0; index < source.size; index++) {
    const entry = source.at(index);
    if (filter === undefined || filter(entry)) matching.push(entry);
    if (pacer.due) await pacer.rest();
  }
  const total = matching.length;
  const chosen =
    order === undefined
      ? matching.slice(page.offset, last(total))
      : await sorted(matching, order, page.offset, last(total), pacer);
  return { total, size: chosen.length, at: (index) => chosen[index] as T };
}

/** Entries that are sorted in one go. */
const run = 2048;

/** The entries from `first` up to `end` of all in their order: runs are sorted, then merged as far as needed. */
async function sorted<T>(
  entries: readonly T[],
  { key, descending }: Order<T>,
  first: number,
  end: number,
  pacer: Pacer,
): Promise<T[]> {
  const sign = descending ? -1 : 1;
  const runs: {
    readonly entries: readonly { readonly key: string | number; readonly entry: T }[];
    at: number;
  }[] = [];
  for (let from = 0; from < entries.length; from += run) {
    const keyed = entries.slice(from, from + run).map((entry) => ({ key: key(entry), entry }));
    keyed.sort((a, b) => sign * compare(a.key, b.key));
    runs.push({ entries: keyed, at: 0 });
    await pacer.rest();
  }
  const chosen: T[] = [];
  for (let index = 0; index < end; index++) {
    let best = runs[0];
    for (const candidate of runs) {
      const head = candidate.entries[candidate.at];
      const leader = best?.entries[best.at];
      if (head !== undefined && (leader === undefined || sign * compare(head.key, leader.key) < 0))
        best = candidate;
    }
    const head = best?.entries[best.at];
    if (best === undefined || head === undefined) break;
    best.at += 1;
    if (index >= first) chosen.push(head.entry);
    if (pacer.due) await pacer.rest();
  }
  return chosen;
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** A page as the API answers it: `{ NAME: [...], total, offset, ... }`. */
export const listAnswer = (
  name: string,
  page: Source<unknown> & { readonly total: number },
  offset: number,
  rest: Readonly<Record<string, unknown>> = {},
): { readonly list: ListAnswer } => ({
  list: {
    name,
    size: page.size,
    at: (index) => page.at(index),
    rest: { total: page.total, offset, ...rest },
  },
});
