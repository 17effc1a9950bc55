import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import {
  type CausalForm,
  checkCausal,
  checkSequential,
  checkSessions,
  type History,
  keyValue,
  type SessionOptions,
} from '../../src/index.ts';
import { type Given, history, outcome, r, w } from './helpers.ts';

const forms: readonly CausalForm[] = ['causal', 'causal-memory', 'causal-convergence'];

/** The histories by which Bouajjani et al., POPL 2017, distinguish the forms. */
const apart: readonly {
  readonly what: string;
  readonly holds: readonly (CausalForm | 'sequential')[];
  readonly given: readonly Given[];
}[] = [
  {
    what: 'one order each, and not the same',
    holds: ['causal', 'causal-memory'],
    given: [w('a', 'x', 1), w('b', 'x', 2), r('a', 'x', 2), r('b', 'x', 1)],
  },
  {
    what: 'no order each, and the same in the end',
    holds: ['causal', 'causal-convergence'],
    given: [
      w('a', 'z', 1),
      w('a', 'x', 1),
      w('a', 'y', 1),
      w('b', 'x', 2),
      r('b', 'z', null),
      r('b', 'y', 1),
      r('b', 'x', 2),
    ],
  },
  {
    what: 'neither',
    holds: ['causal'],
    given: [w('a', 'x', 1), w('b', 'x', 2), r('b', 'x', 1), r('b', 'x', 2)],
  },
  {
    what: 'no one copy',
    holds: ['causal', 'causal-memory', 'causal-convergence'],
    given: [
      w('a', 'x', 1),
      r('a', 'y', null),
      w('a', 'y', 1),
      r('a', 'x', 1),
      w('b', 'x', 2),
      r('b', 'y', null),
      w('b', 'y', 2),
      r('b', 'x', 2),
    ],
  },
  {
    what: 'not even causal',
    holds: [],
    given: [
      w('a', 'x', 1),
      w('a', 'y', 1),
      r('b', 'y', 1),
      w('b', 'x', 2),
      r('c', 'x', 2),
      r('c', 'x', 1),
    ],
  },
  {
    what: 'one copy',
    holds: ['sequential', 'causal', 'causal-memory', 'causal-convergence'],
    given: [w('a', 'x', 1), r('b', 'x', 1), w('b', 'x', 2), r('a', 'x', 2)],
  },
];

describe('causal consistency and its forms differ as in the paper', () => {
  test.each(apart)('$what: $holds', ({ given, holds }) => {
    for (const form of forms) {
      const { verdict } = checkCausal(history(given), { form });
      expect([form, verdict]).toEqual([form, holds.includes(form) ? 'ok' : 'violated']);
    }
    const { verdict } = checkSequential(history(given), { model: keyValue });
    expect(verdict).toBe(holds.includes('sequential') ? 'ok' : 'violated');
  });
});

/** Processes that read some older or newer version of what was written so far, or never will be. */
const drawn: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      process: fc.constantFrom('a', 'b', 'c'),
      key: fc.constantFrom('x', 'y'),
      isRead: fc.boolean(),
      lag: fc.constantFrom(0, 0, 0, 1, 2),
      type: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'info' as const),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .map((drafts) => {
    const versions = new Map<string, (number | null)[]>([
      ['x', [null]],
      ['y', [null]],
    ]);
    return history(
      drafts.map(({ process, key, isRead, lag, type }, i) => {
        const known = versions.get(key)!;
        if (isRead) return r(process, key, known[Math.max(0, known.length - 1 - lag)]!);
        known.push(i);
        return w(process, key, i, { type });
      }),
    );
  });

test('a sequentially consistent history satisfies every causal form and all session guarantees', () => {
  let sequential = 0;
  fc.assert(
    fc.property(drawn, (one) => {
      if (checkSequential(one, { model: keyValue }).verdict !== 'ok') return;
      sequential++;
      for (const form of forms) expect(checkCausal(one, { form }).verdict).not.toBe('violated');
      expect(checkSessions(one).verdict).not.toBe('violated');
    }),
    { numRuns: draws(500) },
  );
  if (drawsAll) expect(sequential).toBeGreaterThan(100);
});

test('a history that is not causal is neither causal memory nor causally convergent', () => {
  let violated = 0;
  fc.assert(
    fc.property(drawn, (one) => {
      if (checkCausal(one).verdict !== 'violated') return;
      violated++;
      expect(checkCausal(one, { form: 'causal-memory' }).verdict).toBe('violated');
      expect(checkCausal(one, { form: 'causal-convergence' }).verdict).toBe('violated');
    }),
    { numRuns: draws(1500) },
  );
  if (drawsAll) expect(violated).toBeGreaterThan(100);
});

test('a stale read is reported with the write that came before it', () => {
  const { explanation } = checkCausal(
    history([w('a', 'x', 1), w('a', 'x', 2), w('a', 'y', 1), r('b', 'y', 1), r('b', 'x', 1)]),
  );
  expect(explanation).toEqual([
    `b's read "x" (operation 4) returned 1, but the write of 2 by a (operation 1), which replaced it, was causally before the read`,
  ]);
});

