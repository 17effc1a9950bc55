/**
 * Registers with unique values, as the weaker promises are judged by them: which write each read
 * reads from. Operations `read` (or `get`) and `write` (or `put`), per key; null is the initial value.
 *
 * An unknown write counts only where its value was read; a failed one never happened.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import type { Judgement } from './judgement.ts';

export const isReadOf = ({ f }: Operation): boolean => f === 'read' || f === 'get';
export const isWriteOf = ({ f }: Operation): boolean => f === 'write' || f === 'put';

export interface RegisterHistory {
  /** Reads that were answered, writes that took effect; by process they are in order. */
  readonly operations: readonly Operation[];
  /** By read: the write it reads from, or null for the initial value. Reads that are in doubt are not in it. */
  readonly readsFrom: ReadonlyMap<Operation, Operation | null>;
}

const place = (key: Operation['key'], value: Json | undefined): string =>
  `${canonicalText(key)} ${canonicalText(value)}`;

/** Reports problems and doubts to the judgement: values from nowhere, values written twice. */
export function readRegisterHistory(history: History, judgement: Judgement): RegisterHistory {
  const writes = new Map<string, Operation | 'several'>();
  const failed = new Map<string, Operation>();
  let others = 0;
  for (const operation of history.operations) {
    if (isReadOf(operation)) continue;
    if (!isWriteOf(operation)) {
      others++;
      continue;
    }
    const where = place(operation.key, operation.input);
    if (operation.type === 'fail') failed.set(where, operation);
    else writes.set(where, writes.has(where) ? 'several' : operation);
  }
  if (others > 0) judgement.doubt(`${others} operations are neither reads nor writes`);

  const readsFrom = new Map<Operation, Operation | null>();
  const seen = new Set<Operation>();
  let ambiguous = 0;
  for (const read of history.operations) {
    if (!isReadOf(read) || read.type !== 'ok') continue;
    const value = read.output ?? null;
    if (value === null) {
      readsFrom.set(read, null);
      continue;
    }
    const where = place(read.key, value);
    const write = writes.get(where);
    if (write === 'several') ambiguous++;
    else if (write !== undefined) {
      readsFrom.set(read, write);
      seen.add(write);
    } else {
      const by = failed.get(where);
      const whence =
        by === undefined ? 'which no client wrote' : `whose write failed: ${named(by)}`;
      judgement.problem(
        'value from nowhere',
        [read.index, ...(by === undefined ? [] : [by.index])],
        `${named(read)} returned ${shown(value)}, ${whence}`,
      );
    }
  }
  if (ambiguous > 0) {
    judgement.doubt(
      `${ambiguous} reads returned values that were written more than once; give every write its own value`,
    );
  }
  const operations = history.operations.filter((operation) => {
    if (isWriteOf(operation)) {
      return operation.type === 'ok' || (operation.type === 'info' && seen.has(operation));
    }
    return readsFrom.has(operation);
  });
  return { operations, readsFrom };
}
