/**
 * When operations were there, in true time.
 *
 * Intervals are closed: what ends as an operation of another process begins overlaps it. A process has one
 * operation at a time, so of two of its operations that only touch, the one with the lower index came first.
 */
import type { Operation } from './operation.ts';

/** Until when an operation may have taken effect, in ms of true time. Infinity for an unknown one. */
export const endOf = ({ type, endedMs, invokedMs }: Operation): number =>
  type === 'info' || endedMs === null ? Number.POSITIVE_INFINITY : Math.max(endedMs, invokedMs);

/** The latest moment before: one step of a double. */
export function justBefore(ms: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, ms === 0 ? -Number.MIN_VALUE : ms);
  if (ms !== 0) bits.setBigInt64(0, bits.getBigInt64(0) + (ms > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}

/**
 * Operations whose times alone show their order, that of each process included. Where two operations
 * of a process touch, times become places in the order of all events. At equal times an operation
 * begins before others end, as far as its own process allows. Else the operations as they are.
 */
export function inProcessOrder(operations: readonly Operation[]): readonly Operation[] {
  if (!hasTouching(operations)) return operations;
  const invoked = new Map<Operation, number>();
  const ended = new Map<Operation, number>();
  let place = 0;
  for (const { operation, isEnd } of eventsOf(operations, { overlapping: true })) {
    (isEnd ? ended : invoked).set(operation, place++);
  }
  return operations.map((operation) => ({
    ...operation,
    invokedMs: invoked.get(operation)!,
    endedMs: ended.get(operation) ?? null,
  }));
}

interface OperationEvent {
  readonly operation: Operation;
  readonly isEnd: boolean;
}

/**
 * Beginnings and ends in an order that fits the times and each process; unknown operations have no end. At
 * equal times beginnings are in the order of the history, each after the ends that its process has
 * had before. `overlapping`: those for which nothing has to end come first, so that they overlap the rest.
 */
export function* eventsOf(
  operations: readonly Operation[],
  { overlapping }: { readonly overlapping: boolean },
): Generator<OperationEvent> {
  for (const { begins, ends } of moments(operations)) {
    /** What ends now, by process, in the order of the process. */
    const ending = byProcess(ends);
    const waits = ({ process, index }: Operation): boolean =>
      (ending.get(process)?.[0]?.index ?? index) < index;
    const inOrder = overlapping
      ? [...begins.filter((one) => !waits(one)), ...begins.filter(waits)]
      : begins;
    for (const operation of inOrder) {
      const own = ending.get(operation.process) ?? [];
      while (own.length > 0 && own[0]!.index < operation.index) {
        yield { operation: own.shift()!, isEnd: true };
      }
      yield { operation, isEnd: false };
    }
    for (const own of ending.values()) {
      for (const operation of own) yield { operation, isEnd: true };
    }
  }
}

/** Whether an operation begins when an earlier one of its process ends. */
function hasTouching(operations: readonly Operation[]): boolean {
  const ends = new Map<string, Set<number>>();
  for (const operation of operations) {
    const own = ends.get(operation.process);
    if (own?.has(operation.invokedMs)) return true;
    if (own === undefined) ends.set(operation.process, new Set([endOf(operation)]));
    else own.add(endOf(operation));
  }
  return false;
}

interface Moment {
  readonly begins: Operation[];
  readonly ends: Operation[];
}

/** What begins and ends at each time, in the order of time and then of index. */
function moments(operations: readonly Operation[]): Moment[] {
  const byTime = new Map<number, Moment>();
  const at = (ms: number): Moment => {
    const moment = byTime.get(ms) ?? { begins: [], ends: [] };
    byTime.set(ms, moment);
    return moment;
  };
  for (const operation of operations.toSorted((a, b) => a.index - b.index)) {
    at(operation.invokedMs).begins.push(operation);
    if (endOf(operation) !== Number.POSITIVE_INFINITY) at(endOf(operation)).ends.push(operation);
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([, moment]) => moment);
}

function byProcess(operations: readonly Operation[]): Map<string, Operation[]> {
  const processes = new Map<string, Operation[]>();
  for (const operation of operations) {
    const own = processes.get(operation.process);
    if (own === undefined) processes.set(operation.process, [operation]);
    else own.push(operation);
  }
  return processes;
}
