import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import {
  checkTransactions,
  type History,
  type Operation,
  type TransactionModel,
  type TransactionOptions,
} from '../../src/index.ts';
import { historyOf, type StepText, txn } from './helpers.ts';
import {
  anyOrder,
  isSerializable,
  isSnapshotIsolated,
  realTimeOrder,
  sessionOrder,
} from './oracle.ts';

const keys = ['x', 'y', 'z'];
const runs = { numRuns: draws(300) };

const holds = (history: History, options: TransactionOptions): boolean | null => {
  const { verdict } = checkTransactions(history, options);
  return verdict === 'unknown' ? null : verdict !== 'violated';
};

interface Draft {
  readonly steps: readonly {
    readonly isRead: boolean;
    readonly key: string;
    readonly lag: number;
  }[];
  readonly process: number;
  readonly fate: Operation['type'];
  readonly beginsMs: number;
  readonly lastsMs: number;
}

const draft = (fates: readonly Operation['type'][]): fc.Arbitrary<Draft> =>
  fc.record({
    steps: fc.array(
      fc.record({
        isRead: fc.boolean(),
        key: fc.constantFrom(...keys),
        lag: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    process: fc.integer({ min: 0, max: 2 }),
    fate: fc.constantFrom(...fates),
    beginsMs: fc.integer({ min: 0, max: 8 }),
    lastsMs: fc.integer({ min: 0, max: 8 }),
  });

/** Steps of all transactions in one queue, in an order drawn at random, each on the live store. */
function interleaved(
  drafts: readonly Draft[],
  order: readonly number[],
  kind: 'append' | 'register',
  finalRead: boolean,
): History {
  const lists = new Map<string, number[]>(keys.map((key) => [key, []]));
  const steps: StepText[][] = drafts.map(() => []);
  const own = drafts.map(() => new Set<string>());
  let value = 0;
  const turn = drafts.map(() => 0);
  const queue = drafts.flatMap(({ steps }, t) => steps.map(() => t));
  for (const [i, at] of order.entries()) {
    const j = i + (at % Math.max(1, queue.length - i));
    if (j < queue.length) [queue[i], queue[j]] = [queue[j]!, queue[i]!];
  }
  for (const t of queue) {
    const { isRead, key, lag } = drafts[t]!.steps[turn[t]!++]!;
    const list = lists.get(key)!;
    if (isRead) {
      const isLate = !own[t]!.has(key);
      const seen = list.slice(0, Math.max(0, list.length - (isLate ? lag : 0)));
      steps[t]!.push(['r', key, kind === 'append' ? seen : (seen.at(-1) ?? null)]);
    } else {
      list.push(++value);
      own[t]!.add(key);
      steps[t]!.push([kind === 'append' ? 'append' : 'w', key, value]);
    }
  }
  const last = keys.map((key): StepText => {
    const list = lists.get(key)!;
    return ['r', key, kind === 'append' ? list : (list.at(-1) ?? null)];
  });
  return historyOf(
    ...drafts.map(({ process, fate, beginsMs, lastsMs }, t) =>
      txn(steps[t]!, {
        process: `p${process}`,
        type: fate,
        at: [beginsMs, beginsMs + lastsMs],
      }),
    ),
    ...(finalRead ? [txn(last, { process: 'last', at: [100, 101] })] : []),
  );
}

const histories = (
  kind: 'append' | 'register',
  finalRead: boolean,
  fates: readonly Operation['type'][] = ['ok'],
  maxLength = 4,
): fc.Arbitrary<History> =>
  fc
    .tuple(
      fc.array(draft(fates), { minLength: 1, maxLength }),
      fc.array(fc.nat(20), { minLength: 12, maxLength: 12 }),
    )
    .map(([drafts, order]) => interleaved(drafts, order, kind, finalRead));

/** A process runs one transaction at a time: the drawn ones are put one after another. */
function inTurn(history: History): History {
  const free = new Map<string, number>();
  return {
    operations: history.operations.map((operation) => {
      const lasts = (operation.endedMs ?? operation.invokedMs) - operation.invokedMs;
      const invokedMs = Math.max(operation.invokedMs, (free.get(operation.process) ?? -1) + 1);
      free.set(operation.process, invokedMs + lasts);
      return {
        ...operation,
        invokedMs,
        endedMs: operation.endedMs === null ? null : invokedMs + lasts,
      };
    }),
  };
}

describe('where every order of versions was read, the verdict on lists is exactly the definition', () => {
  const cases: [TransactionModel, (history: History) => boolean][] = [
    ['serializable', (history) => isSerializable(history, anyOrder)],
    ['strong-session-serializable', (history) => isSerializable(history, sessionOrder)],
    ['strict-serializable', (history) => isSerializable(history, realTimeOrder)],
  ];
  test.each(cases)('%s', (model, isTrue) => {
    fc.assert(
      fc.property(histories('append', true), (drawn) => {
        const history = inTurn(drawn);
        expect(holds(history, { kind: 'append', model })).toBe(isTrue(history));
      }),
      runs,
    );
  });

  test('snapshot-isolation', () => {
    fc.assert(
      fc.property(histories('append', true, ['ok'], 3), (history) => {
        expect(holds(history, { kind: 'append', model: 'snapshot-isolation' })).toBe(
          isSnapshotIsolated(history),
        );
      }),
      { numRuns: draws(200) },
    );
  });
});

describe('no false alarm', () => {
  const kinds = ['append', 'register'] as const;
  test.each(kinds)('%s: a history reported as not serializable is not', (kind) => {
    fc.assert(
      fc.property(histories(kind, false, ['ok', 'ok', 'info', 'fail'], 5), (history) => {
        if (holds(history, { kind, model: 'serializable' }) === false) {
          expect(isSerializable(history, anyOrder)).toBe(false);
        }
      }),
      runs,
    );
  });

  test.each(kinds)('%s: a history reported as not strictly serializable is not', (kind) => {
    fc.assert(
      fc.property(histories(kind, false, ['ok', 'ok', 'info'], 5), (drawn) => {
        const history = inTurn(drawn);
        if (holds(history, { kind, model: 'strict-serializable' }) === false) {
          expect(isSerializable(history, realTimeOrder)).toBe(false);
        }
      }),
      runs,
    );
  });

  test('lists: a history reported as not snapshot isolated is not', () => {
    fc.assert(
      fc.property(histories('append', false, ['ok'], 3), (history) => {
        if (holds(history, { kind: 'append', model: 'snapshot-isolation' }) === false) {
          expect(isSnapshotIsolated(history)).toBe(false);
        }
      }),
      { numRuns: draws(200) },
    );
  });

  /** Each transaction runs at one moment inside its interval, on the live store. */
  const serial = (kind: 'append' | 'register'): fc.Arbitrary<History> =>
    fc.array(draft(['ok', 'ok', 'ok', 'info']), { minLength: 1, maxLength: 40 }).map((drafts) => {
      const lists = new Map<string, number[]>(keys.map((key) => [key, []]));
      let value = 0;
      return historyOf(
        ...drafts.map(({ steps, fate, beginsMs, lastsMs }, moment) => {
          const done = steps.map(({ isRead, key }): StepText => {
            const list = lists.get(key)!;
            if (isRead) return ['r', key, kind === 'append' ? [...list] : (list.at(-1) ?? null)];
            list.push(++value);
            return [kind === 'append' ? 'append' : 'w', key, value];
          });
          const at = [moment - beginsMs, moment + lastsMs + 0.5] as const;
          return txn(done, { type: fate, at });
        }),
      );
    });

  test.each([
    ['append', 'none'],
    ['register', 'none'],
    ['register', 'linearizable'],
  ] as const)('%s, keys promised %s: every execution one by one passes', (kind, promised) => {
    fc.assert(
      fc.property(serial(kind), (history) => {
        const { verdict, anomalies } = checkTransactions(history, { kind, keys: promised });
        expect(anomalies).toEqual([]);
        expect(verdict).not.toBe('violated');
        expect(verdict).not.toBe('unknown');
      }),
      runs,
    );
  });
});

test('a search that reaches its limit finds the same models impossible, or reports unknown', () => {
  fc.assert(
    fc.property(histories('append', true, ['ok'], 5), (history) => {
      const full = checkTransactions(history, { kind: 'append' });
      const hasty = checkTransactions(history, { kind: 'append', stepsMax: 0 });
      expect(hasty.verdict).toBe(full.verdict);
      for (const model of ['snapshot-isolation', 'consistent-view', 'read-committed'] as const) {
        const isTrue = holds(history, { kind: 'append', model, stepsMax: 0 });
        if (isTrue === null) {
          expect(model).toBe('consistent-view');
          continue;
        }
        expect(isTrue).toBe(holds(history, { kind: 'append', model }));
      }
    }),
    runs,
  );
});
