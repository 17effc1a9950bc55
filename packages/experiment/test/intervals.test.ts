/** Events become intervals of faults: what, from when to when, and how much each touched. */
import type { ClusterEvent } from '@faultline/actions';
import { expect, test } from 'vitest';
import { faultIntervals } from '../src/index.ts';

type Given = readonly [atMs: number, kind: string, node: string | null, facts?: object];

const events = (given: readonly Given[]): ClusterEvent[] =>
  given.map(([atMs, kind, node, facts = {}], i) => {
    return { seq: i + 1, atMs, time: '', kind, node, facts } as ClusterEvent;
  });

test.each<[string, readonly Given[], readonly string[]]>([
  [
    'a rule lasts until it is removed or expires',
    [
      [1, 'rule.added', null, { rule: 'r1', explains: 'cut n1 | n2' }],
      [2, 'rule.added', null, { rule: 'r2', explains: 'lose all' }],
      [3, 'rule.expired', null, { rule: 'r2' }],
      [9, 'rule.removed', null, { rule: 'r1' }],
    ],
    ['1-9 cut n1 | n2 (7)', '2-3 lose all (0)'],
  ],
  [
    'faults of a node end when it is removed',
    [
      [0, 'node.starting', 'n1'],
      [0, 'node.starting', 'n2'],
      [1, 'cluster.up', null],
      [2, 'disk.changed', 'n1', { describes: 'slow' }],
      [3, 'disk.changed', 'n2', { describes: 'slow' }],
      [4, 'clock.changed', 'n1', { describes: '+5s' }],
      [5, 'members.changed', null, { nodes: ['n2'] }],
      [6, 'node.stopped', 'n1'],
      [7, 'node.removed', 'n1'],
      [9, 'disk.changed', 'n2', { describes: 'well', isHealthy: true }],
    ],
    [
      '2-7 n1 with a bad disk: slow (undefined)',
      '3-9 n2 with a bad disk: slow (undefined)',
      '4-7 n1 with a wrong clock: +5s (1)',
      '5-7 n1 removed (1)',
    ],
  ],
  [
    'a pause ends when the node resumes or ends',
    [
      [1, 'node.paused', 'n1'],
      [2, 'node.paused', 'n2'],
      [3, 'node.resumed', 'n1'],
      [4, 'node.killed', 'n2'],
      [6, 'node.ready', 'n2'],
    ],
    ['1-3 n1 paused (1)', '2-4 n2 paused (1)', '4-6 n2 killed (1)'],
  ],
  [
    'leaked memory and taken descriptors are faults until they are freed or the process ends',
    [
      [1, 'memory.leaking', 'n1', { bytes: 2e8, explains: 'leaks 200MB' }],
      [2, 'memory.leaked', 'n1', { bytes: 2e8 }],
      [3, 'descriptors.taken', 'n1', { count: 100, errno: null }],
      [4, 'descriptors.taken', 'n2', { count: 900, errno: 'EMFILE' }],
      [5, 'memory.freed', 'n1'],
      [6, 'descriptors.freed', 'n1'],
      [7, 'memory.leaking', 'n2', { bytes: 5e8, explains: 'leaks 500MB' }],
      [8, 'node.killed', 'n2'],
      [9, 'node.ready', 'n2'],
    ],
    [
      '1-5 n1 leaks 200MB (undefined)',
      '3-6 n1 with 100 descriptors taken (undefined)',
      '4-8 n2 without descriptors (undefined)',
      '7-8 n2 leaks 500MB (undefined)',
      '8-9 n2 killed (1)',
    ],
  ],
  [
    'a hang ends with the process, but slowness outlives it',
    [
      [1, 'node.hanging', 'n1', { forMs: 5 }],
      [2, 'cpu.limited', 'n1', { share: 0.1 }],
      [3, 'node.hung', 'n1', { forMs: 2 }],
      [4, 'node.hanging', 'n1', { forMs: 9 }],
      [5, 'node.crashed', 'n1'],
      [6, 'node.ready', 'n1'],
      [7, 'cpu.restored', 'n1', {}],
    ],
    ['1-3 n1 hanging (1)', '2-7 n1 slowed down (1)', '4-5 n1 hanging (1)', '5-6 n1 crashed (1)'],
  ],
  [
    'a clock is wrong until it is perfect, however often it changes',
    [
      [1, 'clock.changed', 'n1', { describes: '+5s' }],
      [2, 'clock.changed', 'n1', { describes: '+5s, +200 ppm' }],
      [3, 'clock.changed', 'n1', { describes: 'perfect', isPerfect: true }],
    ],
    ['1-3 n1 with a wrong clock: +5s (1)'],
  ],
  [
    'the initial weather of a cluster is not a fault, but a later one is',
    [
      [0, 'clock.changed', 'n1', { describes: '+1ms', weather: 'ntp' }],
      [1, 'cluster.up', null],
      [2, 'clock.changed', 'n1', { describes: '+2ms', weather: 'ntp' }],
      [3, 'clock.changed', 'n1', { describes: '+1s', weather: 'jumping 3s' }],
    ],
    ['3-… n1 with a wrong clock: +1s (1)'],
  ],
  [
    'faults end when the cluster is taken down, which itself is not a fault',
    [
      [1, 'disk.changed', 'n1', { describes: 'full' }],
      [5, 'cluster.stopping', null],
      [6, 'node.stopped', 'n1'],
    ],
    ['1-5 n1 with a bad disk: full (undefined)'],
  ],
  [
    'a member that is added counts until it is ready, one that is removed until it is gone',
    [
      [0, 'node.starting', 'n1'],
      [1, 'node.ready', 'n1'],
      [2, 'node.added', 'n2'],
      [2, 'members.changed', null, { nodes: ['n1', 'n2'] }],
      [3, 'node.starting', 'n2'],
      [4, 'node.ready', 'n2'],
      [5, 'members.changed', null, { nodes: ['n2'] }],
      [6, 'node.stopped', 'n1'],
      [6, 'node.removed', 'n1'],
    ],
    ['2-4 n2 added (1)', '5-6 n1 removed (1)'],
  ],
])('%s', (_, given, expected) => {
  const found = faultIntervals(events(given), new Map([['r1', 7]]));
  expect(
    found.map(({ fromMs, toMs, what, hits }) => `${fromMs}-${toMs ?? '…'} ${what} (${hits})`),
  ).toEqual(expected);
});

test('without counts, what a rule has touched is unknown', () => {
  const [rule] = faultIntervals(events([[1, 'rule.added', null, { rule: 'r1', explains: 'x' }]]));
  expect(rule).toEqual({ kind: 'rule', fromMs: 1, toMs: null, what: 'x' });
});
