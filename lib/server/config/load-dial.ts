import { accessSync, constants, statSync } from 'node:fs';
import type { DialOptions, SystemHostOptions } from '../../dial/index.js';
import type { PppOptions } from '../../ppp/index.js';
import { ConfigDocument } from './document.js';
import { explain } from './explain.js';
import { readConfigFile, whyUnreadable } from './files.js';
import { Findings } from './findings.js';
import { type LogFormat, type LogLevel, sorted } from './load.js';
import { ConfigError, type ConfigProblem, quote } from './problem.js';
import { type DialConfig, dialSchema, parseLns, parseLocal } from './schema-dial.js';
import { SecretReader, type SecretSources } from './secrets.js';

/** A dial configuration that is right in itself. */
export interface LoadedDialConfig {
  readonly file: string;
  readonly dial: DialOptions;
  /** What the link changes on this host. */
  readonly host: SystemHostOptions;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /** What does no harm but will surprise. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads a dial configuration and the secrets that it names.
 *
 * @throws ConfigError naming everything that is wrong
 */
export function loadDialConfig(file: string, sources: SecretSources = process): LoadedDialConfig {
  const { text, worldReadable } = readConfigFile(file);
  const loaded = parseDialConfig(file, text, sources);
  const holdsSecrets = /^\s*["']?(secret|password)["']?\s*:\s*[^\s{]/m.test(text);
  if (!worldReadable || !holdsSecrets) return loaded;
  const message = 'every user of this machine can read the secrets in this file; chmod 600 mends it';
  return { ...loaded, warnings: [{ file, path: [], message }, ...loaded.warnings] };
}

/**
 * The same for text at hand. `file` is for messages, and the base of relative paths.
 *
 * @throws ConfigError naming everything that is wrong
 */
export function parseDialConfig(
  file: string,
  text: string,
  sources: SecretSources = process,
): LoadedDialConfig {
  const document = new ConfigDocument(file, text);
  const parsed = dialSchema.safeParse(document.value);
  if (!parsed.success) throw new ConfigError(sorted(explain(document, parsed.error.issues, dialSchema)));
  const config = parsed.data;
  const findings = new Findings(document);
  check(config, findings);
  const secrets = new SecretReader(document, sources);
  const dial = toDialOptions(config, secrets);
  const problems = [...findings.problems, ...secrets.problems];
  if (problems.length > 0) throw new ConfigError(sorted(problems));
  return {
    file,
    dial,
    host: toHostOptions(config),
    log: { level: config.log?.level ?? 'info', format: config.log?.format ?? 'auto' },
    warnings: sorted([...findings.warnings, ...secrets.warnings]),
  };
}

/** Checks what the schema cannot: how options fit each other and this machine. */
function check(config: DialConfig, findings: Findings): void {
  const { ipv4 = true, ipv6 = false, mtu = 1460, mru = 1460, mppe = 'off', auth } = config;
  if (!ipv4 && !ipv6) findings.problem(['ipv4'], 'the link would carry neither IPv4 nor IPv6');
  if (ipv6 && mtu < 1280) findings.problem(['mtu'], 'IPv6 needs at least 1280 octets (RFC 8200)');
  if (ipv6 && mru < 1280) findings.problem(['mru'], 'IPv6 needs at least 1280 octets (RFC 8200)');
  if (config['hide-avps'] === true && config.secret === undefined) {
    findings.problem(['hide-avps'], 'AVPs are hidden with the secret, and there is none; add secret');
  }
  if (mppe !== 'off' && auth !== undefined && !auth.some((method) => method.startsWith('mschap'))) {
    findings.problem(['mppe'], 'MPPE takes its keys from MS-CHAP; add mschapv2 to auth');
  }
  if (config.answer === true && config['called-number'] !== undefined) {
    findings.warning(['called-number'], 'is not used: with answer the LNS places the call');
  }
  if (config.dns === true && !ipv4) findings.warning(['dns'], 'is not used: name servers come with IPv4');
  checkOrder(config.retransmit, 1, 8, 'retransmit', findings);
  checkOrder(config.redial, 1, 60, 'redial', findings);
  for (const [index, route] of (config.routes ?? []).entries()) {
    const family = route.includes(':') ? 'ipv6' : 'ipv4';
    if (family === 'ipv6' ? !ipv6 : !ipv4) {
      findings.problem(['routes', index], `the link does not carry ${family}; set ${family}: true`);
    }
  }
  checkHook(config.hook, findings);
}

function checkOrder(
  waits: { readonly first?: number; readonly cap?: number } | undefined,
  defaultFirst: number,
  defaultCap: number,
  section: string,
  findings: Findings,
): void {
  const { first = defaultFirst, cap = defaultCap } = waits ?? {};
  if (cap >= first) return;
  const path = [section, waits?.cap === undefined ? 'first' : 'cap'];
  findings.problem(path, `cap (${cap} s) must be at least first (${first} s)`);
}

function checkHook(hook: string | undefined, findings: Findings): void {
  if (hook === undefined) return;
  try {
    if (statSync(hook).isDirectory()) findings.problem(['hook'], `${quote(hook)} is a directory`);
    else accessSync(hook, constants.X_OK);
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    const why = denied ? 'it is not executable; chmod +x mends it' : whyUnreadable(error);
    findings.problem(['hook'], `${quote(hook)} cannot be run: ${why}`);
  }
}

const ms = (seconds: number): number => Math.round(seconds * 1000);

function toDialOptions(config: DialConfig, secrets: SecretReader): DialOptions {
  const { lns, user, answer, address, retransmit, redial = {}, secret, local } = config;
  const { first = 1, cap = 8, tries = 5 } = retransmit ?? {};
  const hello = config['hello-interval'];
  return {
    lns: [lns].flat().flatMap((name) => parseLns(name) ?? []),
    user,
    password: secrets.read(config.password, ['password']),
    ...(secret !== undefined && { secret: secrets.read(secret, ['secret']) }),
    ...given('hideAvps', config['hide-avps']),
    ...given('hostName', config['host-name']),
    ...given('serverName', config['server-name']),
    ...given('local', local === undefined ? undefined : parseLocal(local)),
    ...given('helloInterval', hello === undefined ? undefined : ms(hello)),
    ...given('retransmit', retransmit === undefined ? undefined : { first: ms(first), cap: ms(cap), tries }),
    ppp: toPppOptions(config),
    ...given('address', address),
    ...given('interfaceName', config['interface-name']),
    ...given('callingNumber', config['calling-number']),
    ...given('calledNumber', config['called-number']),
    ...given('answer', answer),
    redial: {
      persist: config.persist ?? true,
      first: ms(redial.first ?? 1),
      cap: ms(redial.cap ?? 60),
      maxTries: redial['max-tries'] ?? 0,
    },
  };
}

function toPppOptions(config: DialConfig): PppOptions {
  const { auth, ipv4, ipv6, mru, mtu, mppe } = config;
  const echo = config['echo-interval'];
  return {
    ...given('authMethods', auth),
    ...given('ipv4', ipv4),
    ...given('ipv6', ipv6),
    ...given('mru', mru),
    ...given('mtu', mtu),
    ...given('echoInterval', echo === undefined ? undefined : ms(echo)),
    ...given('echoFailures', config['echo-failures']),
    mppe: {
      mode: mppe ?? 'off',
      ...given('keyLengths', config['mppe-key-lengths']),
      ...given('stateful', config['mppe-stateful']),
    },
  };
}

const toHostOptions = (config: DialConfig): SystemHostOptions => ({
  ...given('defaultRoute', config['default-route']),
  ...given('routes', config.routes),
  ...given('metric', config['route-metric']),
  ...given('dns', config.dns),
  ...given('resolvConf', config['resolv-conf']),
  ...given('hook', config.hook),
  ...given('stateDirectory', config['state-directory']),
});

/** An option under another name, absent where it is absent. */
const given = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V };
