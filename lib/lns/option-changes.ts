import { isDeepStrictEqual } from 'node:util';
import type { LnsOptions } from './options.js';

/** Options that a running server can change: what is decided anew for each tunnel, call or subscriber. */
const live: ReadonlySet<string> = new Set<keyof LnsOptions>([
  'secret',
  'hideAvps',
  'receiveWindow',
  'helloInterval',
  'retransmit',
  'maxSessions',
  'maxSessionsPerTunnel',
  'callRate',
  'maxCallsInProgress',
  'sequencing',
  'reorderTimeout',
  'ppp',
  'pools',
  'defaultPool',
  'users',
  'profiles',
  'authenticate',
  'authenticator',
]);

export interface OptionChanges {
  /** Names of options that differ and can change while the server runs. */
  readonly live: readonly string[];
  /** Names of options that differ and need a restart. */
  readonly restart: readonly string[];
  /** The new options, but for those that need a restart, which stay. */
  readonly options: LnsOptions;
}

/** How `next` differs from what a server runs with. */
export function optionChanges(current: LnsOptions, next: LnsOptions): OptionChanges {
  const before: Readonly<Record<string, unknown>> = { ...current };
  const after: Readonly<Record<string, unknown>> = { ...next };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const restart = changed.filter((name) => !live.has(name));
  const kept = Object.fromEntries(
    Object.entries({ ...after, ...Object.fromEntries(restart.map((name) => [name, before[name]])) }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return { live: changed.filter((name) => live.has(name)), restart, options: kept };
}
