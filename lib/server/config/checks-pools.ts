import { checkPoolName, type Findings } from './findings.js';
import { type ConfigPath, formatPath, quote } from './problem.js';
import { type AddressRange, formatAddress, parseRange, sizeOf, subtract } from './ranges.js';
import type { Config } from './schema.js';

type Pools = NonNullable<Config['pools']>;

/** One pool in its long form. */
export interface PoolText {
  readonly ranges: readonly { readonly text: string; readonly path: ConfigPath }[];
  readonly exclude: readonly { readonly text: string; readonly path: ConfigPath }[];
}

/** The long form of a pool, with the place of each of its texts. */
export function poolText(pool: Pools[string], path: ConfigPath): PoolText {
  const texts = (value: string | readonly string[] | undefined, at: ConfigPath) =>
    typeof value === 'string'
      ? [{ text: value, path: at }]
      : (value ?? []).map((text, index) => ({ text, path: [...at, index] }));
  if (typeof pool === 'string' || Array.isArray(pool)) return { ranges: texts(pool, path), exclude: [] };
  return {
    ranges: texts(pool.ranges, [...path, 'ranges']),
    exclude: texts(pool.exclude, [...path, 'exclude']),
  };
}

/** The LNS's own addresses: never a subscriber's. */
export function localAddresses(config: Config): string[] {
  const owners = [config, ...Object.values(config.users ?? {}), ...(config.profiles ?? [])];
  const addresses = owners.map((owner) => owner.ppp?.['local-address']);
  return [...new Set(addresses.filter((address) => address !== undefined))];
}

interface Placed extends AddressRange {
  readonly path: ConfigPath;
  readonly pool: string;
}

export function checkPools(config: Config, findings: Findings): void {
  const all: Placed[] = [];
  for (const [name, pool] of Object.entries(config.pools ?? {})) {
    const { ranges, exclude } = poolText(pool, ['pools', name]);
    const parsed = ranges.flatMap(({ text, path }) => readRange(text, path, findings));
    const excluded = exclude.flatMap(({ text, path }) => readRange(text, path, findings));
    const own = localAddresses(config).flatMap((address) => parseRange(address) ?? []);
    if (parsed.length === ranges.length && sizeOf(subtract(parsed, [...excluded, ...own])) === 0) {
      findings.problem(
        ['pools', name],
        'no address is left in this pool; exclude fewer, or add a range',
        'key',
      );
    }
    all.push(...parsed.map((range) => ({ ...range, pool: name })));
  }
  checkOverlap(all, findings);
  checkPoolName(config, config['default-pool'], ['default-pool'], findings);
}

function readRange(
  text: string,
  path: ConfigPath,
  findings: Findings,
): (AddressRange & { readonly path: ConfigPath })[] {
  const range = parseRange(text);
  if (typeof range === 'object') return [{ ...range, path }];
  const advice = range ?? 'write a network (10.65.0.0/18), a range (10.65.0.10-10.65.0.99) or an address';
  findings.problem(path, `${quote(text)} is not right; ${advice}`);
  return [];
}

function checkOverlap(ranges: readonly Placed[], findings: Findings): void {
  let before: Placed | undefined;
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    if (before !== undefined && range.first <= before.last) {
      const [later, earlier] =
        ranges.indexOf(range) > ranges.indexOf(before) ? [range, before] : [before, range];
      const address = formatAddress(range.first);
      findings.problem(
        later.path,
        `${address} is also in ${formatPath(earlier.path)}; an address belongs to one pool, once`,
      );
    }
    if (before === undefined || range.last > before.last) before = range;
  }
}
