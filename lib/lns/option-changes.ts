import { isDeepStrictEqual } from 'node:util';
import type { CoaOptions, RadiusOptions } from '../nas/index.js';
import type { LnsOptions } from './options.js';

/** An option, or a part of one. */
type OptionName = keyof LnsOptions | `radius.${keyof RadiusOptions}` | `radius.coa.${keyof CoaOptions}`;

/** Options that a running server can change: what is decided anew for each tunnel, call, subscriber or request. */
const live: ReadonlySet<string> = new Set<OptionName>([
  'secret',
  'hideAvps',
  'receiveWindow',
  'helloInterval',
  'retransmit',
  'maxSessions',
  'sessionLimit',
  'maxTunnels',
  'maxHalfOpenTunnels',
  'maxSessionsPerTunnel',
  'callRate',
  'maxCallsInProgress',
  'maxStartingCalls',
  'shapeUpstream',
  'sequencing',
  'reorderTimeout',
  'ppp',
  'pools',
  'defaultPool',
  'users',
  'profiles',
  'authenticate',
  'authenticator',
  'radius.servers',
  'radius.accountingServers',
  'radius.timeout',
  'radius.retries',
  'radius.deadTime',
  'radius.statusServer',
  'radius.requireMessageAuthenticator',
  'radius.interimInterval',
  'radius.coa.clients',
  'radius.coa.requireEventTimestamp',
  'radius.coa.requireMessageAuthenticator',
  'radius.coa.window',
]);
/** Options of which some parts can change and others cannot. */
const mixed: ReadonlySet<string> = new Set<OptionName>(['radius', 'radius.coa']);

export interface OptionChanges {
  /** Names of options that differ and can change while the server runs; `radius.servers` is an option's part. */
  readonly live: readonly string[];
  /** Names of options that differ and need a restart. */
  readonly restart: readonly string[];
  /** The new options, but for those that need a restart, which stay. */
  readonly options: LnsOptions;
}

type Fields = Readonly<Record<string, unknown>>;

/** How `next` differs from what a server runs with. */
export function optionChanges(current: LnsOptions, next: LnsOptions): OptionChanges {
  const { fields, ...changes } = compare({ ...current }, { ...next }, '');
  return { ...changes, options: fields };
}

function compare(before: Fields, after: Fields, path: string) {
  const changes = { live: [] as string[], restart: [] as string[] };
  const fields: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const name = path + key;
    const [old, other] = [before[key], after[key]];
    let kept = other;
    if (mixed.has(name) && isFields(old) && isFields(other)) {
      const parts = compare(old, other, `${name}.`);
      changes.live.push(...parts.live);
      changes.restart.push(...parts.restart);
      kept = parts.fields;
    } else if (!isDeepStrictEqual(old, other)) {
      changes[live.has(name) ? 'live' : 'restart'].push(name);
      if (!live.has(name)) kept = old;
    }
    if (kept !== undefined) fields[key] = kept;
  }
  return { ...changes, fields };
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
