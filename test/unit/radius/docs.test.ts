import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCause } from '../../../lib/nas/dynamic-authorization.js';
import { terminateCause } from '../../../lib/nas/terminate-cause.js';
import { type AttributeDefinition, attributes } from '../../../lib/radius/index.js';

const DOCS = new URL('../../../docs/radius.md', import.meta.url);
const BEGIN = '<!-- attributes: written by the unit test with UPDATE_DOCS=1 -->\n\n';
const END = '\n\n<!-- end of attributes -->';

const number = ({ vendor, type }: AttributeDefinition): string =>
  vendor === 0 ? String(type) : `26.${vendor}.${type}`;

it('docs/radius.md lists every Acct-Terminate-Cause', () => {
  const causes = [...readFileSync(DOCS, 'utf8').matchAll(/^\| (\d+) [A-Z][\w-]+ \| /gm)].map(([, n]) =>
    Number(n),
  );
  const listed = causes.filter((cause) => cause < 100);
  expect(listed).toEqual(Object.values(terminateCause));
});

it('docs/radius.md lists every Error-Cause', () => {
  const causes = [...readFileSync(DOCS, 'utf8').matchAll(/^\| (\d{3}) [A-Z]/gm)].map(([, n]) => Number(n));
  expect(causes).toEqual(Object.values(errorCause));
});

it('docs/radius.md lists every attribute as the table has it', () => {
  const known: readonly AttributeDefinition[] = attributes;
  const rows = known.map((one) => {
    expect(one.meaning, one.name).toBeTruthy();
    const cells = [one.name, number(one), one.format, one.sent ?? '', one.read ?? '', one.meaning ?? ''];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const table = [
    '| attribute | number | value | sent | read | meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  const text = readFileSync(DOCS, 'utf8');
  const [before, rest = ''] = text.split(BEGIN.trimEnd());
  const [listed, after = ''] = rest.split(END.trimStart());
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCS, `${before}${BEGIN}${table}${END}${after}`);
  else expect(listed?.trim()).toBe(table);
});
