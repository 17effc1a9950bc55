/** Operations that touch: one ends at the time at which another begins. */
import { describe, expect, test } from 'vitest';
import { checkLinearizable, readHistory, register, writeHistory } from '../../src/index.ts';
import { history } from '../helpers/notation.ts';

const verdictOf = (text: string): string => checkLinearizable(history(text), register).verdict;

describe('operations that touch are', () => {
  test('one after the other if one process did both', () => {
    expect(verdictOf('c1 0..1 write 1\nc1 1..2 read → null')).toBe('violated');
    expect(verdictOf('c1 0..1 write 1\nc1 1..2 read → 1')).toBe('ok');
    // With a compare-and-set it takes a search.
    expect(verdictOf('c1 0..1 write 1\nc1 1..2 read → null\nc2 5..6 cas [1,2]')).toBe('violated');
  });

  test('concurrent if two processes did them', () => {
    expect(verdictOf('c1 0..1 write 1\nc2 1..2 read → null')).toBe('ok');
    expect(verdictOf('c1 0..1 write 1\nc2 1..2 read → 1')).toBe('ok');
  });

  test('concurrent between two processes that each continue at that time', () => {
    expect(
      verdictOf(`
        c1 0..1 write 1
        c2 0..1 write 2
        c1 1..2 read → 1
        c2 1..3 write 3
      `),
    ).toBe('ok');
  });

  test('shown with their own times', () => {
    const { witness, explanation } = checkLinearizable(
      {
        operations: history('c1 5..7 write 1\nc1 7..9 read → null'),
        faults: [{ fromMs: 8, toMs: 9, what: 'a cut' }],
      },
      register,
    );
    expect(witness?.operation).toMatchObject({ index: 1, invokedMs: 7, endedMs: 9 });
    expect(explanation.join('\n')).toContain('7 ms to 9 ms');
    expect(witness?.faults).toHaveLength(1);
  });

  test('concurrent if the process began the second before it had the answer to the first', () => {
    const line = (type: string, f: string, atMs: number, message: string, value: object) =>
      JSON.stringify({ type, process: 'c1', atMs, f, value, message });
    const overlapping = readHistory(
      [
        line('invoke', 'write', 0, 'a', { value: 1 }),
        line('invoke', 'read', 1, 'b', {}),
        line('ok', 'write', 1, 'a', {}),
        line('ok', 'read', 2, 'b', { value: null }),
      ].join('\n'),
    );
    expect(checkLinearizable(overlapping, register).verdict).toBe('ok');
  });

  test.each(['lines', 'edn', 'json'] as const)(
    'written to %s in the order of their process',
    (format) => {
      const operations = history('c1 0..1 write 1\nc1 1..1 write 2\nc1 1..2 read → 2');
      expect(readHistory(writeHistory({ operations }, format)).operations).toEqual(operations);
    },
  );
});
