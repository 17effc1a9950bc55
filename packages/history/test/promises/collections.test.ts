import { describe, expect, test } from 'vitest';
import {
  type ConvergenceOptions,
  type CounterOptions,
  checkConservation,
  checkConvergence,
  checkCounter,
  checkMonotonicReads,
  checkSet,
  checkUniqueIds,
  type FaultInterval,
  type Growth,
  type SetOptions,
  type UniqueIdsOptions,
} from '../../src/index.ts';
import { add, at, type Given, history, outcome, remove } from './helpers.ts';

const read = (output: unknown, more: Partial<Given> = {}): Given =>
  ({ f: 'read', output, ...more }) as Given;

describe('a set', () => {
  test.each<[string, readonly Given[], SetOptions, string]>([
    ['what was added is read', [add(1), read([1])], {}, 'ok'],
    ['an element that is never there again', [add(1), read([1]), read([])], {}, 'violated: lost'],
    ['an element that was never there', [add(1), read([])], {}, 'violated: lost'],
    ['an element that comes late', [add(1), read([]), read([1])], {}, 'ok'],
    [
      'the same, where it must be there at once',
      [add(1), read([]), read([1])],
      { linearizable: true },
      'violated: stale',
    ],
    ['an element twice in an answer', [add(1), read([1, 1])], {}, 'violated: duplicated'],
    ['an element that no client added', [read([1])], {}, 'violated: unexpected'],
    [
      'an element whose add failed',
      [add(1, { type: 'fail' }), read([1])],
      {},
      'violated: unexpected',
    ],
    [
      'an element that is added only later',
      [read([1]), add(1), read([1])],
      {},
      'violated: unexpected',
    ],
    ['an unknown add that did not happen', [add(1, { type: 'info' }), read([])], {}, 'ok'],
    [
      'an unknown add that was seen and lost',
      [add(1, { type: 'info' }), read([1]), read([])],
      {},
      'violated: lost',
    ],
    ['an element that no client read after its add', [add(1)], {}, 'unknown'],
    ['an answer that is not a list', [add(1), read('1')], {}, 'violated: malformed'],
    ['a removed element that is gone', [add(1), remove(1), read([])], {}, 'ok'],
    [
      'a removed element that is back at the end',
      [add(1), remove(1), read([]), read([1])],
      {},
      'violated: resurrected',
    ],
    ['a removed element that was added again', [add(1), remove(1), add(1), read([1])], {}, 'ok'],
    [
      'an element added beside its removal',
      [add(1, at(0, 50)), remove(1, at(10, 20)), read([1], at(60, 61))],
      {},
      'ok',
    ],
    ['an unknown removal', [add(1), remove(1, { type: 'info' }), read([1]), read([])], {}, 'ok'],
    ['no operations', [], {}, 'vacuous'],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkSet(history(given), options))).toBe(expected);
  });

  test('is judged for each key separately', () => {
    const given = [add(1, { key: 'x' }), read([1], { key: 'x' }), read([], { key: 'y' })];
    expect(checkSet(history(given)).verdict).toBe('ok');
    const missing = [add(1, { key: 'x' }), read([1], { key: 'y' }), read([], { key: 'x' })];
    expect(checkSet(history(missing)).stats).toMatchObject({ lost: 1, unexpected: 1 });
  });

  test('reports how long it took until elements were visible for good', () => {
    const given = [
      add(1, at(0, 10)),
      add(2, at(0, 10)),
      read([1], at(20, 30)),
      read([1, 2], at(40, 50)),
    ];
    expect(checkSet(history(given)).stats).toMatchObject({
      stale: 1,
      stable: 2,
      'stableMs p0': 0,
      'stableMs p100': 20,
    });
  });
});

