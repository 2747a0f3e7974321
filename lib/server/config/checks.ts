import { checkLac } from './checks-lac.js';
import { checkIpv6 } from './checks-ipv6.js';
import { checkPools } from './checks-pools.js';
import { checkFamilies, checkMppe, checkPpp, checkTwice } from './checks-ppp.js';
import { checkUsers } from './checks-users.js';
import { parseListen } from './fields.js';
import { checkPoolName, type Findings } from './findings.js';
import { quote } from './problem.js';
import type { Config } from './schema.js';

/** Checks what the schema cannot: how options fit each other. */
export function check(config: Config, findings: Findings): void {
  checkListen(config, findings);
  checkTunnels(config, findings);
  checkPpp(config, findings);
  checkPools(config, findings);
  checkIpv6(config, findings);
  checkUsers(config, findings);
  checkProfiles(config, findings);
  checkLac(config, findings);
}

function checkListen(config: Config, findings: Findings): void {
  if (typeof config.listen !== 'object') return;
  const seen = new Map<string, number>();
  for (const [index, entry] of config.listen.entries()) {
    const at = parseListen(entry);
    const key = `${at?.address ?? ''} ${at?.port ?? ''}`;
    if (seen.has(key)) findings.problem(['listen', index], `${entry} is here twice; keep one of them`);
    seen.set(key, index);
  }
}

function checkTunnels(config: Config, findings: Findings): void {
  if (config['hide-avps'] === true && config.secret === undefined) {
    findings.problem(['hide-avps'], 'AVPs are hidden with the secret, and there is none; add secret');
  }
  const { first = 1, cap = 8 } = config.retransmit ?? {};
  if (cap < first) {
    const path = ['retransmit', config.retransmit?.cap === undefined ? 'first' : 'cap'];
    findings.problem(path, `cap (${cap} s) must be at least first (${first} s)`);
  }
}

function checkProfiles(config: Config, findings: Findings): void {
  const names = new Set<string>();
  let catchAll: string | undefined;
  for (const [index, profile] of (config.profiles ?? []).entries()) {
    const path = ['profiles', index];
    if (names.has(profile.name)) {
      findings.problem(
        [...path, 'name'],
        `there is a profile ${quote(profile.name)} before; names are unique`,
      );
    }
    names.add(profile.name);
    if (catchAll !== undefined) {
      findings.warning(path, `is never used: the profile ${quote(catchAll)} before it matches every LAC`);
    }
    if (profile.addresses === undefined && [undefined, '*'].includes(profile['host-name'])) {
      catchAll ??= profile.name;
    }
    if (profile['hide-avps'] === true && profile.secret === undefined && config.secret === undefined) {
      findings.problem(
        [...path, 'hide-avps'],
        'AVPs are hidden with the secret, and there is none; add secret',
      );
    }
    checkPoolName(config, profile.pool, [...path, 'pool'], findings);
    checkTwice(profile.auth, [...path, 'auth'], findings);
    const mppe = profile.ppp?.mppe;
    if (mppe === undefined) checkMppe(config, config.ppp?.mppe, profile.auth, [...path, 'auth'], findings);
    else checkMppe(config, mppe, profile.auth, [...path, 'ppp', 'mppe'], findings);
    checkFamilies(config, profile.ppp, [...path, 'ppp'], findings);
  }
}
