import type { Json } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import {
  checkEffects,
  checkMutualExclusion,
  checkSingleLeader,
  checkTotalOrder,
  type EffectsOptions,
  logsOf,
  type NodeEvent,
  type TotalOrderOptions,
} from '../../src/index.ts';
import { at, type Given, history, outcome } from './helpers.ts';

const event = (node: string, name: string, data: NodeEvent['data'], atMs: number): NodeEvent => ({
  node,
  name,
  data,
  atMs,
});

describe('total order broadcast', () => {
  const send = (input: number, more: Partial<Given> = {}): Given => ({
    f: 'broadcast',
    input,
    ...more,
  });
  test.each<[string, readonly Given[], TotalOrderOptions, string]>([
    ['one order', [send(1), send(2)], { logs: { n1: [2, 1], n2: [2, 1] } }, 'ok'],
    ['two orders', [send(1), send(2)], { logs: { n1: [1, 2], n2: [2, 1] } }, 'violated: order'],
    ['a message twice', [send(1)], { logs: { n1: [1, 1] } }, 'violated: duplicated'],
    [
      'a message that no client broadcast',
      [send(1)],
      { logs: { n1: [1, 9] } },
      'violated: created',
    ],
    [
      'a message that failed',
      [send(1, { type: 'fail' })],
      { logs: { n1: [1] } },
      'violated: created',
    ],
    [
      'a node without a message',
      [send(1), send(2)],
      { logs: { n1: [1, 2], n2: [1] } },
      'violated: agreement',
    ],
    [
      'a gap',
      [send(1), send(2), send(3)],
      { logs: { n1: [1, 2, 3], n2: [1, 3] }, isFinal: false },
      'ok',
    ],
    [
      'a faulty node without a message',
      [send(1), send(2)],
      { logs: { n1: [1, 2], n2: [1] }, correct: ['n1'] },
      'ok',
    ],
    [
      'a log that is not final',
      [send(1), send(2)],
      { logs: { n1: [1, 2], n2: [1] }, isFinal: false },
      'ok',
    ],
    [
      'an acknowledged message nowhere',
      [send(1), send(2)],
      { logs: { n1: [1], n2: [1] } },
      'violated: validity',
    ],
    [
      'an unknown message nowhere',
      [send(1), send(2, { type: 'info' })],
      { logs: { n1: [1], n2: [1] } },
      'ok',
    ],
    [
      'an unknown message somewhere',
      [send(2, { type: 'info' })],
      { logs: { n1: [2], n2: [] } },
      'violated: agreement',
    ],
    ['nothing', [], { logs: { n1: [] } }, 'vacuous'],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkTotalOrder(history(given), options))).toBe(expected);
  });

  test('logs come from local events, in true time', () => {
    const events = [
      event('n1', 'deliver', { message: 2 }, 20),
      event('n1', 'deliver', { message: 1 }, 10),
      event('n2', 'role', { role: 'leader' }, 5),
    ];
    expect({ ...logsOf(events) }).toEqual({ n1: [1, 2] });
  });
});

describe('effects', () => {
  const pay = (input: string, type: Given['type'] = 'ok'): Given => ({ f: 'pay', input, type });
  const on = (key: string): Given => ({ ...pay('b'), key });
  const read = (output: Json, node = 'n1'): Given => ({ f: 'read', output, node });
  test.each<[string, readonly Given[], EffectsOptions, string]>([
    ['each once', [pay('a'), pay('b')], { promise: 'exactly once', effects: ['b', 'a'] }, 'ok'],
    [
      'one twice',
      [pay('a')],
      { promise: 'at most once', effects: ['a', 'a'] },
      'violated: repeated',
    ],
    [
      'an acknowledged one never',
      [pay('a')],
      { promise: 'at most once', effects: [] },
      'violated: missing',
    ],
    [
      'a failed one that happened anyway',
      [pay('a', 'fail')],
      { promise: 'at most once', effects: ['a'] },
      'violated: done though failed',
    ],
    [
      'a failed one that a retry did',
      [pay('a', 'fail'), pay('a')],
      { promise: 'exactly once', effects: ['a'] },
      'ok',
    ],
    [
      'an unknown one never, at most once',
      [pay('a', 'info')],
      { promise: 'at most once', effects: [] },
      'ok',
    ],
    [
      'an unknown one never, exactly once',
      [pay('a', 'info')],
      { promise: 'exactly once', effects: [] },
      'violated: missing',
    ],
    [
      'one that no client requested',
      [pay('a')],
      { promise: 'at most once', effects: ['a', 'z'] },
      'violated: uncalled for',
    ],
    ['none', [], { promise: 'exactly once', effects: [] }, 'vacuous'],
    [
      'one that is read at the end, after a second try',
      [pay('a', 'info'), pay('a'), read(['a'])],
      { promise: 'exactly once' },
      'ok',
    ],
    [
      'one that one node has twice at the end',
      [pay('a'), read(['a'], 'n1'), read(['a', 'a'], 'n2')],
      { promise: 'at most once' },
      'violated: repeated',
    ],
    [
      'one that one node has at the end and another has not',
      [pay('a'), read(['a'], 'n1'), read([], 'n2')],
      { promise: 'exactly once' },
      'ok',
    ],
    ['one of each key', [pay('a'), read(['a']), on('x')], { promise: 'exactly once' }, 'unknown'],
    [
      'what was read before the end',
      [read(['a']), pay('a')],
      { promise: 'at most once' },
      'unknown',
    ],
    ['an answer that is not a list', [pay('a'), read(7)], { promise: 'at most once' }, 'unknown'],
    [
      'events that no node reported',
      [pay('a')],
      { promise: 'at most once', event: 'charged' },
      'unknown',
    ],
  ])('%s', (_, given, options, expected) => {
    expect(outcome(checkEffects(history(given), options))).toBe(expected);
  });

  test('are taken from events, by their id or their only field', () => {
    const event = (name: string, data: NodeEvent['data']) => ({ node: 'n1', name, data, atMs: 1 });
    const events = [
      event('charged', { id: 'a', to: 'x' }),
      event('charged', { order: 'b' }),
      event('seen', { id: 'b' }),
    ];
    const of = (...given: NodeEvent[]) =>
      outcome(
        checkEffects(
          { ...history([pay('a'), pay('b')]), events: given },
          { promise: 'exactly once', event: 'charged' },
        ),
      );
    expect(of(...events)).toBe('ok');
    expect(of(...events, events[1]!)).toBe('violated: repeated');
    expect(of(events[0]!)).toBe('violated: missing');
  });
});

