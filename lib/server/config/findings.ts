import type { ConfigDocument } from './document.js';
import { nearest } from './explain.js';
import { type ConfigPath, type ConfigProblem, quote } from './problem.js';
import type { Config } from './schema.js';

/** Collects what is wrong, and what its author should know. */
export class Findings {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #document: ConfigDocument;

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  problem(path: ConfigPath, message: string, where: 'key' | 'value' = 'value'): void {
    this.problems.push(this.#document.problem(path, message, where));
  }

  warning(path: ConfigPath, message: string, where: 'key' | 'value' = 'value'): void {
    this.warnings.push(this.#document.problem(path, message, where));
  }
}

/** Reports a pool name that is not one of `pools`. */
export function checkPoolName(
  config: Config,
  name: string | readonly string[] | undefined,
  path: ConfigPath,
  findings: Findings,
): void {
  if (typeof name === 'object') {
    for (const [index, one] of name.entries()) checkPoolName(config, one, [...path, index], findings);
    return;
  }
  const names = Object.keys(config.pools ?? {});
  if (name === undefined || names.includes(name)) return;
  const similar = nearest(name, names);
  const known = names.length === 0 ? 'there are no pools; add pools' : `the pools are ${names.join(', ')}`;
  const advice = similar === undefined ? known : `did you mean ${similar}?`;
  findings.problem(path, `there is no pool ${quote(name)}; ${advice}`);
}
