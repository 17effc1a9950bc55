import { expect, test } from 'vitest';
import { table } from '../../src/format/table.ts';

test('columns are as wide as their widest cell, the head included, and lines end without spaces', () => {
  expect(
    table(
      ['A', 'LONGER', ''],
      [
        ['wide cell', 'x', ''],
        ['y', '', 'said at the end'],
      ],
    ),
  ).toBe(['A          LONGER', 'wide cell  x', 'y                  said at the end'].join('\n'));
});

test('a table without rows is its head', () => {
  expect(table(['NAME', 'PID'], [])).toBe('NAME  PID');
});
