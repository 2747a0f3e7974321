import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { whyUnreadable } from './files.js';
import type { Findings } from './findings.js';
import { type ConfigPath, quote } from './problem.js';
import type { Config } from './schema.js';
import { parseHttpListen } from './schema-http.js';
import type { SecretReader } from './secrets.js';

type HttpConfig = NonNullable<Config['http']>;
export type HttpRole = 'viewer' | 'operator' | 'admin';

/** The API on TCP as the configuration says, with secrets and certificates fetched. */
export interface HttpOptions {
  readonly address: string;
  readonly port: number;
  readonly tokens: readonly { readonly token: string; readonly role: HttpRole }[];
  /** Role of a client with a certificate of `tls.clientCa`. */
  readonly certificateRole?: HttpRole;
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

/** Below this many characters a token can be guessed. */
const shortToken = 16;

/** @param file the configuration, which other paths are relative to */
export function toHttpOptions(
  http: HttpConfig | undefined,
  file: string,
  secrets: SecretReader,
  findings: Findings,
): HttpOptions | undefined {
  if (http === undefined) return undefined;
  const { address = '', port = 0 } = parseHttpListen(http.listen) ?? {};
  const tokens = [
    ...(http.token === undefined
      ? []
      : [{ token: secrets.read(http.token, ['http', 'token']), role: 'admin' as const }]),
    ...(http.tokens ?? []).map(({ token, role }, index) => ({
      token: secrets.read(token, ['http', 'tokens', index, 'token']),
      role: role ?? ('viewer' as const),
    })),
  ];
  if (tokens.length === 0 && http.tls?.['client-ca'] === undefined) {
    findings.problem(
      ['http'],
      'anyone who reaches the port could do anything; add token, or tls with client-ca',
    );
  }
  if (tokens.some(({ token }) => /\s/.test(token))) {
    findings.problem(['http', 'token'], 'a token has no spaces in it');
  }
  if (!isLoopback(address) && tokens.some(({ token }) => token.length < shortToken)) {
    findings.warning(['http', 'token'], `a token of fewer than ${shortToken} characters can be guessed`);
  }
  const tls = http.tls === undefined ? undefined : toTls(http.tls, file, secrets, findings);
  return {
    address,
    port,
    tokens,
    ...(tls !== undefined && { tls }),
    ...(tls?.clientCa !== undefined && { certificateRole: http.tls?.['client-role'] ?? 'viewer' }),
  };
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

function toTls(
  tls: NonNullable<HttpConfig['tls']>,
  file: string,
  secrets: SecretReader,
  findings: Findings,
): HttpOptions['tls'] {
  const read = (name: string, path: ConfigPath): string => {
    const at = resolve(dirname(file), name);
    try {
      return readFileSync(at, 'utf8');
    } catch (error) {
      findings.problem(path, `cannot read ${quote(at)}: ${whyUnreadable(error)}`);
      return '';
    }
  };
  const cert = read(tls.cert, ['http', 'tls', 'cert']);
  const key = secrets.read({ file: tls.key }, ['http', 'tls', 'key']);
  const ca = tls['client-ca'];
  const clientCa = ca === undefined ? undefined : read(ca, ['http', 'tls', 'client-ca']);
  if (cert !== '' && key !== '') {
    try {
      createSecureContext({ cert, key, ...(clientCa !== undefined && { ca: clientCa }) });
    } catch {
      findings.problem(['http', 'tls'], 'certificate and key are not PEM, or do not belong together');
    }
  }
  return { cert, key, ...(clientCa !== undefined && { clientCa }) };
}
