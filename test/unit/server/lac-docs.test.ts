import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Lac } from '../../../lib/lac/index.js';
import { parseConfig } from '../../../lib/server/config/index.js';

const text = readFileSync(new URL('../../../docs/lac.md', import.meta.url), 'utf8');
const configurations = [...text.matchAll(/```yaml\n# (\S+)\n(.*?)```/gs)].map(
  ([, name = '', yaml = '']) => [name, yaml] as const,
);

describe('docs/lac.md', () => {
  it('has configurations', () => {
    expect(configurations.map(([name]) => name)).toEqual(expect.arrayContaining(['lac.yaml', 'switch.yaml']));
  });

  it.each(configurations)('%s works as it stands', (name, yaml) => {
    const { lns, lac, warnings } = parseConfig(name, yaml, { env: {} });
    expect(warnings).toEqual([]);
    expect(new Lac({ ...lns, ...lac }).servers().length).toBeGreaterThan(0);
  });
});
