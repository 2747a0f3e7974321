import { type Ipv4Range, parseRange, PoolError, poolRanges } from '../../pools/index.js';
import { formatIpv4, parseIpv4 } from '../../wire/index.js';
import { checkPoolName, type Findings } from './findings.js';
import { type ConfigPath, formatPath } from './problem.js';
import type { Config } from './schema.js';

type Pools = NonNullable<Config['pools']>;

interface PlacedText {
  readonly text: string;
  readonly path: ConfigPath;
}

/** One pool in its long form, with the place of each of its texts. */
export interface PoolTexts {
  readonly ranges: readonly PlacedText[];
  readonly exclude: readonly PlacedText[];
}

export function poolTexts(pool: Pools[string], path: ConfigPath): PoolTexts {
  if (typeof pool === 'string' || Array.isArray(pool)) return { ranges: placed(pool, path), exclude: [] };
  return {
    ranges: placed(pool.ranges, [...path, 'ranges']),
    exclude: placed(pool.exclude ?? [], [...path, 'exclude']),
  };
}

const placed = (value: string | readonly string[], path: ConfigPath): PlacedText[] =>
  typeof value === 'string'
    ? [{ text: value, path }]
    : value.map((text, index) => ({ text, path: [...path, index] }));

/** The LNS's own addresses: never a subscriber's. */
export function localAddresses(config: Config): string[] {
  const owners = [config, ...Object.values(config.users ?? {}), ...(config.profiles ?? [])];
  const addresses = owners.map((owner) => owner.ppp?.['local-address']);
  return [...new Set(addresses.filter((address) => address !== undefined))];
}

/** What a pool gives out, in parts, and where in the configuration each of its texts is. */
interface CheckedPool {
  readonly name: string;
  readonly texts: readonly (Ipv4Range & PlacedText)[];
  readonly left: readonly Ipv4Range[];
}

export function checkPools(config: Config, findings: Findings): void {
  const own = [
    ...localAddresses(config),
    ...Object.values(config.users ?? {}).flatMap(({ address }) => address ?? []),
  ].flatMap((address) => parseIpv4(address) ?? []);
  const pools = Object.entries(config.pools ?? {}).flatMap(
    ([name, pool]) => checkPool(name, pool, own, findings) ?? [],
  );
  checkOverlap(pools, findings);
  checkPoolName(config, config['default-pool'], ['default-pool'], findings);
}

function checkPool(
  name: string,
  pool: Pools[string],
  setAside: readonly number[],
  findings: Findings,
): CheckedPool | undefined {
  const { ranges, exclude } = poolTexts(pool, ['pools', name]);
  const texts = ranges.flatMap((range) => readRange(range, findings) ?? []);
  const holes = exclude.flatMap((range) => readRange(range, findings) ?? []);
  if (texts.length < ranges.length || holes.length < exclude.length) return undefined;
  const definition = {
    name,
    ranges: ranges.map(({ text }) => text),
    exclude: exclude.map(({ text }) => text),
  };
  try {
    return { name, texts, left: poolRanges(definition, setAside) };
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    findings.problem(['pools', name], error.message, 'key');
    return undefined;
  }
}

function readRange(range: PlacedText, findings: Findings): (Ipv4Range & PlacedText) | undefined {
  try {
    return { ...range, ...parseRange(range.text) };
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    findings.problem(range.path, error.message);
    return undefined;
  }
}

/** An address in two pools is reported at the later one. */
function checkOverlap(pools: readonly CheckedPool[], findings: Findings): void {
  const all = pools
    .flatMap((pool, order) => pool.left.map(({ first, last }) => ({ first, last, pool, order })))
    .toSorted((a, b) => a.first - b.first);
  let before = all[0];
  for (const range of all.slice(1)) {
    if (before !== undefined && range.first <= before.last) {
      const [earlier, later] = before.order < range.order ? [before, range] : [range, before];
      const where = (pool: CheckedPool): ConfigPath =>
        pool.texts.find(({ first, last }) => first <= range.first && range.first <= last)?.path ?? [
          'pools',
          pool.name,
        ];
      findings.problem(
        where(later.pool),
        `${formatIpv4(range.first)} is also in ${formatPath(where(earlier.pool))}; an address belongs to one pool`,
      );
    }
    if (before === undefined || range.last > before.last) before = range;
  }
}