describe('mutual exclusion', () => {
  const get = (
    process: string,
    times: [number, number],
    output: number | null = null,
    type: Given['type'] = 'ok',
  ) => ({ f: 'acquire', process, output, ...at(...times), type }) as Given;
  const free = (process: string, times: [number, number], type: Given['type'] = 'ok') =>
    ({ f: 'release', process, ...at(...times), type }) as Given;
  const use = (process: string, token: number, times: [number, number]) =>
    ({ f: 'use', process, input: token, ...at(...times) }) as Given;
  test.each<[string, readonly Given[], boolean, string]>([
    ['one after the other', [get('a', [0, 1]), free('a', [5, 9]), get('b', [4, 6])], false, 'ok'],
    [
      'both at once',
      [get('a', [0, 1]), get('b', [2, 3]), free('a', [5, 6])],
      false,
      'violated: both hold it',
    ],
    ['never released', [get('a', [0, 1]), get('b', [2, 3])], false, 'violated: both hold it'],
    ['taken twice by one', [get('a', [0, 1]), get('a', [2, 3])], false, 'violated: both hold it'],
    [
      'a release that is unknown',
      [get('a', [0, 1]), free('a', [2, 3], 'info'), get('b', [4, 5])],
      false,
      'ok',
    ],
    [
      'a release that failed',
      [get('a', [0, 1]), free('a', [2, 3], 'fail'), get('b', [4, 5])],
      false,
      'violated: both hold it',
    ],
    [
      'an acquisition that is unknown',
      [get('a', [0, 1], null, 'info'), get('b', [2, 3])],
      false,
      'ok',
    ],
    [
      'leases, and tokens that grow',
      [get('a', [0, 1], 1), get('b', [2, 3], 2), use('b', 2, [4, 5])],
      true,
      'ok',
    ],
    [
      'a token that does not grow',
      [get('a', [0, 1], 2), get('b', [2, 3], 1)],
      true,
      'violated: token',
    ],
    [
      'a token that was given before',
      [get('a', [0, 9], 2), get('b', [2, 3], 2)],
      true,
      'violated: token',
    ],
    [
      'an old token that is accepted',
      [get('a', [0, 1], 1), get('b', [2, 3], 2), use('b', 2, [4, 5]), use('a', 1, [6, 7])],
      true,
      'violated: fencing',
    ],
    [
      'an old token beside a new one',
      [get('a', [0, 1], 1), get('b', [2, 3], 2), use('b', 2, [4, 7]), use('a', 1, [6, 8])],
      true,
      'ok',
    ],
    ['leases without tokens', [get('a', [0, 1])], true, 'unknown'],
    ['no leader', [], false, 'vacuous'],
  ])('%s', (_, given, leases, expected) => {
    expect(outcome(checkMutualExclusion(history(given), { leases }))).toBe(expected);
  });

  test('is judged for each lock separately', () => {
    const given = [get('a', [0, 1]), get('b', [2, 3])].map((one, i) => ({ ...one, key: `l${i}` }));
    expect(checkMutualExclusion(history(given)).verdict).toBe('ok');
  });

  test('a long hold is not forgotten for a short one', () => {
    const given = [get('a', [0, 1]), get('b', [2, 3]), free('b', [3, 4]), get('c', [5, 6])];
    expect(checkMutualExclusion(history(given)).stats['both hold it']).toBe(2);
  });
});

describe('one leader per term', () => {
  const leads = (node: string, term: number | null, atMs: number) =>
    event(node, 'role', term === null ? { role: 'leader' } : { role: 'leader', term }, atMs);
  test.each<[string, readonly NodeEvent[], string]>([
    ['one each', [leads('n1', 1, 0), leads('n2', 2, 5)], 'ok'],
    ['two of one', [leads('n1', 1, 0), leads('n2', 1, 5)], 'violated: second leader'],
    ['the same one again', [leads('n1', 1, 0), leads('n1', 1, 5)], 'ok'],
    [
      'a follower of the term',
      [leads('n1', 1, 0), event('n2', 'role', { role: 'follower', term: 1 }, 1)],
      'ok',
    ],
    ['one without a term', [leads('n1', null, 0)], 'unknown'],
    ['no leader', [], 'vacuous'],
  ])('%s', (_, events, expected) => {
    const result = checkSingleLeader(events);
    expect(result.verdict).toBe(expected.split(':')[0]);
    expect(outcome(result)).toBe(expected);
  });
});
