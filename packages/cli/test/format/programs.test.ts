import { programPromises } from '@faultline/programs';
import { expect, test } from 'vitest';
import { programAsData, programInWords, programList } from '../../src/format/programs.ts';

test('lists every ready program', () => {
  for (const name of Object.keys(programPromises)) expect(programList()).toContain(`\n${name} `);
});

test('shows what a program promises, what that survives, and how it breaks', () => {
  const text = programInWords('register');
  expect(text).toContain('Reads and writes of a key are linearizable');
  expect(text).toMatch(/It survives:[\s\S]*\n {2}partition /);
  expect(text).toMatch(
    /It breaks under:[\s\S]*\n {2}late copies +a copy of a request arrives after the node that had the first one was killed:\n +the node writes the value again, even over a newer one/,
  );
  expect(programAsData('register').survives).not.toContain('late copies');
});

test('rejects a misspelled program and suggests the right one', () => {
  expect(() => programInWords('regster')).toThrow(/did you mean register\?/);
  expect(() => programInWords('constructor')).toThrow(/expected one of|did you mean/);
});
