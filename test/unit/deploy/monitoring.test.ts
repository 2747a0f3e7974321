import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Telemetry } from '../../../lib/server/telemetry/index.js';
import { FakeLns } from '../server/fake-lns.js';

const file = (name: string): string =>
  readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');

/** Names of the metrics that the server has, with those of histograms' series. */
async function metrics(): Promise<Set<string>> {
  const text = await new Telemetry(new FakeLns()).metrics.text();
  return new Set(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** Names of metrics in PromQL: words with an underscore that are neither functions nor labels. */
const named = (expressions: readonly string[]): string[] =>
  expressions.flatMap((text) => text.match(/\b(?:kernel_l2tp|process|nodejs)_\w+/g) ?? []);

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

it('alerts on metrics that exist', async () => {
  const { groups } = parse(file('prometheus/alerts.yaml')) as Rules;
  const names = named(groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)));
  const known = await metrics();
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

it('draws metrics that exist', async () => {
  const { panels } = JSON.parse(file('grafana/kernel-l2tp.json')) as Dashboard;
  const names = named(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  const known = await metrics();
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});
