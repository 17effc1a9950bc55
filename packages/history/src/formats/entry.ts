/**
 * What all formats have in common: entries, two for an operation, the first of which is its
 * invocation. Without a second one the operation is unknown.
 */
import { FaultlineError, inexactNumber, type Json } from '@faultline/protocol';
import { sameValue } from '../canonical.ts';
import type { Operation, OperationStamps } from '../operation.ts';
import { eventsOf, justBefore } from '../times.ts';

export type EntryType = 'invoke' | 'ok' | 'fail' | 'info';

export interface Entry {
  readonly type: EntryType;
  readonly process: string;
  readonly f: string;
  readonly key?: string | number;
  readonly value: Json;
  readonly atMs: number;
  /** What joins the two entries, where a process may have several operations open. */
  readonly message?: string;
  readonly node?: string;
  readonly stamps?: OperationStamps;
  readonly error?: { readonly code: number; readonly text: string };
  /** Where it was read, such as `line 12`. */
  readonly where: string;
}

export function badHistory(where: string, what: string): FaultlineError {
  const line = what.replaceAll(/\s+/g, ' ');
  return new FaultlineError('BAD_HISTORY', `${where}: ${line}`, { where });
}

const entryTypes: ReadonlySet<unknown> = new Set(['invoke', 'ok', 'fail', 'info']);

export function readEntryType(type: unknown, where: string): EntryType {
  if (!entryTypes.has(type)) {
    throw badHistory(where, `an entry is invoke, ok, fail or info, not ${JSON.stringify(type)}`);
  }
  return type as EntryType;
}

/**
 * Integers above 2^53 - 1 lose their last digits as they are read: two that differ could be equal then, so
 * that a history with one cannot be judged.
 */
function requireExact(value: Json, where: string): void {
  const inexact = inexactNumber(value);
  if (inexact === undefined) return;
  throw badHistory(
    where,
    `numbers are exact up to 2^53 - 1, and this is larger: expected a text instead of ${inexact}`,
  );
}

/** Entries in the order in which they happened, as operations in the order of invocation. */
export function pair(entries: Iterable<Entry>, isEcho: IsEcho = () => false): Operation[] {
  const operations: Operation[] = [];
  const pending = new Map<string, number>();
  for (const entry of entries) {
    const { type, process, f, key, value, atMs, message, node, where } = entry;
    requireExact([key ?? null, value], where);
    const name = message ?? process;
    const invoked = pending.get(name);
    if (type === 'invoke') {
      if (invoked !== undefined) {
        throw badHistory(where, `${name} invokes ${f} and has not ended what it invoked before`);
      }
      pending.set(name, operations.length);
      operations.push({
        index: operations.length,
        process,
        f,
        ...(key === undefined ? {} : { key }),
        input: value,
        type: 'info',
        invokedMs: atMs,
        endedMs: null,
        ...(node === undefined ? {} : { node }),
        ...idOf(message),
      });
      continue;
    }
    if (invoked === undefined) {
      throw badHistory(where, `${name} ends ${f} with ${type} and has not invoked it`);
    }
    const operation = operations[invoked]!;
    if (operation.f !== f) {
      throw badHistory(where, `${name} ends ${f} and had invoked ${operation.f}`);
    }
    if (atMs < operation.invokedMs) {
      const began = `${name} ends ${f} at ${atMs} ms and had invoked it at ${operation.invokedMs} ms`;
      throw badHistory(where, `${began}: expected an end that is not earlier`);
    }
    pending.delete(name);
    operations[invoked] = ended(operation, entry, isEcho);
    if (type !== 'info') keepOverlapping(operations, invoked, atMs);
  }
  return operations;
}

/** What joins entries of other tools is no id of a message. */
const messageIdPattern = /^[A-Za-z]\w*\.\d+\.\d+$/;

const idOf = (message: string | undefined): Pick<Operation, 'message'> =>
  message !== undefined && messageIdPattern.test(message) ? { message } : {};

/**
 * What the process invoked before this end overlaps it, also at the same time: two operations of a process
 * that only touch would count as one after the other.
 */
function keepOverlapping(operations: Operation[], ended: number, endedMs: number): void {
  const { process } = operations[ended]!;
  for (let at = operations.length - 1; at > ended; at--) {
    const other = operations[at]!;
    if (other.invokedMs < endedMs) return;
    if (other.process === process) operations[at] = { ...other, invokedMs: justBefore(endedMs) };
  }
}

/** Whether an answer of this function that equals its question only repeats it. */
type IsEcho = (f: string) => boolean;

function ended(
  operation: Operation,
  { type, value, atMs, node, stamps, error, message }: Entry,
  isEcho: IsEcho,
): Operation {
  const isRepeated = isEcho(operation.f) && sameValue(value, operation.input);
  return {
    ...operation,
    // It may have had no message yet when it began.
    ...idOf(message),
    type: type as Operation['type'],
    ...(type === 'ok' ? { output: isRepeated ? null : value } : {}),
    endedMs: type === 'info' ? null : atMs,
    ...(node === undefined ? {} : { node }),
    ...(stamps === undefined ? {} : { stamps }),
    ...(error === undefined ? {} : { error }),
  };
}

/** The other way: the entries of operations in the order of time; unknown ones end with the history. */
export function unpair(operations: readonly Operation[]): Entry[] {
  const lastMs = operations.reduce(
    (last, { invokedMs, endedMs }) => Math.max(last, invokedMs, endedMs ?? invokedMs),
    0,
  );
  const entryOf = (operation: Operation, isEnd: boolean): Entry => {
    const { type, output, input, invokedMs, endedMs, stamps, error } = operation;
    if (!isEnd) return { ...common(operation), type: 'invoke', atMs: invokedMs };
    return {
      ...common(operation),
      type,
      value: type === 'ok' ? (output ?? null) : input,
      atMs: endedMs ?? lastMs,
      ...(stamps === undefined ? {} : { stamps }),
      ...(error === undefined ? {} : { error }),
    };
  };
  const events = [...eventsOf(operations, { overlapping: false })];
  const unknown = operations.filter(({ type, error }) => type === 'info' && error !== undefined);
  return [
    ...events.map(({ operation, isEnd }) => entryOf(operation, isEnd)),
    ...unknown.map((operation) => entryOf(operation, true)),
  ];
}

function common({ index, process, f, key, input, node, message }: Operation) {
  return {
    process,
    f,
    ...(key === undefined ? {} : { key }),
    value: input,
    message: message ?? String(index),
    ...(node === undefined ? {} : { node }),
    where: `operation ${index}`,
  };
}
