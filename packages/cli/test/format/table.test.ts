import { expect, test } from 'vitest';
import { table } from '../../src/format/table.ts';

test('makes columns as wide as their widest cell or header, without trailing spaces', () => {
  expect(
    table(
      ['A', 'LONGER', ''],
      [
        ['wide cell', 'x', ''],
        ['y', '', 'text at the end'],
      ],
    ),
  ).toBe(['A          LONGER', 'wide cell  x', 'y                  text at the end'].join('\n'));
});

test('prints only the header of a table without rows', () => {
  expect(table(['NAME', 'PID'], [])).toBe('NAME  PID');
});
