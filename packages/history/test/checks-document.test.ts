/** What CHECKS.md shows is code that runs, and it names every anomaly and every check. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as history from '../src/index.ts';
import { writeSkew } from './examples/write-skew.ts';
import { checkRows } from './helpers/check-table.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const document = read('../CHECKS.md');

test('the document contains the example and its output', () => {
  expect(document).toContain(read('examples/write-skew.ts'));
  expect(document).toContain(writeSkew().join('\n'));
});

test('the table of checks matches their declarations, in their order', () => {
  const [, table] = /^\| check \| options .*\n\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(document)!;
  expect(table!.trimEnd().split('\n')).toEqual(checkRows());
});

test('every anomaly is in the document', () => {
  const named = Object.keys(history.anomalyMeanings).filter(
    (name) => !/-(process|realtime)$/.test(name),
  );
  expect(named.filter((name) => !document.includes(`\`${name}\``))).toEqual([]);
});

test('the document names every check except that of linearizability, and no check that does not exist', () => {
  const checks = Object.keys(history).filter((name) => /^check[A-Z]/.test(name));
  const named = [...document.matchAll(/`(check[A-Z]\w+)/g)].map(([, name]) => name);
  expect([...new Set(named)].sort()).toEqual(
    checks.filter((name) => name !== 'checkLinearizable').sort(),
  );
});