describe('a counter', () => {
  test.each<[string, readonly Given[], CounterOptions, string]>([
    ['counts what was acknowledged', [add(2), add(3), read(5)], {}, 'ok'],
    ['an add that was lost', [add(2), add(3), read(3)], {}, 'violated: too small'],
    ['an add that was counted twice', [add(2), read(4)], {}, 'violated: too large'],
    [
      'an add beside the read',
      [add(2, at(0, 20)), read(0, at(5, 10)), read(2, at(6, 11))],
      {},
      'ok',
    ],
    ['an unknown add, much later', [add(2, { type: 'info' }), read(0), read(2), read(0)], {}, 'ok'],
    [
      'a failed add that was counted',
      [add(2, { type: 'fail' }), read(2)],
      {},
      'violated: too large',
    ],
    ['a decrement that may be', [add(2), add(-1, { type: 'info' }), read(1), read(2)], {}, 'ok'],
    [
      'less than all decrements',
      [add(2), add(-1, { type: 'info' }), read(0)],
      {},
      'violated: too small',
    ],
    [
      'a decrement of one that only grows',
      [add(-1), read(-1)],
      { growOnly: true },
      'violated: decrement',
    ],
    [
      'increments without a number',
      [{ f: 'increment' }, { f: 'increment' }, { f: 'decrement' }, read(1)],
      {},
      'ok',
    ],
    ['a text', [add(1), read('1')], {}, 'violated: malformed'],
    ['an add of a text', [{ f: 'add', input: 'one' }, read(0)], {}, 'unknown'],
    [
      'a stale read of one that converges',
      [add(1), read(0), add(1), read(2)],
      { reads: 'final' },
      'ok',
    ],
    [
      'a wrong last read of one that converges',
      [add(1), read(0)],
      { reads: 'final' },
      'violated: too small',
    ],
    [
      'part of an unknown add',
      [add(5, { type: 'info' }), add(1), read(4)],
      { reads: 'final' },
      'violated: impossible',
    ],
    ['no read after the last add', [read(0), add(1)], { reads: 'final' }, 'unknown'],
    ['no read', [add(1)], {}, 'vacuous'],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkCounter(history(given), options))).toBe(expected);
  });
});

test('each key has its own counter', () => {
  const given = [add(1, { key: 'x' }), read(1, { key: 'x' }), read(0, { key: 'y' })];
  expect(checkCounter(history(given)).verdict).toBe('ok');
  expect(checkCounter(history([...given, read(1, { key: 'y' })])).verdict).toBe('violated');
});

describe('unique ids', () => {
  const id = (output: unknown, more: Partial<Given> = {}): Given =>
    ({ f: 'generate', output, ...more }) as Given;
  test.each<[string, readonly Given[], UniqueIdsOptions, string]>([
    ['all different', [id(2), id(1), id('1')], {}, 'ok'],
    ['one twice', [id('a'), id('b'), id('a')], {}, 'violated: duplicate'],
    ['equal objects', [id({ n: 1, c: 2 }), id({ c: 2, n: 1 })], {}, 'violated: duplicate'],
    ['an answer without one', [id(null)], {}, 'violated: malformed'],
    ['smaller than one before', [id(2), id(1)], { order: 'real time' }, 'violated: out of order'],
    ['smaller than one beside', [id(2, at(0, 10)), id(1, at(5, 15))], { order: 'real time' }, 'ok'],
    [
      'smaller than one of another process',
      [id(2), id(1, { process: 'c2' })],
      { order: 'process' },
      'ok',
    ],
    [
      'smaller than one of the same process',
      [id(2), id(3, { process: 'c2' }), id(1)],
      { order: 'process' },
      'violated: out of order',
    ],
    ['ids that have no order', [id(2), id('a')], { order: 'process' }, 'unknown'],
    ['none', [], {}, 'vacuous'],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkUniqueIds(history(given), options))).toBe(expected);
  });
});

test('answers may name their fields as Maelstrom does', () => {
  expect(outcome(checkSet(history([add(1), read({ messages: [1, 1] })])))).toBe(
    'violated: duplicated',
  );
  expect(outcome(checkCounter(history([add(1), read({ value: 1 })])))).toBe('ok');
  expect(
    outcome(
      checkMonotonicReads(history([read({ value: 2 }), read({ value: 1 })]), { grows: 'number' }),
    ),
  ).toBe('violated: gone back');
  const ids = [2, 1].map((id): Given => ({ f: 'generate', output: { id } }));
  expect(outcome(checkUniqueIds(history(ids), { order: 'real time' }))).toBe(
    'violated: out of order',
  );
});

