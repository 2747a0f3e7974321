import type { LnsHealth } from './lns-health.js';

/** What the choice of an LNS depends on. */
export interface Candidate {
  /** The lowest comes first. */
  readonly priority: number;
  readonly weight: number;
  /** Sessions that it has, those that are being set up included. */
  readonly sessions: number;
  /** Another session fits. */
  readonly hasRoom: boolean;
  readonly health: LnsHealth;
}

/**
 * The LNS for the next call: of the lowest priority that has any, the one with the fewest sessions for its weight.
 * When all are set aside, the one whose time is over first is tried all the same.
 * @param tried those that the call has been to
 */
export function selectLns<C extends Candidate>(
  candidates: readonly C[],
  tried: ReadonlySet<C>,
  now: number,
): C | undefined {
  const open = candidates.filter((one) => one.hasRoom && !tried.has(one));
  return (
    best(
      open.filter(({ health }) => health.isAvailable(now)),
      (one) => [one.priority, (one.sessions + 1) / one.weight],
    ) ?? best(open, ({ health }) => [health.aside?.until ?? 0, 0])
  );
}

/** The first of those with the lowest key. */
function best<C>(candidates: readonly C[], keyOf: (one: C) => readonly [number, number]): C | undefined {
  let found: C | undefined;
  let lowest: readonly [number, number] = [Infinity, Infinity];
  for (const one of candidates) {
    const key = keyOf(one);
    if (key[0] < lowest[0] || (key[0] === lowest[0] && key[1] < lowest[1])) [found, lowest] = [one, key];
  }
  return found;
}
