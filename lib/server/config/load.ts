import type { ForwardingOptions } from '../../lac/index.js';
import type { LnsOptions } from '../../lns/index.js';
import { DEFAULT_SOCKET } from '../default-socket.js';
import { check } from './checks.js';
import { Findings } from './findings.js';
import { toLnsOptions } from './convert.js';
import { toForwardingOptions } from './convert-lac.js';
import { ConfigDocument } from './document.js';
import { explain } from './explain.js';
import { readConfigFile } from './files.js';
import { type HttpOptions, toHttpOptions } from './http.js';
import { ConfigError, type ConfigProblem } from './problem.js';
import { type Config, configSchema } from './schema.js';
import type { SecretValue } from './fields.js';
import { SecretReader, type SecretSources } from './secrets.js';

export type LogLevel = NonNullable<NonNullable<Config['log']>['level']>;
export type SyslogFacility = NonNullable<NonNullable<Config['log']>['syslog']>;
export type LogFormat = NonNullable<NonNullable<Config['log']>['format']>;

/** A configuration that is right in itself. */
export interface LoadedConfig {
  readonly file: string;
  readonly lns: LnsOptions;
  /** What carries subscribers on; `undefined` where the server is no LAC. */
  readonly lac: ForwardingOptions | undefined;
  readonly log: {
    readonly level: LogLevel;
    readonly format: LogFormat;
    readonly syslog?: SyslogFacility | undefined;
  };
  readonly control: { readonly socket: string };
  /** The API on TCP, where it is wanted. */
  readonly http?: HttpOptions;
  /** What does no harm but will surprise. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads a configuration file and the secrets that it names.
 *
 * @throws ConfigError naming everything that is wrong
 */
export function loadConfig(file: string, sources: SecretSources = process): LoadedConfig {
  const { text, worldReadable } = readConfigFile(file);
  const { config, loaded } = read(file, text, sources);
  if (!worldReadable || !holdsSecrets(config)) return loaded;
  const message = 'every user of this machine can read the secrets in this file; chmod 600 mends it';
  return { ...loaded, warnings: [{ file, path: [], message }, ...loaded.warnings] };
}

/**
 * The same for text at hand. `file` is for messages, and the base of relative paths.
 *
 * @throws ConfigError naming everything that is wrong
 */
export const parseConfig = (file: string, text: string, sources: SecretSources = process): LoadedConfig =>
  read(file, text, sources).loaded;

function read(file: string, text: string, sources: SecretSources): { config: Config; loaded: LoadedConfig } {
  const document = new ConfigDocument(file, text);
  const parsed = configSchema.safeParse(document.value);
  if (!parsed.success) throw new ConfigError(sorted(explain(document, parsed.error.issues, configSchema)));
  const config = parsed.data;
  const findings = new Findings(document);
  check(config, findings);
  const secrets = new SecretReader(document, sources);
  const lns = toLnsOptions(config, secrets);
  const http = toHttpOptions(config.http, file, secrets, findings);
  const lac = toForwardingOptions(config, secrets);
  const problems = [...findings.problems, ...secrets.problems];
  if (problems.length > 0) throw new ConfigError(sorted(problems));
  const loaded = {
    file,
    lns,
    lac,
    log: { ...config.log, level: config.log?.level ?? 'info', format: config.log?.format ?? 'auto' },
    control: { socket: config.control?.socket ?? DEFAULT_SOCKET },
    ...(http !== undefined && { http }),
    warnings: sorted([...findings.warnings, ...secrets.warnings]),
  };
  return { config, loaded };
}

const secretsOf = (servers: readonly { readonly secret: SecretValue }[] | undefined): SecretValue[] =>
  (servers ?? []).map(({ secret }) => secret);

const holdsSecrets = ({ secret, users, profiles, radius, lac, http }: Config): boolean =>
  [
    secret,
    ...Object.values(users ?? {}).map(({ password }) => password),
    ...(profiles ?? []).flatMap((profile) => [profile.secret, ...secretsOf(profile.radius?.servers)]),
    ...secretsOf(radius?.servers),
    ...secretsOf(radius?.['accounting-servers']),
    ...secretsOf(radius?.coa?.clients),
    http?.token,
    ...(http?.tokens ?? []).map(({ token }) => token),
    ...Object.values(lac?.groups ?? {}).flatMap((group) => [
      group.secret,
      ...group.lns.map((lns) => lns.secret),
    ]),
  ].some((value) => typeof value === 'string');

export const sorted = (problems: readonly ConfigProblem[]): ConfigProblem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