describe('monotonic reads', () => {
  test.each<[string, readonly unknown[], Growth, string]>([
    ['a number that grows', [1, 1, 3], 'number', 'ok'],
    ['a number that falls', [1, 3, 2], 'number', 'violated: gone back'],
    ['a text', [1, '2'], 'number', 'violated: malformed'],
    ['a set that grows', [[1], [2, 1]], 'set', 'ok'],
    [
      'a set that forgets',
      [
        [1, 2],
        [2, 3],
      ],
      'set',
      'violated: gone back',
    ],
    ['a list that grows', [[1], [1, 2]], 'list', 'ok'],
    ['a list in another order', [[1], [2, 1]], 'list', 'violated: gone back'],
    ['one read', [1], 'number', 'vacuous'],
  ])('%s', (_, outputs, grows, expected) => {
    expect(outcome(checkMonotonicReads(history(outputs.map((one) => read(one))), { grows }))).toBe(
      expected,
    );
  });

  test('are judged for each process separately', () => {
    const given = [read(2), read(1, { process: 'c2' })];
    expect(checkMonotonicReads(history(given), { grows: 'number' }).verdict).toBe('vacuous');
  });
});

describe('convergence', () => {
  const on = (node: string, output: unknown, ...times: [number, number]): Given =>
    read(output, { node, process: node, ...at(...times) });
  const partition = { fromMs: 0, toMs: 100, what: 'partition' };
  const added = add(1, { node: 'n1', ...at(10, 11) });
  test.each<[string, readonly Given[], ConvergenceOptions, string]>([
    [
      'all agree on what was acknowledged',
      [added, on('n1', [1], 110, 111), on('n2', [1], 112, 113)],
      {},
      'ok',
    ],
    [
      'in another order',
      [added, add(2, at(12, 13)), on('n1', [1, 2], 110, 111), on('n2', [2, 1], 112, 113)],
      {},
      'ok',
    ],
    [
      'lists in another order',
      [on('n1', [1, 2], 110, 111), on('n2', [2, 1], 112, 113)],
      { asSets: false },
      'violated: disagreeing',
    ],
    [
      'one still without it',
      [added, on('n1', [1], 110, 111), on('n2', [], 112, 113)],
      {},
      'violated: disagreeing',
    ],
    [
      'all without it',
      [added, on('n1', [], 110, 111), on('n2', [], 112, 113)],
      {},
      'violated: lost',
    ],
    [
      'late, but in time',
      [added, on('n2', [], 105, 106), on('n1', [1], 110, 111), on('n2', [1], 112, 113)],
      { withinMs: 6 },
      'ok',
    ],
    [
      'too late',
      [added, on('n2', [], 105, 106), on('n1', [1], 110, 111), on('n2', [1], 112, 113)],
      { withinMs: 5 },
      'violated: too slow',
    ],
    [
      'a node that was not asked',
      [added, on('n2', [1], 50, 51), on('n1', [1], 110, 111)],
      {},
      'unknown',
    ],
    ['no read after the healing', [added, on('n1', [1], 50, 51)], {}, 'unknown'],
    [
      'a register with a value that was written',
      [{ f: 'write', input: 7, ...at(1, 2) }, on('n1', 7, 110, 111)],
      {},
      'ok',
    ],
    [
      'a register with nothing',
      [{ f: 'write', input: 7, ...at(1, 2) }, on('n1', null, 110, 111)],
      {},
      'violated: lost',
    ],
    [
      'a register with what a compare-and-set put into it',
      [
        { f: 'write', input: 7, ...at(1, 2) },
        { f: 'cas', input: { from: 7, to: 8 }, ...at(3, 4) },
        on('n1', 8, 110, 111),
      ],
      {},
      'ok',
    ],
    [
      'a register with what a compare-and-set that failed would have put into it',
      [
        { f: 'write', input: 7, ...at(1, 2) },
        { f: 'cas', input: [6, 8], type: 'fail', ...at(3, 4) },
        on('n1', 8, 110, 111),
      ],
      {},
      'violated: lost',
    ],
    [
      'siblings: both of two writes',
      [
        { f: 'write', input: 7, ...at(1, 2) },
        { f: 'write', input: 8, ...at(3, 4) },
        on('n1', { values: [7, 8], context: {} }, 110, 111),
      ],
      {},
      'ok',
    ],
    [
      'siblings: one of two writes that knew nothing of each other',
      [
        { f: 'write', input: 7, ...at(1, 2) },
        { f: 'write', input: 8, ...at(3, 4) },
        on('n1', { values: [8], context: {} }, 110, 111),
      ],
      {},
      'violated: lost',
    ],
    [
      'siblings: one of two writes, which had seen the other',
      [
        { f: 'write', input: { value: 7 }, ...at(1, 2) },
        { f: 'write', input: { value: 8, context: { n1: 1 } }, ...at(3, 4) },
        on('n1', { values: [8], context: {} }, 110, 111),
      ],
      {},
      'ok',
    ],
    [
      'siblings: one that no client wrote',
      [{ f: 'write', input: 7, ...at(1, 2) }, on('n1', { values: [7, 9] }, 110, 111)],
      {},
      'violated: unexpected',
    ],
    [
      'a register whose only write is unknown',
      [{ f: 'write', input: 7, type: 'info', invokedMs: 1 }, on('n1', null, 110, 111)],
      {},
      'ok',
    ],
    [
      'a counter: its adds are for its own check',
      [{ ...added, input: 3 }, on('n1', 3, 110, 111), on('n2', 3, 110, 111)],
      {},
      'ok',
    ],
    ['nothing', [], {}, 'vacuous'],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkConvergence(history(given, [partition]), options))).toBe(expected);
  });

  test('reports how long it took after the last fault was healed', () => {
    const given = [added, on('n2', [], 105, 130), on('n1', [1], 140, 141), on('n2', [1], 150, 151)];
    const { stats } = checkConvergence(history(given, [partition]));
    expect(stats).toMatchObject({ quietMs: 100, convergedMs: 30 });
  });

  test('a node that was removed need not be read at the end, and any other must', () => {
    const both = [added, on('n2', [], 1, 2), on('n1', [1], 110, 111)];
    expect(checkConvergence(history(both)).verdict).toBe('unknown');
    const gone: FaultInterval = {
      fromMs: 30,
      toMs: 31,
      what: 'n2 removed',
      nodes: ['n2'],
      membership: 'removed',
    };
    expect(checkConvergence(history(both, [gone])).verdict).toBe('ok');
  });

  test('a fault that was never healed leaves convergence unknown', () => {
    const lasting = { ...partition, toMs: null };
    expect(checkConvergence(history([added, on('n1', [1], 110, 111)], [lasting])).verdict).toBe(
      'unknown',
    );
  });
});

describe('money', () => {
  const accounts = { a: 10, b: 0 };
  test.each<[string, readonly Given[], boolean, string]>([
    ['is moved', [read({ a: 10, b: 0 }), read({ a: 4, b: 6 })], false, 'ok'],
    ['is gone in the middle of a transfer', [read({ a: 4, b: 0 })], false, 'violated: wrong total'],
    ['is overdrawn', [read({ a: -1, b: 11 })], false, 'violated: overdrawn'],
    ['may be overdrawn', [read({ a: -1, b: 11 })], true, 'ok'],
    ['has an account less', [read({ a: 10 })], false, 'violated: missing account'],
    ['has an unknown account', [read({ a: 10, b: 0, c: 0 })], false, 'violated: unknown account'],
    ['is not a number', [read({ a: 10, b: 'none' })], false, 'violated: missing account'],
    ['is a list', [read([10, 0])], false, 'violated: malformed'],
    ['is never counted', [], false, 'vacuous'],
  ])('%s', (_, given, overdraft, expected) => {
    expect(outcome(checkConservation(history(given), { accounts, overdraft }))).toBe(expected);
  });
});
