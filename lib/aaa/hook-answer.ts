import { isIP, isIPv4 } from 'node:net';
import { parseInterfaceId } from '../ppp/index.js';

/** What a field must be, in words, and the check. */
interface FieldRule {
  readonly expects: string;
  readonly isRight: (value: unknown) => boolean;
}

type Fields = Readonly<Record<string, FieldRule>>;

const rule = (expects: string, isRight: (value: unknown) => boolean): FieldRule => ({ expects, isRight });

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const isIpv4Text = (value: unknown): boolean => typeof value === 'string' && isIPv4(value);
const isAddress = (value: unknown): boolean => typeof value === 'string' && isIP(value) !== 0;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (least: number, most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
const isSeconds = (least: number) => (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= least;
const isListOf = (most: number, isItem: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length <= most && value.every(isItem);

function isNetworkText(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', length = '', ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%') || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (version === 6 ? 128 : 32);
}

const isAddressOf = (version: 4 | 6) => (value: unknown) =>
  typeof value === 'string' && isIP(value) === version && !value.includes('%');
const isIpv6Network = (value: unknown): boolean => isNetworkText(value) && (value as string).includes(':');
const isPoolNames = (value: unknown): boolean =>
  isText(value) || (isListOf(16, isText)(value) && (value as unknown[]).length > 0);

/** A CIDR, or a map with one and what else a route has. */
function isRoute(value: unknown): boolean {
  if (isNetworkText(value)) return true;
  if (!isObject(value)) return false;
  const { prefix, gateway, metric, ...more } = value;
  if (!isNetworkText(prefix) || Object.keys(more).length > 0) return false;
  const family = (prefix as string).includes(':') ? 6 : 4;
  return (
    (gateway === undefined || isAddressOf(family)(gateway)) &&
    (metric === undefined || isWhole(0, 0xffff_ffff)(metric))
  );
}

const pools = rule('the name of a pool or a list of at most 16', isPoolNames);
const bitRate = rule('a whole number of bit/s from 8000', isWhole(8000, 1e12));
const burst = rule('a whole number of octets from 1600', isWhole(1600, 0x7fff_ffff));
const map = rule('an object', isObject);

const isInterfaceName = (value: unknown): boolean =>
  typeof value === 'string' && /^(?!\.{1,2}$)[\w.+@-]{1,15}$/.test(value);
/** A file's name below /run/netns. */
const isNamespaceName = (value: unknown): boolean =>
  typeof value === 'string' && /^(?!\.{1,2}$)[^/\0]{1,255}$/.test(value);
/** What nftables takes as the name of a set. */
const isFilterName = (value: unknown): boolean =>
  typeof value === 'string' && /^[A-Za-z][\w./-]{0,63}$/.test(value);

const pppFields: Fields = {
  echoInterval: rule('a number of seconds, 0 for none', isSeconds(0)),
  echoFailures: rule('a whole number from 1', isWhole(1, 65_535)),
  ipv4: rule('true or false', (value) => typeof value === 'boolean'),
  ipv6: rule('true or false', (value) => typeof value === 'boolean'),
  mppe: rule("'off', 'allow' or 'require'", (value) => ['off', 'allow', 'require'].includes(value as string)),
  localAddress: rule('an IPv4 address', isIpv4Text),
};

const policyFields: Fields = {
  pool: pools,
  address: rule('an IPv4 address', isIpv4Text),
  dns: rule('a list of at most two IPv4 addresses', isListOf(2, isIpv4Text)),
  nbns: rule('a list of at most two IPv4 addresses', isListOf(2, isIpv4Text)),
  mtu: rule('a whole number of octets from 68 to 65535', isWhole(68, 65_535)),
  maxSessions: rule('a whole number from 1', isWhole(1, Number.MAX_SAFE_INTEGER)),
  idleTimeout: rule('a number of seconds from 1', isSeconds(1)),
  sessionTimeout: rule('a number of seconds from 1', isSeconds(1)),
  netmask: rule('a prefix length from 1 to 32', isWhole(1, 32)),
  routes: rule(
    'a list of networks such as 192.168.7.0/24, or of objects with prefix, gateway and metric',
    isListOf(1000, isRoute),
  ),
  ipv6: map,
  rate: map,
  filters: rule('a list of at most 16 names', isListOf(16, isFilterName)),
  vrf: rule('an interface name of at most 15 characters', isInterfaceName),
  netns: rule('the name of a network namespace', isNamespaceName),
  interfaceName: rule('an interface name of at most 15 characters', isInterfaceName),
  ppp: map,
  tunnels: rule('a list of at most 31 objects', isListOf(31, isObject)),
};

const tunnelFields: Fields = {
  server: rule('an IP address', isAddress),
  client: rule('an IP address', isAddress),
  secret: rule('text', isText),
  clientAuthId: rule('text', isText),
  serverAuthId: rule('text', isText),
  assignmentId: rule('text', isText),
  preference: rule('a whole number from 0 to 16777215', isWhole(0, 0xff_ffff)),
  privateGroupId: rule('text', isText),
};

const ipv6Fields: Fields = {
  interfaceId: rule(
    'four groups of hexadecimal digits such as 0:0:0:1, not all zero',
    (value) => typeof value === 'string' && parseInterfaceId(value) !== undefined,
  ),
  prefix: rule('an IPv6 network such as 2001:db8:1:2::/64', isIpv6Network),
  pool: pools,
  address: rule('an IPv6 address', isAddressOf(6)),
  addressPool: pools,
  delegatedPrefix: rule('an IPv6 network such as 2001:db8:100::/56', isIpv6Network),
  delegatedPool: pools,
  dns: rule('a list of at most three IPv6 addresses', isListOf(3, isAddressOf(6))),
};

const rateFields: Fields = { down: bitRate, up: bitRate, burstDown: burst, burstUp: burst };

/** Fields of the answer that have fields themselves. */
const innerFields: Readonly<Record<string, Fields>> = { ppp: pppFields, ipv6: ipv6Fields, rate: rateFields };

const refusalFields: Fields = { message: rule('text', (value) => typeof value === 'string') };

/**
 * What is wrong with a hook's answer, or `undefined`. Values are not quoted: they may be secrets. A field that is
 * `undefined` counts as absent.
 */
export function answerProblem(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    return `the answer must be an object with accept: true or false, not ${kindOf(answer)}`;
  }
  const { accept, ...rest } = answer as Readonly<Record<string, unknown>>;
  if (typeof accept !== 'boolean') return `accept must be true or false, not ${kindOf(accept)}`;
  // A refusal may bear what an acceptance would have given: `{ accept: verify(password), pool: 'main' }`.
  const problem = fieldsProblem(rest, accept ? policyFields : { ...policyFields, ...refusalFields }, '');
  if (problem !== undefined) return problem;
  for (const [name, fields] of Object.entries(innerFields)) {
    const innerProblem = objectProblem(rest[name], fields, `${name}.`);
    if (innerProblem !== undefined) return innerProblem;
  }
  return tunnelsProblem(rest['tunnels']);
}

function tunnelsProblem(tunnels: unknown): string | undefined {
  if (tunnels === undefined) return undefined;
  for (const [index, tunnel] of (tunnels as readonly Readonly<Record<string, unknown>>[]).entries()) {
    const prefix = `tunnels[${index}].`;
    if (tunnel['server'] === undefined) return `${prefix}server is missing`;
    const problem = objectProblem(tunnel, tunnelFields, prefix);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const objectProblem = (value: unknown, fields: Fields, prefix: string): string | undefined =>
  value === undefined ? undefined : fieldsProblem(value as Readonly<Record<string, unknown>>, fields, prefix);

function fieldsProblem(
  object: Readonly<Record<string, unknown>>,
  fields: Fields,
  prefix: string,
): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined)
      return `${prefix}${JSON.stringify(name.slice(0, 40)).slice(1, -1)} is not a field of the answer`;
    if (!field.isRight(value)) return `${prefix}${name} must be ${field.expects}, not ${kindOf(value)}`;
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'such a list';
  return typeof value === 'object' ? 'such an object' : `this ${typeof value}`;
}
