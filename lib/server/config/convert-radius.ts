import type { LnsOptions } from '../../lns/index.js';
import { camelize } from './camel.js';
import type { ConfigPath } from './problem.js';
import type { Config } from './schema.js';
import { DEFAULT_QUEUE } from './schema-radius.js';
import type { SecretReader } from './secrets.js';

type Radius = NonNullable<Config['radius']>;
type Servers = Radius['servers'];
type ServerOptions = NonNullable<LnsOptions['radius']>['servers'];

/** RADIUS servers with their secrets fetched. */
export const toRadiusServers = (servers: Servers, secrets: SecretReader, path: ConfigPath): ServerOptions =>
  servers.map(({ secret, ...server }, index) => ({
    ...camelize(server),
    secret: secrets.read(secret, [...path, index, 'secret']),
  }));

/** The LNS's RADIUS options; keys of `send` are names and stay. */
export function toRadius(config: Radius, secrets: SecretReader): NonNullable<LnsOptions['radius']> {
  const { servers, 'accounting-servers': accounting, coa, dictionary, send, queue, ...plain } = config;
  return {
    ...camelize(plain),
    servers: toRadiusServers(servers, secrets, ['radius', 'servers']),
    ...(accounting !== undefined && {
      accountingServers: toRadiusServers(accounting, secrets, ['radius', 'accounting-servers']),
    }),
    queue: { directory: DEFAULT_QUEUE, ...camelize(queue ?? {}) },
    ...(coa !== undefined && {
      coa: {
        ...camelize(coa),
        clients: coa.clients.map(({ address, secret }, index) => ({
          address,
          secret: secrets.read(secret, ['radius', 'coa', 'clients', index, 'secret']),
        })),
      },
    }),
    ...(dictionary !== undefined && {
      dictionary: dictionary.map(({ vendor = 0, ...attribute }) => ({ ...attribute, vendor })),
    }),
    ...(send !== undefined && { send }),
  };
}
