import { matchesGlob } from '../wire/index.js';
import type { Rewrite, RouteOptions } from './options.js';

/** What is known of a subscriber when it is decided where to carry it. */
export interface RouteSubject {
  readonly user: string;
  readonly callingNumber?: string | undefined;
  readonly calledNumber?: string | undefined;
  /** Host Name AVP of the LAC, where the subscriber comes by one. */
  readonly hostName?: string | undefined;
  /** The interface that a PPPoE subscriber comes by. */
  readonly interface?: string | undefined;
}

/** What a route leads to. */
export interface RouteTarget {
  /** The name of a group; {@link LOCAL} and {@link REFUSE} are none. */
  readonly group: string;
  readonly rewrite: Rewrite | undefined;
}

/** Terminated by this server. */
export const LOCAL = 'local';
/** Nobody's. */
export const REFUSE = 'refuse';

/** A user name in its parts: `alice@isp.example`, or `ISP\alice` as Windows writes it. */
export function splitUser(user: string): { readonly name: string; readonly domain: string } {
  const at = user.lastIndexOf('@');
  if (at >= 0) return { name: user.slice(0, at), domain: user.slice(at + 1) };
  const slash = user.indexOf('\\');
  if (slash >= 0) return { name: user.slice(slash + 1), domain: user.slice(0, slash) };
  return { name: user, domain: '' };
}

interface Route {
  readonly conditions: readonly (readonly [keyof RouteSubject | 'domain', string])[];
  readonly target: RouteTarget;
}

/** Fields of a route that are conditions. */
export const conditionNames = [
  'domain',
  'user',
  'callingNumber',
  'calledNumber',
  'hostName',
  'interface',
] as const;

/** Decides where each subscriber goes. */
export class RouteTable {
  readonly #routes: readonly Route[];

  /** @throws RangeError for a route that leads nowhere, or to two places */
  constructor(routes: readonly RouteOptions[], groups: ReadonlySet<string>) {
    this.#routes = routes.map((route, index) => toRoute(route, index, groups));
  }

  /** Where the subscriber goes; {@link LOCAL} where no route matches. */
  find(subject: RouteSubject): RouteTarget {
    const facts = { ...subject, domain: splitUser(subject.user).domain };
    const found = this.#routes.find(({ conditions }) =>
      conditions.every(([name, glob]) => {
        const value = facts[name];
        return value !== undefined && matchesGlob(glob, value);
      }),
    );
    return found?.target ?? { group: LOCAL, rewrite: undefined };
  }
}

function toRoute(route: RouteOptions, index: number, groups: ReadonlySet<string>): Route {
  const where = `routes[${index}]`;
  const conditions = conditionNames.flatMap((name) => {
    const glob = route[name];
    return glob === undefined ? [] : [[name, glob] as const];
  });
  const { group, rewrite } = route;
  if ((group === undefined) === (route.default === undefined))
    throw new RangeError(`${where}: needs one of group and default`);
  if (route.default !== undefined && conditions.length > 0)
    throw new RangeError(`${where}: a default has no conditions; write group instead`);
  const to = group ?? route.default ?? LOCAL;
  if (to !== LOCAL && to !== REFUSE && !groups.has(to))
    throw new RangeError(`${where}: there is no group ${JSON.stringify(to)}`);
  for (const text of Object.values(rewrite ?? {})) checkTemplate(where, text as string);
  return { conditions, target: { group: to, rewrite } };
}

/** What `{…}` in a {@link Rewrite} may name. */
export const placeholders = [
  'user',
  'name',
  'domain',
  'calling-number',
  'called-number',
  'host-name',
  'interface',
] as const;

const pattern = /\{([^{}]*)\}/g;

/** @throws RangeError for a placeholder that there is not */
function checkTemplate(where: string, template: string): void {
  for (const [, name = ''] of template.matchAll(pattern)) {
    if ((placeholders as readonly string[]).includes(name)) continue;
    throw new RangeError(`${where}: there is no {${name}}; there are ${placeholders.join(', ')}`);
  }
}

/** A template of {@link Rewrite} with the subscriber's facts in it; what is not known leaves nothing. */
export function fillTemplate(template: string, subject: RouteSubject): string {
  const { name, domain } = splitUser(subject.user);
  const facts: Readonly<Record<string, string | undefined>> = {
    user: subject.user,
    name,
    domain,
    'calling-number': subject.callingNumber,
    'called-number': subject.calledNumber,
    'host-name': subject.hostName,
    interface: subject.interface,
  };
  return template.replaceAll(pattern, (_, key: string) => facts[key] ?? '');
}
