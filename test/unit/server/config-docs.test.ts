import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configReference } from '../../../lib/server/config/index.js';

const DOCS = new URL('../../../docs/config.md', import.meta.url);
const [BEGIN, END] = [
  '<!-- options: written by the unit test with UPDATE_DOCS=1 -->\n\n',
  '\n\n<!-- end of options -->',
];

describe('docs/config.md', () => {
  it('lists every option as the schema has it', () => {
    const text = readFileSync(DOCS, 'utf8');
    const [before, rest = ''] = text.split(BEGIN);
    const [listed, after = ''] = rest.split(END);
    const reference = configReference();
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(DOCS, `${before}${BEGIN}${reference}${END}${after}`);
    else expect(listed).toBe(reference);
  });

  it('gives each option a meaning, and a default or that it is required', () => {
    const rows = configReference()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(70);
    for (const row of rows) {
      const [, , value = '', , meaning = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(value, row).not.toBe('');
      expect(meaning, row).toMatch(/\.$/);
    }
    for (const option of [
      'secret',
      'users',
      'hello-interval',
      'mppe-key-lengths',
      'exclude',
      'refuse',
      'burst',
    ]) {
      expect(
        rows.some((row) => row.startsWith(`| \`${option}\` |`)),
        option,
      ).toBe(true);
    }
  });
});

type Schema = { readonly [keyword: string]: unknown };

interface NamedOption {
  /** Its path, as docs/config.md writes it. */
  readonly section: string;
  readonly option: string;
  /** A map of options has defaults of its own. */
  readonly isMap: boolean;
}

/** The schemas below a keyword, which has one, several or none. */
const schemas = (value: unknown): Schema[] =>
  [value].flat().filter((one): one is Schema => typeof one === 'object');

/** Every option of a JSON Schema, those of sections inside it included. */
function optionsOf(schema: Schema, section: string): NamedOption[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  // A secret's two forms are told in the text.
  if (Object.hasOwn(properties, 'env')) return [];
  const own = Object.entries(properties).flatMap(([option, inner]) => [
    { section, option, isMap: JSON.stringify(inner).includes('"properties"') || inner['type'] === 'object' },
    ...optionsOf(inner, section === '' ? option : `${section}.${option}`),
  ]);
  const more = [
    ...['anyOf', 'oneOf', 'allOf'].flatMap((keyword) =>
      schemas(schema[keyword]).map((one) => [one, section]),
    ),
    ...schemas(schema['items']).map((one) => [one, `${section}[]`]),
    ...schemas(schema['additionalProperties']).map((one) => [one, `${section}.NAME`]),
  ] as [Schema, string][];
  return [...own, ...more.flatMap(([one, path]) => optionsOf(one, path))];
}

describe('the JSON Schema', () => {
  const schema = configJsonSchema() as { properties: Record<string, Record<string, unknown>> };

  it('describes every option, with unit and default', () => {
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
    });
    expect(schema.properties['hello-interval']).toEqual({
      type: 'number',
      minimum: 1,
      maximum: 86_400,
      default: 60,
      description: 'Silence of a tunnel before a HELLO is sent. Unit: s.',
    });
    for (const [name, property] of Object.entries(schema.properties)) {
      expect(property['description'], name).toEqual(expect.any(String));
    }
  });

  it('has no option that docs/config.md does not name in the table of its section, with a default', () => {
    const text = readFileSync(DOCS, 'utf8').split(BEGIN)[1]?.split(END)[0] ?? '';
    const tables = text.split(/^### /m).slice(1);
    const rowsOf = new Map(tables.map((table) => [table.split('\n')[0]?.replaceAll('`', ''), table]));
    const named = optionsOf(schema, '').map(({ section, option, isMap }) => {
      const table = rowsOf.get(section === '' ? 'Top level' : section) ?? '';
      const row = table.split('\n').find((line) => line.startsWith(`| \`${option}\` |`));
      const [, , , value = ''] = (row ?? '').split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(row, `${section}.${option}`).toBeDefined();
      if (!isMap) expect(value, `default of ${section}.${option}`).not.toBe('');
      return `${section} ${option}`;
    });
    expect(named).toEqual(expect.arrayContaining(['radius.coa.clients[] secret', 'users.NAME.rate down']));
    expect(named.length).toBeGreaterThan(150);
    expect(JSON.stringify(schema)).not.toContain('$ref');
  });

  it('says what a secret may be', () => {
    expect(schema.properties['secret']?.['anyOf']).toMatchObject([
      { type: 'string', minLength: 1 },
      { type: 'object', properties: { file: { type: 'string' }, env: { type: 'string' } } },
    ]);
  });

  it('is JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
