import type { FateEvent, TraceEvent } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { compareDecisions, decisionsOf } from '../src/index.ts';

let ids = 0;
const message = (
  type: string,
  fate: FateEvent['fate'] = 'delivered',
  rules: string[] = [],
): TraceEvent => ({
  kind: 'fate',
  id: `n1.1.${++ids}`,
  src: 'n1',
  dest: 'n2',
  type,
  isReply: false,
  incarnation: 1,
  seq: ids,
  copy: 0,
  fate,
  rules,
  ordinal: ids,
  bodyBytes: 20,
  arrivedMs: ids,
  atMs: ids,
});
const added = (id: string, spec: object): TraceEvent => ({
  kind: 'rule',
  change: 'added',
  id,
  spec,
  atMs: ids,
});
const removed = (id: string): TraceEvent => ({ kind: 'rule', change: 'removed', id, atMs: ids });
const loss = { kind: 'loss', links: 'n1>n2', settings: { probability: '50%' } };
const cut = { kind: 'cut', links: 'n1<>n2', settings: {} };

async function* stream(facts: readonly TraceEvent[]) {
  yield facts;
}
const compared = async (before: TraceEvent[], now: TraceEvent[]) => {
  const [edge] = compareDecisions(
    await decisionsOf(stream(before)),
    await decisionsOf(stream(now)),
  );
  return edge!.parting === null ? null : [edge!.parting.at, edge!.parting.cause];
};

test('runs with equal decisions never diverge, whatever the ids of their rules and wherever one of them ends', async () => {
  const before = [added('r1', loss), message('a'), message('b', 'lost', ['r1']), message('c')];
  const now = [added('r7', loss), message('a'), message('b', 'lost', ['r7'])];
  expect(await compared(before, now)).toBeNull();
});

test('reports the reason for the first divergence of an edge', async () => {
  const lost = [added('r1', loss), message('a'), message('b', 'lost', ['r1'])];
  expect(
    await compared(lost, [added('r1', loss), message('a'), message('c', 'lost', ['r1'])]),
  ).toEqual([2, 'traffic']);
  expect(
    await compared(lost, [message('a'), added('r1', loss), message('b', 'lost', ['r1'])]),
  ).toEqual([1, 'rules']);
  expect(await compared(lost, [added('r1', loss), message('a'), message('b')])).toEqual([
    2,
    'decision',
  ]);
  const again = [
    added('r1', loss),
    removed('r1'),
    added('r2', loss),
    message('a'),
    message('b', 'lost', ['r2']),
  ];
  expect(await compared(lost, again)).toEqual([1, 'rules']);
});

test('does not count a message that a cut caught in flight as a different decision', async () => {
  const waiting = message('a', 'waiting');
  const late = { ...waiting, fate: 'cut', rules: ['r2'] } as TraceEvent;
  const before = [waiting, added('r2', cut), late, removed('r2'), message('b')];
  expect(await compared(before, [message('a'), message('b')])).toBeNull();
});

test('attributes a different decision of a rule that depends on time to time', async () => {
  const rate = { kind: 'rate', links: '*', settings: { rate: '1kB/s' } };
  const before = [added('r1', rate), message('a', 'waiting', ['r1'])];
  expect(await compared(before, [added('r1', rate), message('a')])).toEqual([1, 'time']);
});

test('sees one decision for a copy that waited first and was delivered later', async () => {
  const waiting = message('a', 'waiting');
  const before = [waiting, { ...waiting, fate: 'delivered' } as TraceEvent, message('b')];
  expect(await compared(before, [message('a'), message('b')])).toBeNull();
});
