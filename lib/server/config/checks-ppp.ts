import type { Findings } from './findings.js';
import type { ConfigPath } from './problem.js';
import type { Config } from './schema.js';

export function checkPpp(config: Config, findings: Findings): void {
  const { ppp = {} } = config;
  const { ipv4 = true, ipv6 = false, mtu = 1460, mru = 1460 } = ppp;
  if (!ipv4 && !ipv6) {
    findings.problem(['ppp', 'ipv4'], 'subscribers would get neither IPv4 nor IPv6; set one of them to true');
  }
  const terminates = config.lac === undefined || Object.keys(config.users ?? {}).length > 0;
  const hasPools = Object.keys(config.pools ?? {}).length > 0;
  if (terminates && ipv4 && ppp['local-address'] === undefined && !hasPools) {
    findings.problem(
      ['ppp', 'local-address'],
      "is missing: the LNS's own address on every session, where no pool has one for it; " +
        'add ppp: { local-address: 10.64.0.1 }',
    );
  }
  if (ipv6 && mtu < 1280) findings.problem(['ppp', 'mtu'], 'IPv6 needs at least 1280 octets (RFC 8200)');
  if (ipv6 && mru < 1280) findings.problem(['ppp', 'mru'], 'IPv6 needs at least 1280 octets (RFC 8200)');
  for (const key of ['auth', 'mppe-key-lengths'] as const) checkTwice(ppp[key], ['ppp', key], findings);
  checkMppe(config, ppp.mppe, ppp.auth, ['ppp', 'mppe'], findings);
}

/** Reports entries that a list has twice. */
export function checkTwice(
  entries: readonly (string | number)[] | undefined,
  path: ConfigPath,
  findings: Findings,
): void {
  for (const [index, entry] of (entries ?? []).entries()) {
    if (entries?.indexOf(entry) !== index) findings.problem([...path, index], `${entry} is here twice`);
  }
}

type Mppe = 'off' | 'allow' | 'require' | undefined;

/** MPPE takes its keys from MS-CHAP (RFC 3079). */
export function checkMppe(
  config: Config,
  mppe: Mppe,
  auth: readonly string[] | undefined,
  path: ConfigPath,
  findings: Findings,
): void {
  if (mppe === undefined || mppe === 'off') return;
  const methods = auth ?? config.ppp?.auth ?? ['mschapv2', 'chap', 'pap'];
  const without = methods.filter((method) => !method.startsWith('mschap'));
  if (without.length === methods.length) {
    const message = 'MPPE takes its keys from MS-CHAP; add mschapv2 to auth';
    if (mppe === 'require') findings.problem(path, message);
    else findings.warning(path, `${message}, or nobody will get encryption`);
  } else if (mppe === 'require' && without.length > 0) {
    findings.warning(path, `who authenticates by ${without.join(' or ')} will be refused for lack of keys`);
  }
}

/** A user's or profile's choice of IPv4 and IPv6 must leave one of them. */
export function checkFamilies(
  config: Config,
  own: { readonly ipv4?: boolean; readonly ipv6?: boolean; readonly 'local-address'?: string } | undefined,
  path: ConfigPath,
  findings: Findings,
): void {
  if (own === undefined) return;
  const ipv4 = own.ipv4 ?? config.ppp?.ipv4 ?? true;
  const ipv6 = own.ipv6 ?? config.ppp?.ipv6 ?? false;
  if (!ipv4 && !ipv6) {
    const key = own.ipv4 === false ? 'ipv4' : 'ipv6';
    if (own[key] !== undefined) findings.problem([...path, key], 'leaves neither IPv4 nor IPv6');
  }
  const local = own['local-address'] ?? config.ppp?.['local-address'];
  if (own.ipv4 === true && local === undefined && Object.keys(config.pools ?? {}).length === 0) {
    findings.problem([...path, 'ipv4'], 'IPv4 needs a local-address here or in ppp');
  }
}
