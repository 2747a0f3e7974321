import * as z from 'zod';
import type { ConfigDocument } from './document.js';
import { type OptionInfo, optionInfo } from './fields.js';
import { type ConfigPath, type ConfigProblem, formatPath, quote } from './problem.js';

type Issue = z.core.$ZodIssue;

/** Says each of a schema's complaints with its place, what is wrong and what would be right. */
export function explain(
  document: ConfigDocument,
  issues: readonly Issue[],
  root: z.ZodObject,
): ConfigProblem[] {
  // A key that is not known explains why the map as a whole is not right.
  const odd = issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('/'));
  return issues
    .filter(({ code, path }) => code !== 'custom' || !odd.includes(path.join('/')))
    .flatMap((issue) => explainIssue(document, issue, root));
}

function explainIssue(document: ConfigDocument, issue: Issue, root: z.ZodObject): ConfigProblem[] {
  const path = issue.path as ConfigPath;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysOf(schemasAt(root, path));
      return issue.keys.map((key) =>
        document.problem([...path, key], unknownKey(root, key, known, path), 'key'),
      );
    }
    case 'invalid_union': {
      const inner = fittingBranch(issue.errors);
      if (inner === undefined) break;
      return explain(
        document,
        inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
        root,
      );
    }
    case 'invalid_key':
      return [
        document.problem(
          path,
          `is not a right name; write ${advice(infoAt(root, path.slice(0, -1)), [])}`,
          'key',
        ),
      ];
    default:
  }
  const info = infoAt(root, path);
  const value = valueAt(document.value, path);
  if (value === undefined) return [document.problem(path, `is missing; add ${advice(info, path)}`)];
  if (path.length === 0) return [document.problem(path, wrongFile(value, info))];
  return [document.problem(path, `${wrong(issue, value, info, path)}; ${mend(value, info, path)}`)];
}

/** Of a union's complaints those of the branch whose kind of value it is: what is wrong inside of it. */
const fittingBranch = (branches: readonly Issue[][]): Issue[] | undefined =>
  branches.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0));

function wrongFile(value: unknown, info: OptionInfo): string {
  const wrong = value === null ? 'the file is empty' : `the file holds ${kindOf(value)} instead of options`;
  return `${wrong}; write ${advice(info, [])}`;
}

/** What is wrong with the value. Values are quoted only where they cannot be secrets. */
function wrong(issue: Issue, value: unknown, info: OptionInfo, path: ConfigPath): string {
  if (value === null) return 'has no value';
  const unit = info.unit === undefined ? '' : ` ${info.unit}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const small = issue.code === 'too_small';
    const bound = `the ${small ? 'least' : 'most'} is ${String(small ? issue.minimum : issue.maximum)}`;
    if (Array.isArray(value))
      return value.length === 0 ? 'is an empty list' : `has ${value.length} entries, ${bound}`;
    if (typeof value !== 'number') return 'is empty';
    return `${value} is too ${small ? 'small' : 'large'}, ${bound}${unit}`;
  }
  if (issue.code === 'custom' && issue.params?.['says'] === true) return issue.message;
  if (issue.code === 'invalid_union') return `is ${kindOf(value)}`;
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'is not a whole number' : `is ${kindOf(value)}`;
  if (isSecret(path)) return 'is not right';
  if (typeof value === 'string') return `${quote(value)} is not right`;
  return typeof value === 'number' || typeof value === 'boolean'
    ? `${value} is not right`
    : `is ${kindOf(value)}`;
}

function mend(value: unknown, info: OptionInfo, path: ConfigPath): string {
  const options = /^one of (.*)$/.exec(info.expects)?.[1]?.split(', ');
  const meant = typeof value === 'string' && options !== undefined ? nearest(value, options) : undefined;
  if (meant !== undefined) return `did you mean ${meant}? Write ${info.expects}`;
  if (/\b(text|name)\b/.test(info.expects) && (typeof value === 'number' || typeof value === 'boolean')) {
    return `put it in quotes, since it is text: "..."`;
  }
  return `write ${advice(info, path)}`;
}

function advice({ expects, example }: OptionInfo, path: ConfigPath): string {
  if (example === '') return expects;
  const last = path.at(-1);
  return `${expects}, such as ${typeof last === 'string' ? `${last}: ${example}` : example}`;
}

export const isSecret = (path: ConfigPath): boolean =>
  path.some((part) => part === 'secret' || part === 'password');

function unknownKey(root: z.ZodObject, key: string, known: readonly string[], path: ConfigPath): string {
  const elsewhere = placesOf(root, key).find((place) => formatPath(place) !== formatPath([...path, key]));
  const similar = nearest(key, known);
  if (similar !== undefined) return `is not an option here; did you mean ${similar}?`;
  if (elsewhere !== undefined) return `is not an option here, but ${formatPath(elsewhere)} is; move it there`;
  return `is not an option here; there are ${known.join(', ')}`;
}

/** The known name that the key was probably meant to be: other spelling, or few letters different. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const plain = (name: string): string => name.replace(/[-_ ]/g, '').toLowerCase();
  const same = known.find((name) => plain(name) === plain(key));
  if (same !== undefined) return same;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(key.length / 3)) + 1;
  for (const name of known) {
    // The distance is at least the difference in length, and keys of an attacker's length cost nothing.
    if (Math.abs(name.length - key.length) >= least) continue;
    const distance = editDistance(plain(key), plain(name));
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance, with a swap of neighbours as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return 'a map';
  }
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[part];
  }
  return value;
}

/** Schemas that may apply at a path: several where a union is on the way. */
function schemasAt(root: z.ZodObject, path: ConfigPath): z.core.$ZodType[] {
  let schemas: z.core.$ZodType[] = [root];
  for (const part of path) {
    schemas = schemas.flatMap(alternatives).flatMap((schema) => childOf(schema, part));
  }
  return schemas;
}

function infoAt(root: z.ZodObject, path: ConfigPath): OptionInfo {
  for (const schema of schemasAt(root, path)) {
    const info = infoOf(schema);
    if (info !== undefined) return info;
  }
  return { description: '', expects: 'another value', example: '' };
}

/** What is known about a schema or the one that it wraps. */
export function infoOf(schema: z.core.$ZodType): OptionInfo | undefined {
  return (
    optionInfo.get(schema) ?? (schema instanceof z.ZodExactOptional ? infoOf(schema.unwrap()) : undefined)
  );
}

/** The schema itself, or the options of a union, without wrappers. */
export function alternatives(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodExactOptional) return alternatives(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  return [schema];
}

function childOf(schema: z.core.$ZodType, part: string | number): z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) {
    const child = Object.hasOwn(schema.shape, part) ? (schema.shape[part] as z.core.$ZodType) : undefined;
    return child === undefined ? [] : [child];
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (schema instanceof z.ZodArray && typeof part === 'number') return [schema.element];
  return [];
}

const keysOf = (schemas: readonly z.core.$ZodType[]): string[] =>
  schemas
    .flatMap(alternatives)
    .flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));

/** Where an option of this name is: at the top and in the sections directly below. */
function placesOf(root: z.ZodObject, key: string): ConfigPath[] {
  const places: ConfigPath[] = [];
  if (Object.hasOwn(root.shape, key)) places.push([key]);
  for (const [name, schema] of Object.entries(root.shape) as [string, z.ZodType][]) {
    if (keysOf([schema]).includes(key)) places.push([name, key]);
  }
  return places;
}
