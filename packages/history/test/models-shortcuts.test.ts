/** Models that decide some histories without a search, against the search, in both directions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../test/helpers/draws.ts';
import { checkLinearizable, type Model, type Operation, queue, set } from '../src/index.ts';
import { Search } from '../src/linearizability/search.ts';
import { inProcessOrder } from '../src/times.ts';
import { anyHistory, rightHistory, type Subject, subjects } from './helpers/generate.ts';
import { someOf } from './helpers/oracle.ts';

/** Each element is put in once, in the order of invocation; wrong answers name any of them. */
const queueOfUnique: Subject = {
  ...subjects.queue!,
  questions: subjects.queue!.questions.map(({ f }) => ({ f, input: null })),
  answers: ({ f }) =>
    f === 'dequeue'
      ? fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 5 }))
      : fc.constant(null),
};

/** Elements are numbers in the order of the enqueues. */
function numbered(operations: readonly Operation[]): Operation[] {
  let element = 0;
  return operations.map((one) => (one.f === 'enqueue' ? { ...one, input: ++element } : one));
}

/** The answers of a queue that got each element once, because there are enough to draw from. */
const right = (options: { clients: number; max: number }): fc.Arbitrary<Operation[]> =>
  rightHistory(
    {
      ...subjects.queue!,
      questions: fc.oneof(
        fc.integer({ min: 1, max: 2 ** 40 }).map((input) => ({ f: 'enqueue', input })),
        fc.constant({ f: 'dequeue', input: null }),
      ),
    },
    options,
  );

/** Some answers are exchanged for other elements, or none. */
const nearlyRight = fc
  .tuple(
    right({ clients: 4, max: 12 }),
    fc.array(fc.tuple(fc.nat(11), fc.nat(12)), { maxLength: 2 }),
  )
  .map(([operations, exchanged]) => {
    const elements = operations.flatMap(({ f, input }) => (f === 'enqueue' ? [input] : []));
    return operations.map((one, i) => {
      const other = exchanged.find(([at]) => at === i);
      const isExchanged = other !== undefined && one.f === 'dequeue' && one.type === 'ok';
      return isExchanged ? { ...one, output: elements[other[1]] ?? null } : one;
    });
  });

function searched(operations: readonly Operation[], model: Model): 'ok' | 'violated' {
  const search = new Search(operations, model);
  search.run(Number.POSITIVE_INFINITY);
  return search.outcome!;
}

describe('a queue of unique elements', () => {
  const history = fc
    .oneof(anyHistory(queueOfUnique, 8).map(numbered), nearlyRight)
    .map((operations) => inProcessOrder(operations) as Operation[]);

  test('is judged as by search, and its conflict has no order on its own', () => {
    const seen = { ok: 0, violated: 0, undecided: 0 };
    fc.assert(
      fc.property(history, (operations) => {
        const shortcut = queue.shortcut!(operations);
        if (shortcut === undefined) {
          seen.undecided += 1;
          return;
        }
        const verdict = shortcut.conflict.length > 0 ? 'violated' : 'ok';
        seen[verdict] += 1;
        expect(verdict).toBe(searched(operations, queue));
        if (verdict === 'ok') expectOrder(shortcut.order(), operations, queue);
        else expect(searched(shortcut.conflict, queue)).toBe('violated');
      }),
      { numRuns: draws(4000) },
    );
    if (drawsAll) expect(seen.ok).toBeGreaterThan(200);
    if (drawsAll) expect(seen.violated).toBeGreaterThan(200);
    if (drawsAll) expect(seen.undecided).toBeLessThan(40);
  });
});

test('a queue of unique elements is decided however many clients there are, and many stay unknown', () => {
  const many = right({ clients: 25, max: 400 });
  fc.assert(
    fc.property(many, (operations) => {
      const { verdict } = checkLinearizable(operations, queue, { maxSteps: operations.length });
      expect(['ok', 'vacuous']).toContain(verdict);
    }),
    { numRuns: draws(60) },
  );
});

