import type { ForwardingOptions, LnsGroupOptions } from '../../lac/index.js';
import { camelize } from './camel.js';
import type { Config } from './schema.js';
import type { SecretReader } from './secrets.js';

type Groups = NonNullable<NonNullable<Config['lac']>['groups']>;

/** What carries subscribers on, with secrets fetched; `undefined` where the server is no LAC. */
export function toForwardingOptions({ lac }: Config, secrets: SecretReader): ForwardingOptions | undefined {
  if (lac === undefined) return undefined;
  const { groups, routes, 'setup-timeout': setupTimeout } = lac;
  return {
    ...(groups !== undefined && { groups: toGroups(groups, secrets) }),
    ...(routes !== undefined && { routes: camelize(routes) }),
    ...(setupTimeout !== undefined && { setupTimeout }),
  };
}

const toGroups = (groups: Groups, secrets: SecretReader): Record<string, LnsGroupOptions> =>
  Object.fromEntries(
    Object.entries(groups).map(([name, { secret, lns, ...group }]) => {
      const path = ['lac', 'groups', name];
      const members = lns.map(({ secret: own, ...target }, index) => ({
        ...camelize(target),
        ...(own !== undefined && { secret: secrets.read(own, [...path, 'lns', index, 'secret']) }),
      }));
      const options = {
        ...camelize(group),
        lns: members,
        ...(secret !== undefined && { secret: secrets.read(secret, [...path, 'secret']) }),
      };
      return [name, options];
    }),
  );
