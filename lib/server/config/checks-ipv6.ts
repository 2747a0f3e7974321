import { PoolError, type PrefixPoolDefinition, PrefixPools } from '../../pools/index.js';
import type { Findings } from './findings.js';
import { type ConfigPath, quote } from './problem.js';
import type { Config } from './schema.js';

const defaultDelegatedLength = 56;

/** Pools of IPv6 must fit each other, and whoever names one must find it. */
export function checkIpv6(config: Config, findings: Findings): void {
  const { pools = {}, addresses = {}, delegated = {} } = config.ipv6 ?? {};
  const { length = defaultDelegatedLength, ...delegatedPools } = delegated;
  const all: PrefixPoolDefinition[] = [
    ...definitions(pools, 64),
    ...definitions(addresses, 128),
    ...definitions(delegatedPools, length),
  ];
  try {
    new PrefixPools(all);
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    findings.problem(['ipv6'], error.message, 'key');
  }
  const owners: [ConfigPath, NonNullable<Config['users']>[string]['ipv6']][] = [
    ...Object.entries(config.users ?? {}).map(([name, { ipv6 }]): [ConfigPath, typeof ipv6] => [
      ['users', name],
      ipv6,
    ]),
    ...(config.profiles ?? []).map(({ ipv6 }, index): [ConfigPath, typeof ipv6] => [
      ['profiles', index],
      ipv6,
    ]),
  ];
  for (const [path, ipv6 = {}] of owners) {
    checkNames(ipv6.pool, pools, [...path, 'ipv6', 'pool'], findings);
    checkNames(ipv6['address-pool'], addresses, [...path, 'ipv6', 'address-pool'], findings);
    checkNames(ipv6['delegated-pool'], delegatedPools, [...path, 'ipv6', 'delegated-pool'], findings);
  }
  const { 'preferred-lifetime': preferred = 3600, 'valid-lifetime': valid } = config.ipv6 ?? {};
  if (valid !== undefined && valid < preferred) {
    findings.problem(
      ['ipv6', 'valid-lifetime'],
      `valid-lifetime (${valid} s) must be at least preferred-lifetime (${preferred} s)`,
    );
  }
}

const definitions = (
  pools: Readonly<Record<string, string | readonly string[]>>,
  length: number,
): PrefixPoolDefinition[] =>
  Object.entries(pools).map(([name, networks]) => ({
    name,
    networks: typeof networks === 'string' ? [networks] : networks,
    length,
  }));

function checkNames(
  names: string | readonly string[] | undefined,
  pools: Readonly<Record<string, unknown>>,
  path: ConfigPath,
  findings: Findings,
): void {
  for (const name of typeof names === 'string' ? [names] : (names ?? [])) {
    if (Object.hasOwn(pools, name)) continue;
    const known = Object.keys(pools);
    const advice = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
    findings.problem(path, `there is no such IPv6 pool ${quote(name)}; ${advice}`);
  }
}
