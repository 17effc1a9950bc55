import type { ClusterEvent } from '@faultline/actions';
import { expect, test } from 'vitest';
import { CrashLoops } from '../../src/format/crash-loop.ts';

const eventOf = (kind: string, node: string | null, reason?: string): ClusterEvent =>
  ({
    seq: 1,
    atMs: 0,
    time: '',
    kind,
    node,
    facts: reason === undefined ? {} : { reason },
  }) as ClusterEvent;

test('shows a crash loop only when the number of crashes doubles, with that number', () => {
  const loops = new CrashLoops();
  const shown: unknown[] = [];
  for (let i = 0; i < 100; i++) {
    for (const kind of [
      'node.starting',
      'link.up',
      'link.down',
      'node.crashed',
      'node.restarting',
    ]) {
      const event = loops.take(eventOf(kind, 'n1', 'no such port'));
      if (event?.kind === 'node.crashed') shown.push(event.inARow ?? 1);
      if (event?.kind === 'node.restarting') shown.push('again');
    }
  }
  expect(shown).toEqual([1, 2, 4, 8, 16, 32, 64].flatMap((count) => [count, 'again']));
});

test('shows a crash for another reason, of another node, or after the node was ready', () => {
  const loops = new CrashLoops();
  for (let i = 0; i < 3; i++) loops.take(eventOf('node.crashed', 'n1', 'a'));
  expect(loops.take(eventOf('node.crashed', 'n2', 'a'))).toBeDefined();
  expect(loops.take(eventOf('cluster.stopping', null))).toBeDefined();
  expect(loops.take(eventOf('node.crashed', 'n1', 'b'))).toBeDefined();
  for (let i = 0; i < 2; i++) loops.take(eventOf('node.crashed', 'n1', 'b'));
  expect(loops.take(eventOf('node.ready', 'n1'))).toBeDefined();
  expect(loops.take(eventOf('node.crashed', 'n1', 'b'))?.facts).toEqual({ reason: 'b' });
});
