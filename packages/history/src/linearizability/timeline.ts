/**
 * A history as the search walks through it: the returns in order, and for each what is *pending* then,
 * which is invoked and not returned yet. At equal times invocations come before returns, so that
 * operations that only touch count as concurrent.
 *
 * Three kinds of operations take part:
 *   changes   ok operations that may change the state
 *   reads     ok operations that never do, and failed ones that say something about the state
 *   open      unknown operations: pending from their invocation on for ever
 *
 * Changes and reads have a *slot* while they are pending, which is a bit in the search's bit sets and
 * used again afterwards; open operations have theirs for ever, in a set of their own.
 */
import { canonicalText } from '../canonical.ts';
import type { Asked, Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';

/** Lists of one thing for each event, laid out one after another. */
interface Lists {
  /** List `e` is from `starts[e]` to `starts[e + 1]`. */
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

export interface Timeline {
  /** What takes part, in order of invocation. All numbers below are positions in it. */
  readonly operations: readonly Operation[];
  /** Operations of the same class are answered alike in every state. */
  readonly classOf: Int32Array;
  readonly classes: readonly Operation[];
  /** The slot of a change or read among their bits, of an open operation among its. */
  readonly slotOf: Int32Array;
  readonly slots: number;
  /** Open operations by slot. */
  readonly open: Int32Array;
  /** The operation that returns at each event. */
  readonly returns: Int32Array;
  /** Pending changes, those first that return first. */
  readonly changes: Lists;
  readonly reads: Lists;
  /** Pending reads, and pending changes whose answers show the state. */
  readonly awaited: Lists;
  /** Reads invoked since the event before. */
  readonly newReads: Lists;
  /** How many open operations were invoked before the event. */
  readonly openCount: Int32Array;
  /** The next of such that is invoked after the event, -1 if there is none. */
  readonly nextRead: Int32Array;
}

const change = 0;
const read = 1;
const open = 2;

/** A model in which answers may show a state that was not known, which changes it. */
export interface ShowingModel extends Model {
  shows?(asked: Asked): boolean;
}

export function timelineOf(history: readonly Operation[], model: ShowingModel): Timeline {
  const operations = participants(history, model);
  const kind = Int8Array.from(operations, (operation) => {
    if (operation.type === 'info') return open;
    return model.isRead(operation) ? read : change;
  });
  const isShowing = (point: number): boolean => model.shows?.(operations[point]!) === true;
  const points = pointsOf(operations);
  const slotOf = new Int32Array(operations.length);
  const freeSlots: number[] = [];
  let slots = 0;
  const openOperations: number[] = [];

  const returns: number[] = [];
  const openCount: number[] = [];
  const changes = new ListsBuilder();
  const reads = new ListsBuilder();
  const awaited = new ListsBuilder();
  const newReads = new ListsBuilder();
  const pendingChanges: number[] = [];
  const pendingReads: number[] = [];
  let fresh: number[] = [];
  const readsBefore: number[] = [];
  const readsInOrder: number[] = [];
  const returnAt = new Int32Array(operations.length);
  for (const [at, point] of points.entries()) if (point < 0) returnAt[~point] = at;

  for (const point of points) {
    if (point >= 0) {
      if (kind[point] === open) {
        slotOf[point] = openOperations.push(point) - 1;
        continue;
      }
      slotOf[point] = freeSlots.pop() ?? slots++;
      if (kind[point] === read || isShowing(point)) readsInOrder.push(point);
      if (kind[point] === read) {
        pendingReads.push(point);
        fresh.push(point);
      } else {
        let place = pendingChanges.length;
        while (place > 0 && returnAt[pendingChanges[place - 1]!]! > returnAt[point]!) place -= 1;
        pendingChanges.splice(place, 0, point);
      }
      continue;
    }
    const operation = ~point;
    returns.push(operation);
    if (model.shows !== undefined) {
      awaited.add([...pendingReads, ...pendingChanges.filter(isShowing)]);
    }
    openCount.push(openOperations.length);
    readsBefore.push(readsInOrder.length);
    changes.add(pendingChanges);
    reads.add(pendingReads);
    newReads.add(fresh);
    fresh = [];
    const pending = kind[operation] === read ? pendingReads : pendingChanges;
    pending.splice(pending.indexOf(operation), 1);
    freeSlots.push(slotOf[operation]!);
  }

  const readLists = reads.build();
  return {
    operations,
    ...classify(operations, model),
    slotOf,
    slots,
    open: Int32Array.from(openOperations),
    returns: Int32Array.from(returns),
    changes: changes.build(),
    reads: readLists,
    awaited: model.shows === undefined ? readLists : awaited.build(),
    newReads: newReads.build(),
    openCount: Int32Array.from(openCount),
    nextRead: Int32Array.from(readsBefore, (count) => readsInOrder[count] ?? -1),
  };
}

/** Leaves out what took no effect, and what may have but cannot matter. */
export function participants(history: readonly Operation[], model: Model): Operation[] {
  let operations = history.filter((operation) => {
    if (operation.type === 'fail') return model.observesFailure(operation);
    return operation.type === 'ok' || !model.isRead(operation);
  });
  if (model.unobserved !== undefined && operations.some(({ type }) => type === 'info')) {
    let before: number;
    do {
      before = operations.length;
      const unobserved = model.unobserved(operations);
      operations = operations.filter(
        (operation) => operation.type !== 'info' || !unobserved.has(operation),
      );
    } while (operations.length < before);
  }
  return operations.sort((a, b) => a.invokedMs - b.invokedMs || a.index - b.index);
}

/** Invocations as positions, returns as their complements, in order. */
function pointsOf(operations: readonly Operation[]): number[] {
  const points: number[] = operations.map((_, position) => position);
  for (const [position, { type }] of operations.entries()) {
    if (type !== 'info') points.push(~position);
  }
  const timeOf = (point: number): number =>
    point >= 0 ? operations[point]!.invokedMs : endOf(operations[~point]!);
  return points.sort((a, b) => {
    const [first, second] = [timeOf(a), timeOf(b)];
    if (first !== second) return first < second ? -1 : 1;
    if (a >= 0 !== b >= 0) return a >= 0 ? -1 : 1;
    return a >= 0 ? a - b : ~a - ~b;
  });
}

function classify(operations: readonly Operation[], model: Model) {
  const known = new Map<string, number>();
  const classes: Operation[] = [];
  const classOf = Int32Array.from(operations, (operation) => {
    const { f, key, input, output, type, process, error } = operation;
    const by = model.anonymous === true ? null : process;
    const name = canonicalText([f, key, input, output, type, error?.code, by]);
    let number = known.get(name);
    if (number === undefined) {
      number = classes.push(operation) - 1;
      known.set(name, number);
    }
    return number;
  });
  return { classOf, classes };
}

class ListsBuilder {
  readonly #starts: number[] = [0];
  readonly #items: number[] = [];

  add(list: readonly number[]): void {
    for (const item of list) this.#items.push(item);
    this.#starts.push(this.#items.length);
  }

  build(): Lists {
    return { starts: Int32Array.from(this.#starts), items: Int32Array.from(this.#items) };
  }
}
