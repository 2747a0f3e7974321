// Not by the folder's face, which brings the whole server along.
import { conditionNames, LOCAL, placeholders, REFUSE } from '../../lac/routes.js';
import { nearest } from './explain.js';
import type { Findings } from './findings.js';
import { type ConfigPath, quote } from './problem.js';
import type { Config } from './schema.js';

type Lac = NonNullable<Config['lac']>;
type Route = NonNullable<Lac['routes']>[number];

/** What the schema cannot tell of `lac`. */
export function checkLac(config: Config, findings: Findings): void {
  const { groups = {}, routes = [] } = config.lac ?? {};
  checkGroups(groups, findings);
  let everybody: number | undefined;
  for (const [index, route] of routes.entries()) {
    const path = ['lac', 'routes', index];
    if (everybody !== undefined)
      findings.warning(path, `is never used: routes[${everybody}] before it takes every subscriber`);
    checkTarget(route, Object.keys(groups), path, findings);
    for (const [name, template] of Object.entries(route.rewrite ?? {}))
      checkTemplate(template, [...path, 'rewrite', name], findings);
    if (conditionsOf(route).length === 0) everybody ??= index;
  }
}

function checkGroups(groups: NonNullable<Lac['groups']>, findings: Findings): void {
  for (const [name, group] of Object.entries(groups)) {
    const path = ['lac', 'groups', name];
    const secrets = group.lns.map(({ secret }) => secret ?? group.secret);
    if (group['hide-avps'] === true && secrets.includes(undefined))
      findings.problem(
        [...path, 'hide-avps'],
        'AVPs are hidden with the secret, and there is none; add secret',
      );
    const seen = new Set<string>();
    for (const [index, { address, port = 1701 }] of group.lns.entries()) {
      const key = `${address} ${port}`;
      if (seen.has(key))
        findings.problem([...path, 'lns', index], `${address} is here twice; keep one of them`);
      seen.add(key);
    }
  }
}

function checkTarget(route: Route, groups: readonly string[], path: ConfigPath, findings: Findings): void {
  const { group, default: otherwise } = route;
  if (group === undefined && otherwise === undefined) {
    findings.problem(path, 'leads nowhere; add group');
    return;
  }
  if (group !== undefined && otherwise !== undefined) {
    findings.problem([...path, 'default'], 'a route leads to one place; keep group or default', 'key');
    return;
  }
  const [condition] = conditionsOf(route);
  if (otherwise !== undefined && condition !== undefined) {
    findings.problem(
      [...path, 'default'],
      `a default has no conditions such as ${condition}; write group`,
      'key',
    );
  }
  const name = group ?? otherwise ?? '';
  const known = [...groups, LOCAL, REFUSE];
  if (known.includes(name)) return;
  const similar = nearest(name, known);
  const advice = similar === undefined ? `there are ${known.join(', ')}` : `did you mean ${similar}?`;
  findings.problem(
    [...path, group === undefined ? 'default' : 'group'],
    `there is no group ${quote(name)}; ${advice}`,
  );
}

function checkTemplate(template: string, path: ConfigPath, findings: Findings): void {
  for (const [, name = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if ((placeholders as readonly string[]).includes(name)) continue;
    const similar = nearest(name, placeholders);
    const advice =
      similar === undefined ? `there are ${placeholders.join(', ')}` : `did you mean {${similar}}?`;
    findings.problem(path, `{${name}} stands for nothing; ${advice}`);
  }
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const conditionsOf = (route: Route): string[] =>
  conditionNames.map(kebab).filter((name) => Object.hasOwn(route, name));