const elements = fc.integer({ min: 1, max: 4 });
const setThatGrows: Subject = {
  ...subjects.set!,
  questions: fc.oneof(
    fc.constant({ f: 'read', input: null }),
    elements.map((input) => ({ f: 'add', input })),
    elements.map((input) => ({ f: 'contains', input })),
  ),
  answers: ({ f }) => {
    if (f === 'contains') return fc.boolean();
    return f === 'read' ? fc.uniqueArray(elements, { maxLength: 4 }) : fc.constant(null);
  },
};

/** A right history in which some answers are other ones. */
const nearlyRightSet = fc
  .tuple(
    rightHistory(setThatGrows, { clients: 4, max: 12 }),
    fc.array(fc.tuple(fc.nat(11), fc.uniqueArray(elements, { maxLength: 4 })), { maxLength: 2 }),
  )
  .map(([operations, exchanged]) =>
    operations.map((one, i) => {
      const other = exchanged.find(([at]) => at === i);
      if (other === undefined || one.type !== 'ok' || one.f === 'add') return one;
      return { ...one, output: one.f === 'read' ? other[1] : one.output !== true };
    }),
  );

describe('a set from which nothing is removed', () => {
  const history = fc
    .oneof(anyHistory(setThatGrows, 8), nearlyRightSet)
    .map((operations) => inProcessOrder(operations) as Operation[]);

  test('is judged as by search', () => {
    const seen = { ok: 0, violated: 0 };
    fc.assert(
      fc.property(history, (operations) => {
        const shortcut = set.shortcut!(operations)!;
        const verdict = shortcut.conflict.length > 0 ? 'violated' : 'ok';
        seen[verdict] += 1;
        expect(verdict).toBe(searched(operations, set));
        if (verdict === 'ok') expectOrder(shortcut.order(), operations, set);
      }),
      { numRuns: draws(4000) },
    );
    if (drawsAll) expect(seen.ok).toBeGreaterThan(200);
    if (drawsAll) expect(seen.violated).toBeGreaterThan(200);
  });

  test('is judged as by every choice of operations that may have had no effect', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(11), { maxLength: 4 }), (operations, open) => {
        const adds = operations.filter(({ f, type }) => f === 'add' && type === 'ok');
        const optional = new Set(adds.filter((_, i) => open.includes(i)));
        const shortcut = set.shortcutWithOptional!(operations, optional)!;
        const isRight = someOf([...optional]).some((taken) => {
          const some = operations.filter((one) => !optional.has(one) || taken.includes(one));
          return searched(some, set) === 'ok';
        });
        expect(shortcut.conflict.length === 0).toBe(isRight);
      }),
      { numRuns: draws(2000) },
    );
  });

  test('is decided however many clients there are', () => {
    const many = rightHistory(
      {
        ...setThatGrows,
        questions: fc.oneof(
          fc.constant({ f: 'read', input: null }),
          fc.integer().map((input) => ({ f: 'add', input })),
        ),
      },
      { clients: 25, max: 400 },
    );
    fc.assert(
      fc.property(many, (operations) => {
        const { verdict } = checkLinearizable(operations, set, { maxSteps: operations.length });
        expect(['ok', 'vacuous']).toContain(verdict);
      }),
      { numRuns: draws(60) },
    );
  });
});

/** All that was answered, in an order of its times, as the model has it. */
function expectOrder<State>(
  order: readonly Operation[],
  operations: readonly Operation[],
  model: Model<State>,
): void {
  const places = new Map(order.map((one, place) => [one, place]));
  expect(places.size).toBe(order.length);
  let state = model.init;
  for (const [place, one] of order.entries()) {
    if (order.slice(place + 1).some((later) => isBefore(later, one))) {
      throw new Error(`#${one.index} comes too early`);
    }
    const next = model.step(state, one) as State | undefined;
    if (next === undefined) throw new Error(`#${one.index} cannot be placed`);
    state = next;
  }
  for (const one of operations) {
    const counts = one.type === 'ok' || (one.type === 'fail' && model.observesFailure(one));
    if (counts && !places.has(one)) throw new Error(`#${one.index} is left out`);
  }
}

const isBefore = (a: Operation, b: Operation): boolean =>
  a.type !== 'info' && a.endedMs! < b.invokedMs;
