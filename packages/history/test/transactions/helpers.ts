import type { Json } from '@faultline/protocol';
import type { History, Operation } from '../../src/index.ts';

export type StepText = readonly [f: 'r' | 'append' | 'w', key: string | number, value: Json];

interface Given {
  readonly process?: string;
  readonly type?: Operation['type'];
  readonly at?: readonly [invokedMs: number, endedMs: number];
}

/** A transaction whose answer was these steps; all at the same time unless `at` says otherwise. */
export function txn(steps: readonly StepText[], given: Given = {}): Omit<Operation, 'index'> {
  const { type = 'ok', at = [0, 100] } = given;
  const input = steps.map(([f, key, value]) => [f, key, f === 'r' ? null : value]) as Json[];
  return {
    process: given.process ?? '',
    f: 'txn',
    input,
    ...(type === 'ok' ? { output: steps as unknown as Json } : {}),
    type,
    invokedMs: at[0],
    endedMs: type === 'info' ? null : at[1],
  };
}

/** Numbers the operations, and gives those without a process one each. */
export function historyOf(...operations: readonly Omit<Operation, 'index'>[]): History {
  return {
    operations: operations.map((operation, index) => ({
      ...operation,
      index,
      process: operation.process === '' ? `c${index}` : operation.process,
    })),
  };
}
