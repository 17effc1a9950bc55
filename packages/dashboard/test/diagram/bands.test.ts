import type { ClusterEvent } from '@faultline/actions';
import { expect, test } from 'vitest';
import { bandsOf } from '../../src/diagram/bands.ts';

const at = (atMs: number, kind: string, facts: object = {}, node = 'n1') =>
  ({ seq: atMs, atMs, time: '', kind, node, facts }) as unknown as ClusterEvent;

test('a node has a band from its pause until it is resumed', () => {
  expect(bandsOf([at(10, 'node.paused'), at(30, 'node.resumed')])).toEqual([
    { node: 'n1', kind: 'pause', fromMs: 10, toMs: 30 },
  ]);
});

test('a fault that ends with the process is over when the process is, and the node is down then', () => {
  const bands = bandsOf([at(10, 'node.paused'), at(20, 'node.killed'), at(40, 'node.starting')]);
  expect(bands).toEqual([
    { node: 'n1', kind: 'pause', fromMs: 10, toMs: 20 },
    { node: 'n1', kind: 'down', fromMs: 20, toMs: 40 },
  ]);
});

test('a fault of the machine outlives the process, and a fault that is not ended lasts', () => {
  const bands = bandsOf([at(10, 'cpu.limited', { share: 0.1 }), at(20, 'node.killed')]);
  expect(bands).toEqual([
    { node: 'n1', kind: 'cpu', fromMs: 10, toMs: Number.POSITIVE_INFINITY },
    { node: 'n1', kind: 'down', fromMs: 20, toMs: Number.POSITIVE_INFINITY },
  ]);
});

test('faults of several nodes are kept apart', () => {
  const bands = bandsOf([
    at(1, 'node.paused'),
    at(2, 'node.paused', {}, 'n2'),
    at(3, 'node.resumed'),
  ]);
  expect(bands.map(({ node, toMs }) => [node, toMs])).toEqual([
    ['n1', 3],
    ['n2', Number.POSITIVE_INFINITY],
  ]);
});
