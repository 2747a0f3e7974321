import type { SubscriberRate } from '../../aaa/index.js';
import type { LnsIpv6Options, LnsOptions } from '../../lns/index.js';
import { camelize, type CamelKey } from './camel.js';
import { toRadius, toRadiusServers } from './convert-radius.js';
import { poolTexts } from './checks-pools.js';
import { parseRate } from './fields.js';
import type { Config } from './schema.js';
import type { SecretReader } from './secrets.js';

type User = NonNullable<Config['users']>[string];

/** Options of the daemon itself, not of the {@link LnsOptions}. */
type DaemonOption = 'control' | 'http' | 'lac' | 'log';

/** Fails to compile when the LNS has an option that a configuration cannot set. */
type Unreachable = Exclude<
  keyof LnsOptions,
  'authenticate' | 'authenticator' | 'pppoe' | CamelKey<Exclude<keyof Config, DaemonOption>>
>;
const everyOptionIsReachable: [Unreachable] extends [never] ? true : Unreachable = true;
void everyOptionIsReachable;

/** The LNS's options as the configuration says, with secrets fetched. */
export function toLnsOptions(config: Config, secrets: SecretReader): LnsOptions {
  const { secret, pools, ipv6, users, profiles, radius, ...plain } = withoutDaemonOptions(config);
  return {
    ...camelize(plain),
    ...(config.lac?.pppoe !== undefined && { pppoe: camelize(config.lac.pppoe) }),
    ...(ipv6 !== undefined && { ipv6: toIpv6(ipv6) }),
    ...(secret !== undefined && { secret: secrets.read(secret, ['secret']) }),
    ...(pools !== undefined && { pools: toPools(pools) }),
    ...(users !== undefined && { users: toUsers(users, secrets) }),
    ...(profiles !== undefined && { profiles: toProfiles(profiles, secrets) }),
    ...(radius !== undefined && { radius: toRadius(radius, secrets) }),
  };
}

function withoutDaemonOptions(config: Config): Omit<Config, DaemonOption> {
  const lns = { ...config };
  delete lns.control;
  delete lns.http;
  delete lns.lac;
  delete lns.log;
  return lns;
}

/** Long form. The LNS itself keeps its own and users' addresses out of pools. */
const toPools = (pools: NonNullable<Config['pools']>): NonNullable<LnsOptions['pools']> =>
  mapValues(pools, (pool, name) => {
    const { ranges, exclude } = poolTexts(pool, ['pools', name]);
    return { ranges: ranges.map(({ text }) => text), exclude: exclude.map(({ text }) => text) };
  });

/** Names of pools stay as they are. */
function toIpv6({ pools, addresses, delegated, ...plain }: NonNullable<Config['ipv6']>): LnsIpv6Options {
  const { length, ...delegatedPools } = delegated ?? {};
  return {
    ...camelize(plain),
    ...(pools !== undefined && { pools }),
    ...(addresses !== undefined && { addresses }),
    ...(delegated !== undefined && {
      delegated: { pools: delegatedPools, ...(length !== undefined && { length }) },
    }),
  };
}

/** Rates in bit/s. */
function toRate({ down, up, ...bursts }: NonNullable<User['rate']>): SubscriberRate {
  return {
    ...camelize(bursts),
    ...(down !== undefined && { down: bitsOf(down) }),
    ...(up !== undefined && { up: bitsOf(up) }),
  };
}

const bitsOf = (rate: number | string): number => (typeof rate === 'number' ? rate : (parseRate(rate) ?? 0));

function toUsers(
  users: NonNullable<Config['users']>,
  secrets: SecretReader,
): NonNullable<LnsOptions['users']> {
  return mapValues(users, ({ password, rate, ...policy }, name) => ({
    ...camelize(policy),
    ...(rate !== undefined && { rate: toRate(rate) }),
    password: secrets.read(password, ['users', name, 'password']),
  }));
}

function toProfiles(
  profiles: NonNullable<Config['profiles']>,
  secrets: SecretReader,
): NonNullable<LnsOptions['profiles']> {
  return profiles.map(({ secret, radius, rate, 'tunnel-rate': tunnelRate, ...profile }, index) => ({
    ...camelize(profile),
    ...(rate !== undefined && { rate: toRate(rate) }),
    ...(tunnelRate !== undefined && { tunnelRate: toRate(tunnelRate) }),
    ...(radius !== undefined && {
      radius: { servers: toRadiusServers(radius.servers, secrets, ['profiles', index, 'radius', 'servers']) },
    }),
    ...(secret !== undefined && { secret: secrets.read(secret, ['profiles', index, 'secret']) }),
  }));
}

const mapValues = <V, W>(map: Readonly<Record<string, V>>, change: (value: V, key: string) => W) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
