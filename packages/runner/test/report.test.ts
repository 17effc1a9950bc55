import type { Operation } from '@faultline/history';
import { expect, test } from 'vitest';
import { judged } from '../src/report.ts';

const operation = (process: string, f: string, invokedMs: number): Operation => ({
  index: 0,
  process,
  f,
  input: null,
  type: 'ok',
  invokedMs,
  endedMs: invokedMs + 1,
});
const load = { loadBegunMs: 10, readMs: 20 };
const names = (operations: readonly Operation[]): string[] =>
  operations.map(({ process, f, invokedMs }) => `${process} ${f} ${invokedMs}`);

test('a write that only the plan asked for is judged beside the reads of clients, and its other calls are not', () => {
  const all = [
    operation('c1', 'read', 11),
    operation('c2', 'write', 12),
    operation('c2', 'status', 13),
    operation('c1', 'read', 14),
  ];
  expect(names(judged(all, load, ['c1'], ['read', 'write', 'cas']))).toEqual([
    'c1 read 11',
    'c2 write 12',
    'c1 read 14',
  ]);
  expect(names(judged(all, load, ['c1'], []))).toEqual(['c1 read 11', 'c1 read 14']);
});

test('what was asked before the load, or after its last read, is not judged', () => {
  const all = [9, 10, 20, 21].map((atMs) => operation('c1', 'read', atMs));
  expect(names(judged(all, load, ['c1']))).toEqual(['c1 read 10', 'c1 read 20']);
});
