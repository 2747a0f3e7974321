import * as z from 'zod';
import { alternatives, infoOf } from './explain.js';
import type { OptionInfo } from './fields.js';
import { dialSchema } from './schema-dial.js';
import { configSchema } from './schema.js';

/** Every option with its type, default, unit and meaning, as Markdown tables: one a section. */
export const configReference = (): string => referenceOf(configSchema);

/** The same for a dial configuration. */
export const dialReference = (): string => referenceOf(dialSchema);

function referenceOf(root: z.ZodObject): string {
  const tables: string[] = [];
  describe('', 'Top level', root, tables);
  return tables.join('\n\n');
}

/** A table of a section's options, followed by those of the sections inside it. */
function describe(prefix: string, title: string, section: z.ZodObject, tables: string[]): void {
  const rows: string[] = [];
  const inner: [string, z.ZodObject][] = [];
  for (const [key, schema] of Object.entries(section.shape) as [string, z.ZodType][]) {
    const info = infoOf(schema);
    if (info === undefined) continue;
    rows.push(row(key, schema, info));
    for (const child of sectionsOf(schema, key)) inner.push(child);
  }
  tables.push(
    [`### ${title}`, '', '| option | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n'),
  );
  for (const [name, child] of inner) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    describe(path, `\`${path}\``, child, tables);
  }
}

function row(key: string, schema: z.ZodType, info: OptionInfo): string {
  const required = !(schema instanceof z.ZodExactOptional);
  const unit = info.unit === undefined ? '' : `, ${info.unit}`;
  const cells = [
    `\`${key}\``,
    `${info.expects}${boundsOf(schema)}${unit}`,
    required ? 'required' : defaultOf(info),
    info.description,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf({ default: value, defaultText }: OptionInfo): string {
  if (value === undefined) return defaultText ?? '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``;
}

function boundsOf(schema: z.ZodType): string {
  const [inner] = alternatives(schema);
  if (!(inner instanceof z.ZodNumber) || inner.minValue === null || inner.maxValue === null) return '';
  return ` from ${inner.minValue} to ${inner.maxValue}`;
}

/** Sections below an option, with the name under which their table stands. */
function sectionsOf(schema: z.core.$ZodType, name: string): [string, z.ZodObject][] {
  return alternatives(schema).flatMap((inner): [string, z.ZodObject][] => {
    // How a secret is written is told once, in the text before the tables.
    if (inner instanceof z.ZodObject) return Object.hasOwn(inner.shape, 'env') ? [] : [[name, inner]];
    if (inner instanceof z.ZodRecord) return sectionsOf(inner.valueType, `${name}.NAME`);
    if (inner instanceof z.ZodArray) return sectionsOf(inner.element, `${name}[]`);
    return [];
  });
}
