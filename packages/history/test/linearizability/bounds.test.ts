/** A part that is too hard is unknown, easy parts beside it are still decided, and nothing crashes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import {
  appendList,
  checkLinearizable,
  LinearizabilityCheck,
  type Model,
  type Operation,
  queue as queueOfAny,
  register,
  set,
} from '../../src/index.ts';
import { rightHistory, subjects } from '../helpers/generate.ts';
import { history } from '../helpers/notation.ts';

/** By search, even where a shortcut could decide. */
const queue = { ...queueOfAny, shortcut: undefined } as typeof queueOfAny;

/** Many enqueues at a time, and then an element comes out that was never put in: each order has to be tried. */
function hard(key: string, size = 20): Operation[] {
  const lines = Array.from({ length: size }, (_, i) => `c${i} 0..9 ${key}: enqueue ${i}`);
  return history([...lines, `d 10..11 ${key}: dequeue → -1`].join('\n'));
}

const easy = history('c1 0..1 easy: enqueue 1\nc2 2..3 easy: dequeue → 2');
const joined = (...parts: Operation[][]): Operation[] =>
  parts.flat().map((operation, index) => ({ ...operation, index }));

describe('a history that is too hard', () => {
  test('is unknown at the step limit', () => {
    const { verdict, summary, stats } = checkLinearizable(hard('h'), queue, { maxSteps: 50_000 });
    expect([verdict, stats.undecidedParts]).toEqual(['unknown', 1]);
    expect(summary).toBe('not decided: the step limit was reached in 1 part of 1');
  });

  test('is unknown at the time limit', () => {
    let asked = 0;
    const isOver = () => ++asked > 3;
    const { verdict, summary } = checkLinearizable(hard('h'), queue, { isOver });
    expect(verdict).toBe('unknown');
    expect(summary).toBe('not decided: the time limit was reached in 1 part of 1');
    expect(asked).toBe(4);
  });

  test('is located only within the time limit, and says when it is not', () => {
    // The shrinking, the locating and the search ask for the time; it is over once it is known to be wrong.
    const late = history('c1 0..1 read → [7]\nc2 2..3 append 1\nc2 4..5 append 2');
    const { verdict, witness, explanation } = checkLinearizable(late, appendList, {
      isOver: () => true,
    });
    expect(verdict).toBe('violated');
    expect(witness!.isLocated).toBe(false);
    expect(explanation.join(' ')).toContain('The search reached its limit');
    const whole = checkLinearizable(late, appendList);
    expect(whole.witness!.isLocated).toBe(true);
    expect(whole.witness!.operation.index).toBe(0);
  });

  test('is unknown at the memory limit, and the other parts are still checked', () => {
    const parts = joined(hard('h', 14), history('c1 0..1 x: enqueue 1\nc2 2..3 x: dequeue → 1'));
    const options = { maxBytes: 2 ** 20 };
    const { verdict, summary, stats } = checkLinearizable(parts, queue, options);
    expect([verdict, stats.undecidedParts]).toEqual(['unknown', 1]);
    expect(summary).toBe('not decided: the memory limit was reached in 1 part of 2');
  });

  test('does not hide an easy violation on another key', () => {
    const { verdict, witness, stats } = checkLinearizable(
      joined(hard('h'), hard('g'), easy),
      queue,
    );
    expect([verdict, witness!.key]).toEqual(['violated', 'easy']);
    expect(stats.steps).toBeLessThan(30_000);
  });

  test('can be suspended and resumed', () => {
    const check = new LinearizabilityCheck(joined(hard('h'), easy), queue);
    let slices = 0;
    while (!check.advance()) {
      slices += 1;
      expect(check.result.verdict).toBe('unknown');
    }
    expect(slices).toBeGreaterThan(0);
    expect(check.result.verdict).toBe('violated');
  });
});

describe('more clients than a word has bits', () => {
  const all = Array.from({ length: 70 }, (_, i) => `c${i} 0..9 add ${i}`);
  const elements = Array.from({ length: 70 }, (_, i) => i);
  const reads = (seen: readonly number[]) => `d 10..11 read → ${JSON.stringify(seen)}`;

  test('are distinguished', () => {
    expect(checkLinearizable(history([...all, reads(elements)].join('\n')), set).verdict).toBe(
      'ok',
    );
    const lost = history([...all, reads(elements.slice(1))].join('\n'));
    const { verdict, stats } = checkLinearizable(lost, set, { maxShrinkSteps: 10_000 });
    expect(verdict).toBe('violated');
    // Additions change places with each other: their orders need not be tried.
    expect(stats.steps).toBeLessThan(10_000);
  });

  test('are accepted with correct answers', () => {
    const { model } = subjects.register!;
    fc.assert(
      fc.property(rightHistory(subjects.register!, { clients: 80, max: 100 }), (operations) => {
        const { verdict } = checkLinearizable(operations, model, { maxSteps: 2_000_000 });
        expect(verdict).not.toBe('violated');
      }),
      { numRuns: draws(100) },
    );
  });
});

test('hundreds of unknown writes cost little, whether or not a read saw them', () => {
  const unknown = Array.from({ length: 300 }, (_, i) => `c${i} ${i}..? write ${i % 150}`);
  const seen = Array.from(
    { length: 100 },
    (_, i) => `r ${400 + 2 * i}..${401 + 2 * i} read → ${i}`,
  );
  const searching = { ...register, shortcut: undefined } as Model;
  const right = history([...unknown, ...seen].join('\n'));
  expect(checkLinearizable(right, searching).verdict).toBe('ok');
  const thrice = [...seen, 'r 700..701 read → 7', 'r 702..703 read → 8', 'r 704..705 read → 7'];
  const wrong = history([...unknown, ...thrice].join('\n'));
  const { verdict, stats } = checkLinearizable(wrong, searching, { maxShrinkSteps: 100_000 });
  expect(verdict).toBe('violated');
  expect(stats.steps).toBeLessThan(5_000_000);
});

test('nonsensical answers are violations and do not throw', () => {
  const odd = fc.record({
    index: fc.nat(5),
    process: fc.constantFrom('c1', '__proto__'),
    f: fc.constantFrom('read', 'write', 'cas', 'append', 'transfer', 'dequeue', 'toString'),
    key: fc.option(fc.constantFrom('x', '__proto__', 1), { nil: undefined }),
    input: fc.jsonValue(),
    output: fc.jsonValue(),
    type: fc.constantFrom('ok', 'info', 'fail'),
    invokedMs: fc.double(),
    endedMs: fc.option(fc.double()),
  }) as fc.Arbitrary<Operation>;
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 6 }), (operations) => {
      for (const { model } of Object.values(subjects)) checkLinearizable(operations, model);
    }),
    { numRuns: draws(300) },
  );
});
