/** What the README says that programs promise is what their modules say. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { programPromises, readyPrograms, survivedBy } from '../src/index.ts';
import { majority, Register } from '../src/register/core.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('every ready program states a promise', () => {
  expect(Object.keys(programPromises).sort()).toEqual(Object.keys(readyPrograms).sort());
});

test('the table of promises matches the programs', () => {
  const [, table] = /^\| program \| promise .*\n\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(readme)!;
  const rows = Object.entries(programPromises).map(([name, { promise, breaks }]) => {
    const broken = Object.entries(breaks).map(([fault, how]) => `*${fault}*: ${how}`);
    return `| \`${name}\` | ${promise} | ${broken.join('; ') || 'nothing'} |`;
  });
  expect(table!.trimEnd().split('\n')).toEqual(rows);
});

test('a late copy of a write to a register is done again, as its promises say', () => {
  expect(survivedBy(programPromises.register!)).not.toContain('late copies');
  expect(majority(1)).toBe(1);
  const message = (msg_id: number, body: object) => ({
    ...{ src: 'c1', dest: 'n1' },
    body: { type: 'write', key: 'x', msg_id, ...body },
  });
  const self = { id: 'n1', members: ['n1'] };
  const first = new Register({ ...self, incarnation: 1 });
  first.receive(message(1, { value: 'old' }), 0);
  first.receive(message(1, { value: 'old' }), 0);
  first.receive(message(2, { value: 'new' }), 0);
  expect(first.snapshot()).toMatchObject([{ value: 'new', tag: { count: 2 } }]);
  const again = new Register({ ...self, incarnation: 2 });
  again.restore(first.snapshot(), 0);
  again.receive(message(1, { value: 'old' }), 0);
  expect(again.snapshot()).toMatchObject([{ value: 'old', tag: { count: 3 } }]);
});
