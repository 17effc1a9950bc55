import { expect, test } from 'vitest';
import { findCheck, historyOfEntries, runCheck } from '../src/index.ts';

interface Line {
  readonly f: string;
  readonly asked: object;
  readonly answer: object;
}

/** One client after the other asks, each by its own message. */
const historyOf = (lines: readonly Line[]) =>
  historyOfEntries(
    lines.flatMap(({ f, asked, answer }, i) => {
      const process = `c${i + 1}`;
      const common = { process, f, node: 'n1', message: `${process}.1.${70 + i}` };
      return [
        { ...common, index: 2 * i, type: 'invoke' as const, atMs: 10 * i, value: asked },
        { ...common, index: 2 * i + 1, type: 'ok' as const, atMs: 10 * i + 5, value: answer },
      ];
    }),
  );

const stale = [
  { f: 'write', asked: { key: 'x', value: 1 }, answer: {} },
  { f: 'write', asked: { key: 'x', value: 2 }, answer: {} },
  { f: 'read', asked: { key: 'x' }, answer: { value: 1 } },
];
const lost = [
  { f: 'txn', asked: { txn: [['append', 'x', 1]] }, answer: { txn: [['append', 'x', 1]] } },
  { f: 'txn', asked: { txn: [['r', 'x', null]] }, answer: { txn: [['r', 'x', []]] } },
];
const same = [
  { f: 'generate', asked: {}, answer: { id: 7 } },
  { f: 'generate', asked: {}, answer: { id: 7 } },
];

test.each([
  ['linearizable', stale, ['c3.1.72', 'c2.1.71']],
  ['strict-serializable', lost, ['c1.1.70', 'c2.1.71']],
  ['unique-ids', same, ['c2.1.71']],
])('the witness of %s names the messages by which a recording explains it', (name, lines, ids) => {
  const { verdict, summary, explanation } = runCheck(findCheck(name), historyOf(lines));
  expect(verdict).toBe('violated');
  const said = [summary, ...explanation].join('\n');
  for (const id of ids) expect(said).toContain(id);
});

test('the join key of entries from another tool is not a message id', () => {
  const entry = { process: 'c1', f: 'read', node: 'n1', value: {}, message: '7' };
  const { operations } = historyOfEntries([
    { ...entry, index: 0, type: 'invoke', atMs: 0 },
    { ...entry, index: 1, type: 'ok', atMs: 1 },
  ]);
  expect(operations[0]).not.toHaveProperty('message');
});
