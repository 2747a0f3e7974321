import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../lib/server/config/index.js';
import { EVERYTHING, SAMPLE } from './sample.js';

const RUNS = Number(process.env['CONFIG_FUZZ_RUNS'] ?? 300);

/** Nothing but a ConfigError whose every line says file and problem, and never the sample's secrets. */
function survives(text: string): void {
  try {
    parseConfig('lns.yaml', text, { env: {} });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const line of error.message.split('\n')) expect(line).toMatch(/^lns\.yaml(:\d+:\d+)?: \S/);
    for (const problem of error.problems) expect(problem.message).not.toMatch(/undefined|\[object/);
  }
}

/** Pieces that matter to YAML and to the schema. */
const pieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ': ',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '!x ',
    '|',
    '>',
    '-',
    '- ',
    '#',
    '%',
    '@',
    '`',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\0',
    '\ufeff',
    '\ud800',
    '~',
    'null',
    'true',
    '1e400',
    '.nan',
    '0x1f',
    '<<: ',
  ],
  ...['password', 'users', 'ppp', '__proto__', '10.0.0.0/8', '255.255.255.255', '---\n', '? ', '""'],
);

describe('the configuration survives', { timeout: 60_000 }, () => {
  it.each([
    ['the sample', SAMPLE],
    ['every option', EVERYTHING],
  ])('%s, changed at random', (_, sample) => {
    const change = fc.record({
      at: fc.nat({ max: sample.length }),
      drop: fc.nat({ max: 12 }),
      put: fc.oneof(pieces, fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 3 })),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let text = sample;
        for (const { at, drop, put } of changes) text = text.slice(0, at) + put + text.slice(at + drop);
        survives(text);
      }),
      { numRuns: RUNS },
    );
  });

  it('values of every kind in every place', () => {
    const lines = EVERYTHING.split('\n').filter((line) => line.includes(': '));
    const value = fc.oneof(
      fc.constantFrom(
        '',
        '~',
        '3',
        '-1',
        '1.5',
        'x',
        '""',
        '[]',
        '{}',
        '[[]]',
        '[~]',
        '{ a: 1 }',
        '[1, x, {}]',
        'true',
      ),
      fc.json({ maxDepth: 3 }).map((json) => json.replaceAll('\\u2028', '')),
    );
    fc.assert(
      fc.property(fc.nat({ max: lines.length - 1 }), value, (index, put) => {
        const line = lines[index] ?? '';
        survives(EVERYTHING.replace(line, `${line.slice(0, line.indexOf(': '))}: ${put}`));
      }),
      { numRuns: RUNS },
    );
  });

  it('noise', () => {
    const noise = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 40 });
    fc.assert(
      fc.property(noise, (parts) => survives(parts.join(''))),
      { numRuns: RUNS },
    );
  });
});
