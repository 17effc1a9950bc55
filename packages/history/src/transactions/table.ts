/**
 * The transactions of a history as the checkers need them: well-formed steps, and a number for every
 * key and every write.
 *
 * Words: a *step* is one micro-operation, `["r", key, value]`, `["append", key, value]` or
 * `["w", key, value]`; a *transaction* is the list of its steps; a *write* is an append or a w.
 *
 * Every write of a key must be of another value, or it is unclear whose write was read. Where two
 * are the same, reads of that value say nothing, and a check that finds nothing else is undecided.
 */
import type { Json } from '@faultline/protocol';
import type { History, Operation } from '../operation.ts';
import { shown } from '../shown.ts';
import { isBareAnswer, malformedAnswer, malformedRequest } from './well-formed.ts';

export type TransactionKind = 'append' | 'register';
export type Key = string | number;
export type Step = readonly [f: string, key: Key, value: Json];

/** In place of the number of a write. */
export const NO_WRITER = -1;
const SEVERAL = -2;

export interface Table {
  readonly kind: TransactionKind;
  /** What each key holds before it is written. */
  readonly initial: Json;
  /** By number of transaction: also the failed ones, and those whose outcome is unknown. */
  readonly operations: readonly Operation[];
  /** As answered, where the transaction was answered well; otherwise as asked. */
  readonly steps: readonly (readonly Step[])[];
  /** Whether the reads among its steps were answered. */
  readonly isRead: Uint8Array;
  /** By number of key. */
  readonly keys: readonly Key[];
  readonly keyNumbers: ReadonlyMap<Key, number>;
  /** By number of key: the numbers of its writes by their value. */
  readonly writeOf: readonly ReadonlyMap<Json, number>[];
  /** By number of write. */
  readonly writer: readonly number[];
  readonly writtenKey: readonly number[];
  readonly written: readonly Json[];
  /** Whether it is the last of its transaction to its key, and so what others may read. */
  readonly isFinal: readonly boolean[];
  readonly malformed: readonly { readonly transaction: number; readonly why: string }[];
  /** Why some of the history cannot be judged, in sentences. */
  readonly doubts: readonly string[];
}

export function tabulate(
  { operations }: History,
  kind: TransactionKind,
  initial: Json = null,
): Table {
  const begunWith = kind === 'append' && Array.isArray(initial) ? initial : [];
  const write = kind === 'append' ? 'append' : 'w';
  const transactions: Operation[] = [];
  const steps: (readonly Step[])[] = [];
  const malformed: { transaction: number; why: string }[] = [];
  const doubts: string[] = [];
  const keys: Key[] = [];
  const keyNumbers = new Map<Key, number>();
  const writeOf: Map<Json, number>[] = [];
  const writer: number[] = [];
  const writtenKey: number[] = [];
  const written: Json[] = [];
  const isFinal: boolean[] = [];
  const lastWrite: number[] = [];
  const answered: number[] = [];
  let sameValues = 0;

  const numberOf = (key: Key): number => {
    const known = keyNumbers.get(key);
    if (known !== undefined) return known;
    writeOf.push(new Map(begunWith.map((element) => [element, NO_WRITER])));
    lastWrite.push(NO_WRITER);
    const fresh = keys.push(key) - 1;
    keyNumbers.set(key, fresh);
    return fresh;
  };

  for (const operation of operations) {
    if (operation.f !== 'txn') continue;
    const unfit = malformedRequest(operation.input, kind);
    if (unfit !== null) {
      doubts.push(`T${operation.index} is not a transaction that this check understands: ${unfit}`);
      continue;
    }
    const n = transactions.push(operation) - 1;
    let answer = operation.input as unknown as readonly Step[];
    if (operation.type === 'ok' && !isBareAnswer(answer, operation.output)) {
      const why =
        malformedAnswer(answer, operation.output, kind) ?? lacking(operation.output, begunWith);
      if (why === null) {
        answer = operation.output as unknown as readonly Step[];
        answered.push(n);
      } else malformed.push({ transaction: n, why });
    }
    steps.push(answer);
    for (const [f, key, value] of answer) {
      const k = numberOf(key);
      if (f !== write) continue;
      const id = writer.push(n) - 1;
      writtenKey.push(k);
      written.push(value);
      isFinal.push(true);
      const before = lastWrite[k]!;
      if (before >= 0 && writer[before] === n) isFinal[before] = false;
      lastWrite[k] = id;
      const isSecond = writeOf[k]!.has(value) || (kind === 'register' && value === initial);
      if (isSecond) sameValues++;
      writeOf[k]!.set(value, isSecond ? SEVERAL : id);
    }
  }
  if (sameValues > 0) {
    doubts.push(
      `${sameValues} writes repeat a value that was written to the same key before; give every write of a key its own value`,
    );
  }
  if (initial !== null && (kind === 'append') !== Array.isArray(initial)) {
    const what = kind === 'append' ? 'a list' : 'a plain value';
    doubts.push(`the option initial: expected ${what}, got ${shown(initial)}`);
  }
  const isRead = new Uint8Array(transactions.length);
  for (const n of answered) isRead[n] = 1;
  return {
    kind,
    initial,
    operations: transactions,
    steps,
    isRead,
    keys,
    keyNumbers,
    writeOf,
    writer,
    writtenKey,
    written,
    isFinal,
    malformed,
    doubts,
  };
}

/** Whether a list that was read does not begin as it began. */
function lacking(answer: Json | undefined, begunWith: readonly Json[]): string | null {
  for (const [f, key, value] of answer as unknown as readonly Step[]) {
    if (f !== 'r') continue;
    const list = listOf(value);
    if (begunWith.every((element, i) => list[i] === element)) continue;
    return `it read ${shown(key)} as ${shown(value)}, and that began as ${shown([...begunWith])}`;
  }
  return null;
}

export const isFailed = (table: Table, n: number): boolean => table.operations[n]!.type === 'fail';

/** What a read of a list answered; a list without appends may be null. */
export const listOf = (value: Json): readonly Json[] => (value === null ? [] : (value as Json[]));
