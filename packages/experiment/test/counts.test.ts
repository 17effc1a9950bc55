import type { FateEvent } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { countMessages } from '../src/report/counts.ts';

const fate = (id: string, link: string, atMs: number, more: Partial<FateEvent> = {}): FateEvent => {
  const [src, dest] = link.split('>') as [string, string];
  return {
    kind: 'fate',
    id,
    src,
    dest,
    type: 'm',
    isReply: false,
    incarnation: 1,
    seq: 1,
    copy: 0,
    fate: 'delivered',
    rules: [],
    ordinal: 1,
    bodyBytes: 1,
    arrivedMs: atMs,
    atMs,
    ...more,
  };
};

test('counts a message once, at its time, and ignores those of the time server', async () => {
  async function* facts() {
    yield [
      fate('early', 'n1>n2', 5, { rules: ['r1'] }),
      fate('a', 'n1>n2', 10, { fate: 'waiting', rules: ['r1'] }),
      fate('a', 'n1>n2', 15, { arrivedMs: 10, rules: ['r1'] }),
      fate('a', 'n1>n2', 16, { arrivedMs: 10, copy: 1, rules: ['r1', 'r2'] }),
      fate('b', 'c1>n2', 20, { rules: ['r2'] }),
      fate('t', 'n3>time', 20, { rules: ['r3'] }),
      fate('late', 'n1>n3', 99, { rules: ['r1'] }),
    ];
  }
  const counts = await countMessages(facts(), {
    fromMs: 8,
    toMs: 50,
    nodes: [
      { node: 'n2', fromMs: 12, toMs: 30 },
      { node: 'n3', fromMs: 0, toMs: 50 },
    ],
  });
  expect(counts.betweenNodes).toBe(1);
  expect([...counts.byRule]).toEqual([
    ['r1', 1],
    ['r2', 2],
  ]);
  expect(counts.byNode).toEqual([1, 0]);
  expect([...counts.members].sort()).toEqual(['c1', 'n1', 'n2']);
});
