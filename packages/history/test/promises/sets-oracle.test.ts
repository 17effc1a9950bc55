import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import {
  checkConservation,
  checkConvergence,
  checkSet,
  type Operation,
  type SetOptions,
} from '../../src/index.ts';
import { rightHistory, subjects } from '../helpers/generate.ts';
import { add, type Given, history, outcome, remove } from './helpers.ts';

const read = (output: readonly number[], more: Partial<Given> = {}): Given => ({
  f: 'read',
  output,
  ...more,
});

describe('a set with removals', () => {
  test.each<[string, readonly Given[], SetOptions, string]>([
    ['a removal before the add hides no loss', [remove(1), add(1), read([])], {}, 'violated: lost'],
    [
      'a failed removal hides no loss',
      [add(1), remove(1, { type: 'fail' }), read([])],
      {},
      'violated: lost',
    ],
    [
      'a second removal counts',
      [add(1), remove(1), add(1), remove(1), read([1])],
      {},
      'violated: resurrected',
    ],
    [
      'an element that a linearizable set shows after its removal is stale',
      [add(1), remove(1), read([1]), read([])],
      { linearizable: true },
      'violated: stale',
    ],
    [
      'an unknown removal may take effect late',
      [remove(1, { type: 'info' }), add(1), read([1]), read([])],
      {},
      'ok',
    ],
    [
      'an unanswered add that only the last read shows is read',
      [add(1, { type: 'info' }), add(2), read([1, 2])],
      {},
      'ok',
    ],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkSet(history(given), options))).toBe(expected);
  });

  /** The final read, after all else. */
  const ended = (operations: readonly Operation[], output: readonly number[]): Operation[] => [
    ...operations,
    {
      index: operations.length,
      process: 'last',
      f: 'read',
      input: null,
      output,
      type: 'ok',
      invokedMs: 10_000,
      endedMs: 10_001,
    },
  ];
  /** What is certainly there in the end, or certainly not. */
  const certain = (operations: readonly Operation[], element: number): boolean | undefined => {
    const changes = operations.filter(
      ({ f, input, type }) =>
        (f === 'add' || f === 'remove') && input === element && type !== 'fail',
    );
    if (changes.some(({ type }) => type === 'info')) return undefined;
    const latest = changes.filter(
      (one) => !changes.some((other) => one.endedMs! < other.invokedMs),
    );
    if (latest.length === 0) return false;
    const isAdd = latest.map(({ f }) => f === 'add');
    return isAdd.every((is) => is === isAdd[0]) ? isAdd[0] : undefined;
  };
  const stateOf = (operations: readonly Operation[], choice: boolean): number[] =>
    [1, 2, 3].filter((element) => certain(operations, element) ?? choice);

  test.each([{ linearizable: false }, { linearizable: true }])(
    'what a set answers that follows the model passes (%o)',
    (options) => {
      fc.assert(
        fc.property(rightHistory(subjects.set!), (operations) => {
          expect(checkSet({ operations }, options).verdict).not.toBe('violated');
        }),
        { numRuns: draws(500) },
      );
    },
  );

  test('one element lost or kept in the end is found', () => {
    let found = 0;
    fc.assert(
      fc.property(rightHistory(subjects.set!), fc.constantFrom(1, 2, 3), (operations, element) => {
        const isThere = certain(operations, element);
        const added = operations.some(
          ({ f, input, type }) => f === 'add' && input === element && type === 'ok',
        );
        if (isThere === undefined || !added) return;
        // Only where the last changes do not overlap others of the other kind is this certain for it.
        const changes = operations.filter(
          ({ f, input, type }) =>
            (f === 'add' || f === 'remove') && input === element && type !== 'fail',
        );
        const mixed = changes.some((a) =>
          changes.some(
            (b) => a.f !== b.f && a.invokedMs <= b.endedMs! && b.invokedMs <= a.endedMs!,
          ),
        );
        if (mixed) return;
        found += 1;
        const right = stateOf(operations, false);
        const wrong = isThere ? right.filter((one) => one !== element) : [...right, element];
        const { verdict, stats } = checkSet({ operations: ended(operations, wrong) });
        expect(verdict).toBe('violated');
        expect(stats[isThere ? 'lost' : 'resurrected']).toBeGreaterThan(0);
      }),
      { numRuns: draws(500) },
    );
    if (drawsAll) expect(found).toBeGreaterThan(50);
  });
});

describe('convergence', () => {
  const by = (node: string, output: readonly number[], more: Partial<Given> = {}): Given =>
    read(output, { node, process: node, ...more });
  test.each<[string, readonly Given[], string]>([
    [
      'agreement on an element that no client added does not count',
      [add(1), by('n1', [1, 9]), by('n2', [1, 9])],
      'violated: unexpected',
    ],
    [
      'a failed removal hides no loss',
      [add(1), remove(1, { type: 'fail' }), by('n1', []), by('n2', [])],
      'violated: lost',
    ],
    [
      'a removal before the add hides no loss',
      [remove(1), add(1), by('n1', []), by('n2', [])],
      'violated: lost',
    ],
    ['a removal after the add is no loss', [add(1), remove(1), by('n1', []), by('n2', [])], 'ok'],
    [
      'an unknown add between two last reads is in doubt',
      [add(1), add(2, { type: 'info' }), by('n1', [1]), by('n2', [1, 2])],
      'unknown',
    ],
    [
      'an unknown removal between two last reads is in doubt',
      [add(1), remove(1, { type: 'info' }), by('n1', [1]), by('n2', [])],
      'unknown',
    ],
    [
      'an unknown add that was read before has to be everywhere',
      [add(1), add(2, { type: 'info' }), by('n1', [1, 2]), by('n2', [1])],
      'violated: disagreeing',
    ],
    [
      'an unknown add explains nothing else',
      [add(1), add(2, { type: 'info' }), by('n1', []), by('n2', [1, 2])],
      'violated: disagreeing',
    ],
  ])('%s', (_, given, expected) => {
    expect(outcome(checkConvergence(history(given)))).toBe(expected);
  });

  test.each([
    ['before it was read', 1, 2, 'unknown'],
    ['after it was read', 2, 1, 'violated: disagreeing'],
  ])('an unknown write of a register, %s', (_, first, second, expected) => {
    const given: Given[] = [
      { f: 'write', input: 1 },
      { f: 'write', input: 2, type: 'info', process: 'c2' },
      { f: 'read', output: first, node: 'n1' },
      { f: 'read', output: second, node: 'n2' },
    ];
    expect(outcome(checkConvergence(history(given)))).toBe(expected);
  });
});

describe('conservation', () => {
  const read = (balances: Readonly<Record<string, number>>): Given => ({
    f: 'read',
    output: balances,
  });
  test.each<[string, Record<string, number>, Record<string, number>, string]>([
    ['whole numbers are exact', { a: 1e10, b: 0 }, { a: 1e10 - 7, b: 0 }, 'violated: wrong total'],
    [
      'whole sums above 2^53 are exact',
      { a: Number.MAX_SAFE_INTEGER, b: 2 },
      { a: Number.MAX_SAFE_INTEGER, b: 3 },
      'violated: wrong total',
    ],
    ['fractions may be rounded', { a: 0.1, b: 0.2 }, { a: 0.3, b: 0 }, 'ok'],
    ['a lost fraction is found', { a: 0.5, b: 0.5 }, { a: 0.5, b: 0.25 }, 'violated: wrong total'],
  ])('%s', (_, accounts, balances, expected) => {
    expect(outcome(checkConservation(history([read(balances)]), { accounts }))).toBe(expected);
  });
});
