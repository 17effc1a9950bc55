import { describe, expect, test } from 'vitest';
import {
  checkAvailability,
  checkLatency,
  checkMessages,
  checkRecovery,
  hitsInWords,
  vacuousUnlessHit,
} from '../../src/index.ts';
import { at, history } from './helpers.ts';

const call = (
  invokedMs: number,
  endedMs: number,
  type: 'ok' | 'fail' | 'info' = 'ok',
  f = 'read',
) => ({
  f,
  ...at(invokedMs, endedMs),
  type,
});

describe('messages per operation', () => {
  const given = history([
    call(0, 1, 'ok', 'add'),
    call(2, 3, 'info', 'add'),
    call(4, 5),
    call(6, 7),
  ]);

  test('count all operations, or those of one kind', () => {
    expect(checkMessages(given, { messages: 20, perOperationMax: 5 }).verdict).toBe('ok');
    const narrowed = checkMessages(given, { messages: 20, perOperationMax: 5, f: ['add'] });
    expect(narrowed.explanation).toEqual([
      '20 messages for 2 operations are 10 each; at most 5 are allowed',
    ]);
  });

  test('of no operations are vacuous', () => {
    expect(checkMessages(given, { messages: 20, perOperationMax: 5, f: ['cas'] }).verdict).toBe(
      'vacuous',
    );
  });
});

describe('latency', () => {
  // 1 ms, 2 ms, … 100 ms, and one that was not answered.
  const calls = Array.from({ length: 100 }, (_, i) => call(i, 2 * i + 1));
  const given = history([...calls, call(0, 9999, 'fail')]);

  test.each([
    [{ 0.5: 50, 0.95: 95, 1: 100 }, 'ok'],
    [{ 0.5: 49 }, 'violated'],
    [{ 0.99: 98.9 }, 'violated'],
    [{ 1: 99 }, 'violated'],
    [{ 50: 50 }, 'unknown'],
  ])('%j is %s', (quantilesMs, verdict) => {
    expect(checkLatency(given, { quantilesMs }).verdict).toBe(verdict);
  });

  test('of no answers is vacuous', () => {
    expect(checkLatency(history([call(0, 1, 'fail')]), { quantilesMs: { 1: 5 } }).verdict).toBe(
      'vacuous',
    );
  });
});

describe('availability', () => {
  const given = history([call(0, 1), call(1, 2), call(2, 3, 'fail'), call(3, 4, 'info')]);

  test.each([
    [0.5, false, 'ok'],
    [0.51, false, 'violated'],
    [0.75, true, 'ok'],
    [0.76, true, 'violated'],
  ])('of %d, refusals counted: %s, is %s', (shareMin, refusalsCount, verdict) => {
    expect(checkAvailability(given, { shareMin, refusalsCount }).verdict).toBe(verdict);
  });

  test('of nothing is vacuous', () => {
    expect(checkAvailability(history([]), { shareMin: 1 }).verdict).toBe('vacuous');
  });
});

describe('recovery', () => {
  const cut = { fromMs: 0, toMs: 100, what: 'partition' };

  test.each([
    ['at once', [call(101, 102)], [cut], 'ok'],
    ['in time', [call(101, 120, 'fail'), call(121, 122)], [cut], 'ok'],
    [
      'too late',
      [call(101, 131, 'info'), call(125, 131, 'fail'), call(132, 133)],
      [cut],
      'violated',
    ],
    ['never', [call(101, 102), call(103, 104, 'fail')], [cut], 'violated'],
    ['without later requests', [call(50, 51)], [cut], 'unknown'],
    ['from nothing', [call(50, 51)], [], 'vacuous'],
    ['from what lasts', [call(50, 51)], [{ ...cut, toMs: null }], 'vacuous'],
    [
      'until the next fault',
      [call(101, 102), call(201, 202, 'fail')],
      [cut, { fromMs: 200, toMs: null, what: 'kill' }],
      'ok',
    ],
    [
      'from the last of two at once',
      [call(101, 149, 'fail'), call(151, 152)],
      [cut, { fromMs: 50, toMs: 150, what: 'kill' }],
      'ok',
    ],
  ])('%s', (_, calls, faults, verdict) => {
    expect(checkRecovery(history(calls, faults), { withinMs: 30 }).verdict).toBe(verdict);
  });
});

describe('a pass is vacuous', () => {
  const { operations } = history([call(10, 20)]);
  const ok = { verdict: 'ok', summary: 'fine', explanation: [], stats: {} } as const;
  const fault = (fromMs: number, toMs: number | null, hits?: number) => ({
    fromMs,
    toMs,
    what: 'partition',
    ...(hits === undefined ? {} : { hits }),
  });

  test.each([
    ['no: no faults were meant', [], 'ok'],
    ['no: it was not counted', [fault(0, 100)], 'ok'],
    ['no: one of them hit', [fault(0, 100, 0), fault(0, 100, 3)], 'ok'],
    ['yes: all hit nothing', [fault(0, 100, 0), fault(0, null, 0)], 'vacuous'],
    ['yes: it was over before', [fault(0, 9, 5)], 'vacuous'],
    ['yes: it came after', [fault(21, null, 5)], 'vacuous'],
    [
      'no: it was over before, and who is in the cluster has changed for good',
      [{ ...fault(0, 9, 5), membership: 'removed' as const }],
      'ok',
    ],
    ['no: it was there at the last moment', [fault(20, 30, 5)], 'ok'],
  ])('%s', (_, faults, verdict) => {
    expect(vacuousUnlessHit(ok, faults, operations).verdict).toBe(verdict);
  });

  test('but a violation stays a violation', () => {
    const bad = { ...ok, verdict: 'violated' } as const;
    expect(vacuousUnlessHit(bad, [fault(0, 9, 0)], operations)).toBe(bad);
  });

  test('with what each fault touched', () => {
    const faults = [
      fault(0, 100, 0),
      fault(0, 9, 5),
      fault(0, 100, 1),
      fault(0, 100, 12),
      fault(0, 100),
    ];
    expect(hitsInWords(faults, operations)).toEqual([
      'partition: touched no process and no message.',
      'partition: no operation was in progress while it lasted.',
      'partition: touched 1 message or process.',
      'partition: touched 12 messages or processes.',
      'partition: no count of what it touched.',
    ]);
  });
});

test('a budget reports the measured figures, whether or not it was met', () => {
  const answered = Array.from({ length: 14 }, (_, i) => call(i, i + 1.23456));
  const given = history([...answered, ...Array.from({ length: 11 }, () => call(0, 5, 'info'))]);
  const faults = [{ fromMs: 0, toMs: 1, what: 'a partition' }];
  const late = history([call(0, 1), call(2, 42.1234, 'fail'), call(50, 51)]);
  for (const [bound, isKept] of [
    [0.5, true],
    [0.6, false],
  ] as const) {
    const perOperationMax = isKept ? 12 : 11;
    const limitMs = isKept ? 60 : 1;
    const results = [
      checkAvailability(given, { shareMin: bound }),
      checkLatency(given, { quantilesMs: { 0.99: limitMs } }),
      checkMessages(given, { messages: 300, perOperationMax }),
      checkRecovery({ ...late, faults }, { withinMs: limitMs }),
    ];
    expect(results.map(({ verdict }) => verdict === 'ok')).toEqual(Array(4).fill(isKept));
    expect(results.map(({ summary }) => /\(measured: (.*)\)/.exec(summary)?.[1])).toEqual([
      '56% answered',
      'p99 1.23ms',
      '12 messages per operation',
      'the slowest took 41.1ms',
    ]);
  }
});