describe('causal consistency', () => {
  test.each([
    ['a value that no client wrote', [r('a', 'x', 1)], 'violated: value from nowhere'],
    [
      'a value whose write failed',
      [w('a', 'x', 1, { type: 'fail' }), r('b', 'x', 1)],
      'violated: value from nowhere',
    ],
    ['a value written twice', [w('a', 'x', 1), w('b', 'x', 1), r('a', 'x', 1)], 'unknown'],
    ['a compare-and-set', [{ f: 'cas', key: 'x', input: [1, 2] }], 'unknown'],
    ['nothing', [], 'vacuous'],
    [
      'reads before their writes, in a circle',
      [r('a', 'x', 1), w('a', 'y', 1), r('b', 'y', 1), w('b', 'x', 1)],
      'violated: cyclic causality',
    ],
    [
      'an unknown write that its process does not see',
      [w('a', 'x', 1, { type: 'info' }), r('a', 'x', null), r('b', 'x', 1)],
      'ok',
    ],
    ['an own write that is not seen', [w('a', 'x', 1), r('a', 'x', null)], 'violated: stale read'],
  ])('%s', (_, given, expected) => {
    expect(outcome(checkCausal(history(given)))).toBe(expected);
  });

  test('a search that reaches its limit is unknown', () => {
    const given = apart[1]!.given;
    expect(checkCausal(history(given), { form: 'causal-memory', roundsMax: 0 }).verdict).toBe(
      'unknown',
    );
  });
});

describe('session guarantees', () => {
  const stamp = (l: number) => ({ stamps: { hybrid: { l, c: 0 } } });
  test.each<[string, readonly Given[], SessionOptions, string]>([
    [
      'an own write that is not seen',
      [w('a', 'x', 1), r('a', 'x', null)],
      {},
      'violated: read your writes',
    ],
    [
      'a read that goes back',
      [w('b', 'x', 1), w('b', 'x', 2), r('a', 'x', 2), r('a', 'x', 1), r('a', 'x', 2)],
      {},
      'violated: monotonic reads',
    ],
    [
      'a read that goes back to nothing',
      [w('b', 'x', 1), r('a', 'x', 1), r('a', 'x', null)],
      {},
      'violated: monotonic reads',
    ],
    [
      'writes of one process that another sees the other way round',
      [w('a', 'x', 1), w('a', 'x', 2), r('b', 'x', 2), r('b', 'x', 1)],
      {},
      'violated: guarantees together',
    ],
    [
      'the same, where only reads are promised',
      [w('a', 'x', 1), w('a', 'x', 2), r('b', 'x', 2), r('b', 'x', 1)],
      { guarantees: ['monotonic reads'] },
      'ok',
    ],
    [
      'the same, where values are in order',
      [w('a', 'x', 1), w('a', 'x', 2), r('b', 'x', 2), r('b', 'x', 1)],
      { order: 'values' },
      'violated: monotonic reads',
    ],
    [
      'a later write with an earlier stamp',
      [w('a', 'x', 1, stamp(50)), w('a', 'x', 2, stamp(40))],
      { order: 'hybrid' },
      'violated: monotonic writes',
    ],
    [
      'a write after a read with an earlier stamp',
      [w('a', 'x', 1, stamp(50)), r('b', 'x', 1), w('b', 'x', 2, stamp(40))],
      { order: 'hybrid' },
      'violated: writes follow reads',
    ],
    [
      'writes alone, where nothing shows which is later',
      [w('a', 'x', 1), w('a', 'x', 2)],
      { guarantees: ['monotonic writes'] },
      'unknown',
    ],
    ['writes without a stamp', [w('a', 'x', 1), w('a', 'x', 2)], { order: 'hybrid' }, 'unknown'],
    ['another process, another session', [w('a', 'x', 1), r('b', 'x', null)], {}, 'vacuous'],
    ['another key', [w('a', 'x', 1), r('a', 'y', null), r('a', 'x', 1)], {}, 'ok'],
    [
      'an unknown write that is not seen',
      [w('a', 'x', 1, { type: 'info' }), r('a', 'x', null)],
      {},
      'vacuous',
    ],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkSessions(history(given), options))).toBe(expected);
  });

  test('are reported with what each operation returned', () => {
    const { explanation } = checkSessions(history([w('a', 'x', 1), r('a', 'x', null)]));
    expect(explanation).toEqual([
      `read your writes: a's write "x" (operation 0) of 1 and then a's read "x" (operation 1) returned null; these versions cannot be put in order`,
    ]);
  });
});

describe('sequential consistency', () => {
  const check = (given: readonly Given[], statesMax?: number) =>
    outcome(checkSequential(history(given), { model: keyValue, ...(statesMax && { statesMax }) }));

  test('does not require real-time order', () => {
    expect(check([w('a', 'x', 1), r('b', 'x', null), r('b', 'x', 1)])).toBe('ok');
    expect(check([w('a', 'x', 1), r('b', 'x', 1), r('b', 'x', null)])).toBe('violated: no order');
  });

  test('does not compose: each key alone is fine', () => {
    const x = [w('a', 'x', 1), r('b', 'x', null)];
    const y = [w('b', 'y', 1), r('a', 'y', null)];
    expect([check(x), check(y)]).toEqual(['ok', 'ok']);
    const both = [x[0]!, y[0]!, y[1]!, x[1]!];
    expect(check(both)).toBe('violated: no order');
  });

  test('an unknown operation may happen late or never', () => {
    const unknown = w('a', 'x', 1, { type: 'info' });
    expect(check([unknown, r('a', 'x', null), r('a', 'x', 1)])).toBe('ok');
    expect(check([unknown, r('a', 'x', null)])).toBe('ok');
    expect(check([unknown, r('a', 'x', 1), r('a', 'x', null)])).toBe('violated: no order');
  });

  test('too many states are unknown, and an empty history is vacuous', () => {
    const many = Array.from({ length: 20 }, (_, i) => w(`p${i}`, 'x', i));
    expect(check([...many, r('q', 'x', 99)], 1000)).toBe('unknown');
    expect(check([])).toBe('vacuous');
  });
});
