import type { Json } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import {
  type CheckResult,
  checkAvailability,
  checkCausal,
  checkConservation,
  checkConvergence,
  checkCounter,
  checkEffects,
  checkLatency,
  checkMessages,
  checkMonotonicReads,
  checkMutualExclusion,
  checkRecovery,
  checkSequential,
  checkSessions,
  checkSet,
  checkSingleLeader,
  checkTotalOrder,
  checkTransactions,
  checkUniqueIds,
  type History,
  keyValue,
  type Operation,
  set,
} from '../../src/index.ts';

const json: fc.Arbitrary<Json> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Json>(null, 0, 1, 'a', [], [1], [1, 1], {}) },
  { weight: 1, arbitrary: fc.jsonValue() as fc.Arbitrary<Json> },
);

const step: fc.Arbitrary<Json> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom('r', 'append', 'w'), fc.constantFrom('x', 1), json),
  },
  { weight: 1, arbitrary: json },
) as fc.Arbitrary<Json>;

const words = [
  'read',
  'write',
  'cas',
  'add',
  'remove',
  'txn',
  'txn',
  'txn',
  'acquire',
  'release',
  'use',
  'generate',
  'broadcast',
  'increment',
  'no such thing',
];

const operation: fc.Arbitrary<Omit<Operation, 'index'>> = fc
  .record({
    process: fc.constantFrom('a', 'b', '__proto__'),
    f: fc.constantFrom(...words),
    key: fc.constantFrom(undefined, 'x', 'constructor', 1),
    input: fc.oneof(json, fc.array(step, { maxLength: 3 })),
    output: fc.oneof(json, fc.array(step, { maxLength: 3 }), fc.constant(undefined)),
    type: fc.constantFrom('ok' as const, 'ok' as const, 'fail' as const, 'info' as const),
    invokedMs: fc.constantFrom(0, 1, 2, 3, -1),
    endedMs: fc.constantFrom(null, 0, 1, 2, 3),
    node: fc.constantFrom(undefined, 'n1', '__proto__'),
  })
  .map(({ key, output, node, ...rest }) => ({
    ...rest,
    ...(key !== undefined && { key }),
    ...(output !== undefined && { output }),
    ...(node !== undefined && { node }),
  }));

const histories: fc.Arbitrary<History> = fc
  .record({
    given: fc.array(operation, { maxLength: 8 }),
    faults: fc.array(
      fc.record({ fromMs: fc.nat(3), toMs: fc.constantFrom(null, 1, 2), what: fc.constant('cut') }),
      { maxLength: 2 },
    ),
  })
  .map(({ given, faults }) => ({
    operations: given.map((one, index) => ({ ...one, index })),
    faults,
  }));

const logs = { n1: [1, 'a', null, 1], n2: [{}, []] };
const checks: Readonly<Record<string, (history: History) => CheckResult>> = {
  'append lists': (history) => checkTransactions(history, { kind: 'append' }),
  registers: (history) => checkTransactions(history, { kind: 'register', keys: 'linearizable' }),
  'convergent registers': (history) =>
    checkTransactions(history, { kind: 'register', keys: 'convergent' }),
  causal: (history) => checkCausal(history),
  'causal memory': (history) => checkCausal(history, { form: 'causal-memory' }),
  'causal convergence': (history) => checkCausal(history, { form: 'causal-convergence' }),
  sessions: (history) => checkSessions(history),
  'sessions by values': (history) => checkSessions(history, { order: 'values' }),
  'sessions by stamps': (history) => checkSessions(history, { order: 'hybrid' }),
  sequential: (history) => checkSequential(history, { model: keyValue }),
  'sequential sets': (history) => checkSequential(history, { model: set }),
  set: (history) => checkSet(history, { linearizable: true }),
  counter: (history) => checkCounter(history),
  'final counter': (history) => checkCounter(history, { reads: 'final' }),
  ids: (history) => checkUniqueIds(history, { order: 'real time' }),
  'monotonic numbers': (history) => checkMonotonicReads(history, { grows: 'number' }),
  'monotonic lists': (history) => checkMonotonicReads(history, { grows: 'list' }),
  convergence: (history) => checkConvergence(history),
  money: (history) => checkConservation(history, { accounts: { a: 1 } }),
  lock: (history) => checkMutualExclusion(history),
  lease: (history) => checkMutualExclusion(history, { leases: true }),
  'total order': (history) => checkTotalOrder(history, { logs }),
  effects: (history) => checkEffects(history, { promise: 'exactly once', effects: logs.n1 }),
  latency: (history) => checkLatency(history, { quantilesMs: { 0.5: 1 } }),
  messages: (history) => checkMessages(history, { messages: 5, perOperationMax: 1 }),
  availability: (history) => checkAvailability(history, { shareMin: 0.5 }),
  recovery: (history) => checkRecovery(history, { withinMs: 1 }),
};

test.each(Object.entries(checks))(
  '%s: no history is so bad that there is no verdict',
  (_, check) => {
    fc.assert(
      fc.property(histories, (history) => {
        const { verdict, summary, explanation } = check(history);
        expect(['ok', 'violated', 'unknown', 'vacuous']).toContain(verdict);
        expect(summary).not.toMatch(/\n|undefined|NaN/);
        if (verdict === 'violated' || verdict === 'unknown') expect(explanation).not.toEqual([]);
      }),
      { numRuns: draws(100) },
    );
  },
);

test.each(Object.entries(checks))('%s: a history without answers does not pass', (name, check) => {
  fc.assert(
    fc.property(histories, ({ operations, faults }) => {
      const unanswered = operations.map(({ output: _, ...one }) =>
        one.type === 'ok' ? { ...one, type: 'info' as const, endedMs: null } : one,
      );
      const { verdict } = check({ operations: unanswered, ...(faults && { faults }) });
      // Messages without an operation still count.
      if (name !== 'messages') expect(verdict).not.toBe('ok');
    }),
  );
});

test('malformed events still get a verdict on leaders', () => {
  const event = fc.record({
    node: fc.constantFrom('n1', 'n2'),
    name: fc.constant('role'),
    data: fc.record({ role: fc.constantFrom('leader', 1), term: json }),
    atMs: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      expect(checkSingleLeader(events).summary).not.toMatch(/\n|undefined|NaN/);
    }),
  );
});

test.each(Object.entries(checks))('%s: does not change the history', (_, check) => {
  fc.assert(
    fc.property(histories, (history) => {
      const before = structuredClone(history);
      check(history);
      expect(history).toEqual(before);
    }),
    { numRuns: draws(30) },
  );
});
