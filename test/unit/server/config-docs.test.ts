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
