import { isUnicast } from '../../pools/index.js';
import { localAddresses } from './checks-pools.js';
import { checkFamilies, checkMppe } from './checks-ppp.js';
import { checkPoolName, type Findings } from './findings.js';
import { type ConfigPath, formatPath } from './problem.js';
import type { Config } from './schema.js';
import { parseIpv4 } from '../../wire/index.js';

type User = NonNullable<Config['users']>[string];

export function checkUsers(config: Config, findings: Findings): void {
  const users = Object.entries(config.users ?? {});
  // A LAC may carry all of its subscribers on.
  if (users.length === 0 && config.lac === undefined && config.radius === undefined) {
    findings.problem(['users'], 'nobody could log in; add users: { alice: { password: wonder } }');
    return;
  }
  const addresses = new Map<string, ConfigPath>();
  const interfaces = new Map<string, ConfigPath>();
  for (const [name, user] of users) {
    const path = ['users', name];
    checkPoolName(config, user.pool, [...path, 'pool'], findings);
    checkAddress(config, name, user, addresses, findings);
    checkInterface(name, user, interfaces, findings);
    checkFamilies(config, user.ppp, [...path, 'ppp'], findings);
    checkMppe(config, user.ppp?.mppe, undefined, [...path, 'ppp', 'mppe'], findings);
    if (user.address !== undefined && user.pool !== undefined) {
      findings.warning([...path, 'pool'], 'is not used, since the user has an address of its own');
    }
  }
  if (config.radius !== undefined && config.users?.['*'] !== undefined) {
    findings.warning(['users', '*'], 'is not used: radius decides about users without an entry');
  }
  checkAddressSource(config, findings);
}

function checkAddress(
  config: Config,
  name: string,
  user: User,
  seen: Map<string, ConfigPath>,
  findings: Findings,
): void {
  const { address } = user;
  if (address === undefined) return;
  const path = ['users', name, 'address'];
  if (name === '*') {
    findings.problem(path, 'one address cannot serve every user without an entry; name a pool instead');
  } else if (localAddresses(config).includes(address)) {
    findings.problem(path, `${address} is the LNS's own local-address; give the user another`);
  } else if (!isUnicast(parseIpv4(address) ?? 0)) {
    findings.problem(path, `${address} cannot be the address of a subscriber`);
  }
  const before = seen.get(address);
  if (before !== undefined) {
    findings.warning(
      path,
      `is also that of ${formatPath(before)}: only one of the two can be connected at a time`,
    );
  }
  seen.set(address, path);
  if ((user['max-sessions'] ?? 1) > 1) {
    findings.warning(
      ['users', name, 'max-sessions'],
      'with an address of its own the user can have one session only',
    );
  }
}

function checkInterface(name: string, user: User, seen: Map<string, ConfigPath>, findings: Findings): void {
  const interfaceName = user['interface-name'];
  if (interfaceName === undefined) return;
  const path = ['users', name, 'interface-name'];
  const before = seen.get(interfaceName);
  if (name === '*') {
    findings.problem(path, 'one name cannot serve every user without an entry; leave it out');
  } else if (before !== undefined) {
    findings.problem(path, `is also that of ${formatPath(before)}; interface names are unique`);
  }
  seen.set(interfaceName, path);
}

/** Whoever may log in by IPv4 must have an address to get. */
function checkAddressSource(config: Config, findings: Findings): void {
  if (Object.keys(config.pools ?? {}).length > 0) return;
  const { ipv4 = true, ipv6 = config.ipv6 !== undefined } = config.ppp ?? {};
  const poor = Object.entries(config.users ?? {}).find(
    ([, user]) => user.address === undefined && (user.ppp?.ipv4 ?? ipv4) && !(user.ppp?.ipv6 ?? ipv6),
  );
  if (poor === undefined) return;
  findings.problem(
    ['pools'],
    `are missing: users.${poor[0]} has no address to get; add pools: { main: [10.65.0.0/18] }`,
  );
}
