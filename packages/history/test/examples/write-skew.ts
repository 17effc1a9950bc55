import { checkTransactions, type History, type Operation } from '../../src/index.ts';

/** Each doctor sees that the other is on call, and goes home. */
export function writeSkew(): string[] {
  const txn = (index: number, steps: Operation['output']): Operation => ({
    index,
    process: `c${index + 1}`,
    f: 'txn',
    input: steps!,
    output: steps!,
    type: 'ok',
    invokedMs: 0,
    endedMs: 10,
  });
  const history: History = {
    operations: [
      txn(0, [
        ['r', 'alice', null],
        ['w', 'bob', 'home'],
      ]),
      txn(1, [
        ['r', 'bob', null],
        ['w', 'alice', 'home'],
      ]),
    ],
  };
  const { verdict, summary, explanation } = checkTransactions(history, {
    kind: 'register',
    model: 'serializable',
  });
  return [verdict, summary, ...explanation];
}
