/** The documents describe workloads as their declarations do. */
import { readFileSync } from 'node:fs';
import { LoadSchema } from '@faultline/plans';
import { expect, test } from 'vitest';
import { findWorkload, workloads } from '../src/index.ts';
import { loadOptions } from '../src/workloads/load-options.ts';
import { workloadRows } from './helpers/workload-table.ts';

const document = readFileSync(new URL('../WORKLOADS.md', import.meta.url), 'utf8');

test('the table of workloads matches their declarations, in order', () => {
  const [, table] = /^\| workload \| options .*\n\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(document)!;
  expect(table!.trimEnd().split('\n')).toEqual(workloadRows());
});

test('every option of a workload has a description and a default', () => {
  const mute = workloads.flatMap(({ name, options }) =>
    Object.entries(options.properties).flatMap(([option, schema]) => {
      const { description = '' } = schema as { description?: string };
      return description !== '' && 'default' in schema ? [] : [`${name}: ${option}`];
    }),
  );
  expect(mute).toEqual([]);
});

test('a workload accepts every declared option, and rejects any other', () => {
  for (const { name, options, keys, load } of workloads) {
    const defaults = Object.entries(options.properties).map(([option, schema]) => [
      option,
      (schema as { default?: unknown }).default,
    ]);
    const given = { operations: 1, ...Object.fromEntries(defaults) };
    expect(load({ ...given, ...(keys === null ? {} : { keys }) }).name, name).toContain(name);
    expect(() => load({ ...given, redas: 1 }), name).toThrow(/has no option "redas"/);
  }
});

test('the defaults of a load are those that its options declare', () => {
  const { pace } = findWorkload('register').load({ operations: 1 });
  for (const option of ['clients', 'timeout', 'ask'] as const) {
    expect(pace[option], option).toBe((loadOptions[option] as { default?: unknown }).default);
  }
  expect(Object.keys(LoadSchema.properties)).toEqual(
    expect.arrayContaining(['clients', 'timeout']),
  );
});
