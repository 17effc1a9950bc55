/**
 * Queues into which no element is put twice, decided in O(n log n).
 *
 * T. Henzinger, A. Sezgin & V. Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013, section 3:
 * a history of a queue is linearizable exactly if it has none of four patterns, namely an element that came
 * out without having been put in (VFresh), one that came out twice (VRepet), two that were put
 * in one after the other and came out the other way round, or of which the first stayed (VOrd), and an
 * empty queue all through whose question there was an element in it (VWit). A. Bouajjani, M. Emmi,
 * C. Enea & J. Hamza, "On reducing linearizability to state reachability", ICALP 2015, section 5, have the
 * same ones, and say why elements that are not in a pattern do not matter: queues are closed under
 * projection.
 *
 * An enqueue has taken effect by the end of the dequeue that got its element, and that dequeue not
 * before it began: with its times narrowed so, the patterns are about intervals. An element is *surely
 * in* between the end of its enqueue and the beginning of its dequeue.
 *
 * An unknown enqueue of what never came out is left out. An unknown dequeue may have taken an element
 * that never came out, of which some have to be gone by a certain time, for an element behind them came
 * out or the queue was empty: the first dequeues go to those that have to be gone first. Where a
 * question has several moments at which the queue may have been empty, the first is taken; if that leads
 * nowhere, it is not decided here.
 */
import { maelstromErrors } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import type { Shortcut } from './model.ts';

interface Element {
  readonly enqueue: Operation;
  /** What got it. */
  dequeue: Operation | undefined;
  readonly enqueueFromMs: number;
  enqueueToMs: number;
  /** Infinite if nothing got it. */
  dequeueFromMs: number;
  dequeueToMs: number;
  /** When it has to be gone, and why: an element behind it that came out, or an empty queue. */
  goneByMs: number;
  goneFor: readonly Operation[];
}

interface Elements {
  readonly elements: Element[];
  /** Questions that were answered with an empty queue. */
  readonly empties: readonly Operation[];
  /** Unknown dequeues, the first first. */
  readonly takers: readonly Operation[];
}

const sawEmpty = ({ f, type, output, error }: Operation): boolean =>
  f === 'dequeue' &&
  ((type === 'ok' && output === null) ||
    (type === 'fail' && error?.code === maelstromErrors.keyDoesNotExist));

/** See `shortcut` of a model. Undefined where an element was put in twice, or it is not decided here. */
export function queueShortcut(
  operations: readonly Operation[],
): Shortcut<readonly unknown[]> | undefined {
  const read = readElements(operations);
  if (read === undefined) return undefined;
  if ('conflict' in read) return { conflict: read.conflict, order: () => [] };
  const missing = takersMissing(read);
  if (missing.length > 0) return { conflict: missing, order: () => [] };
  const moments = momentsOfEmpties(read);
  if ('conflict' in moments) return { conflict: moments.conflict, order: () => [] };
  // At other moments there might be enough of them.
  if (takersMissing(read).length > 0) return undefined;
  return { conflict: [], order: () => orderOf(read, moments) };
}

function readElements(
  operations: readonly Operation[],
): Elements | { conflict: readonly Operation[] } | undefined {
  const all = new Map<string, Element>();
  const empties: Operation[] = [];
  const takers: Operation[] = [];
  for (const operation of operations) {
    if (operation.f === 'enqueue' && operation.type !== 'fail') {
      const text = canonicalText(operation.input);
      if (all.has(text)) return undefined;
      all.set(text, {
        enqueue: operation,
        dequeue: undefined,
        enqueueFromMs: operation.invokedMs,
        enqueueToMs: endOf(operation),
        dequeueFromMs: Number.POSITIVE_INFINITY,
        dequeueToMs: Number.POSITIVE_INFINITY,
        goneByMs: Number.POSITIVE_INFINITY,
        goneFor: [],
      });
    } else if (operation.f !== 'dequeue' && operation.type !== 'fail') return undefined;
  }
  for (const operation of operations) {
    if (operation.f !== 'dequeue') continue;
    if (operation.type === 'info') takers.push(operation);
    else if (sawEmpty(operation)) empties.push(operation);
    else if (operation.type === 'ok') {
      const element = all.get(canonicalText(operation.output));
      if (element === undefined) return { conflict: [operation] };
      if (element.dequeue !== undefined) {
        return { conflict: [element.enqueue, element.dequeue, operation] };
      }
      if (endOf(operation) < element.enqueueFromMs) {
        return { conflict: [operation, element.enqueue] };
      }
      element.dequeue = operation;
      element.enqueueToMs = Math.min(element.enqueueToMs, endOf(operation));
      element.dequeueFromMs = Math.max(operation.invokedMs, element.enqueueFromMs);
      element.dequeueToMs = endOf(operation);
    }
  }
  takers.sort((a, b) => a.invokedMs - b.invokedMs);
  const elements = [...all.values()].filter(
    ({ enqueue, dequeue }) => enqueue.type === 'ok' || dequeue !== undefined,
  );
  const conflict = disordered(elements);
  return conflict.length > 0 ? { conflict } : { elements, empties, takers };
}

const membersOf = (...elements: readonly Element[]): Operation[] =>
  elements.flatMap(({ enqueue, dequeue }) =>
    dequeue === undefined ? [enqueue] : [enqueue, dequeue],
  );

/**
 * Two elements put in one after the other that came out the other way round. Says as well which
 * elements that stayed have to be gone, as one behind them came out.
 */
function disordered(elements: readonly Element[]): Operation[] {
  const byEnd = elements.toSorted((a, b) => a.enqueueToMs - b.enqueueToMs);
  const behind = elements.toSorted((a, b) => a.enqueueFromMs - b.enqueueFromMs);
  let next = 0;
  let last: Element | undefined;
  for (const element of behind) {
    for (; next < byEnd.length && byEnd[next]!.enqueueToMs < element.enqueueFromMs; next++) {
      const before = byEnd[next]!;
      if (before.dequeue === undefined) continue;
      if (last === undefined || before.dequeueFromMs > last.dequeueFromMs) last = before;
    }
    if (last !== undefined && last.dequeueFromMs > element.dequeueToMs) {
      return membersOf(last, element);
    }
  }
  // From the back: of the elements that are put in later, the one that came out first.
  let first: Element | undefined;
  let at = behind.length - 1;
  for (const element of byEnd.toReversed()) {
    for (; at >= 0 && behind[at]!.enqueueFromMs > element.enqueueToMs; at--) {
      const later = behind[at]!;
      if (later.dequeue === undefined) continue;
      if (first === undefined || later.dequeueToMs < first.dequeueToMs) first = later;
    }
    if (element.dequeue === undefined && first !== undefined) {
      element.goneByMs = first.dequeueToMs;
      element.goneFor = membersOf(first);
    }
  }
  return [];
}

/** Those that have to be gone, the first first. */
const goneInTime = (elements: readonly Element[]): Element[] =>
  elements
    .filter(({ goneByMs }) => goneByMs < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.goneByMs - b.goneByMs);

/** Elements that have to be gone by a certain time, more than could be taken by then. */
function takersMissing({ elements, takers }: Elements): Operation[] {
  const gone = goneInTime(elements);
  const late = gone.findIndex(
    ({ goneByMs }, i) => (takers[i]?.invokedMs ?? Number.POSITIVE_INFINITY) > goneByMs,
  );
  if (late < 0) return [];
  const wanting = gone.slice(0, late + 1);
  const members = [
    ...wanting.flatMap(({ enqueue, goneFor }) => [enqueue, ...goneFor]),
    ...takers.slice(0, late),
  ];
  return [...new Set(members)];
}

interface Moment {
  readonly empty: Operation;
  readonly atMs: number;
}

/** When the queue may have been empty, for each `dequeue` that found it so; or the elements that leave no moment. */
function momentsOfEmpties({
  elements,
  empties,
  takers,
}: Elements): Moment[] | { conflict: Operation[] } {
  if (empties.length === 0) return [];
  const furthestOver = surelyIn(elements);
  const staying = elements
    .filter(({ dequeue }) => dequeue === undefined)
    .sort((a, b) => a.enqueueToMs - b.enqueueToMs);
  const moments: Moment[] = [];
  for (const empty of empties) {
    const covering: Element[] = [];
    let inTheWay: Operation[] = [];
    let atMs = empty.invokedMs;
    while (atMs <= endOf(empty)) {
      const cover = furthestOver(atMs);
      if (cover !== undefined) {
        covering.push(cover);
        atMs = cover.dequeueFromMs;
        continue;
      }
      const stayed = countWhile(staying, ({ enqueueToMs }) => enqueueToMs < atMs);
      const taken = countWhile(takers, ({ invokedMs }) => invokedMs <= atMs);
      if (stayed <= taken) break;
      // Not before another dequeue has begun: each takes one element.
      inTheWay = [...membersOf(...staying.slice(0, taken + 1)), ...takers.slice(0, taken)];
      atMs = takers[taken]?.invokedMs ?? Number.POSITIVE_INFINITY;
    }
    if (atMs > endOf(empty)) return { conflict: [empty, ...membersOf(...covering), ...inTheWay] };
    moments.push({ empty, atMs });
    for (const element of staying) {
      if (element.enqueueToMs >= atMs) break;
      if (element.goneByMs <= atMs) continue;
      element.goneByMs = atMs;
      element.goneFor = [empty];
    }
  }
  return moments;
}

/** At a moment, of the elements that are surely in the queue, the one that stays longest. */
function surelyIn(elements: readonly Element[]): (ms: number) => Element | undefined {
  const inOrder = elements
    .filter((one) => one.dequeue !== undefined && one.enqueueToMs < one.dequeueFromMs)
    .sort((a, b) => a.enqueueToMs - b.enqueueToMs);
  const longest: Element[] = [];
  for (const [i, element] of inOrder.entries()) {
    const before = longest[i - 1];
    longest.push(
      before !== undefined && before.dequeueFromMs > element.dequeueFromMs ? before : element,
    );
  }
  return (ms) => {
    const element = longest[countWhile(inOrder, ({ enqueueToMs }) => enqueueToMs < ms) - 1];
    return element !== undefined && element.dequeueFromMs > ms ? element : undefined;
  };
}

/** How many of them, which are in order, are so. */
function countWhile<Item>(items: readonly Item[], isSo: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Place {
  readonly operation: Operation;
  readonly atMs: number;
  /** How many empty queues come before. */
  readonly segment: number;
  readonly rank: number;
}

/**
 * Between the moments at which the queue was empty, elements in an order that fits what ended before
 * what; each put in and taken out as early as it can be.
 */
function orderOf({ elements, takers }: Elements, moments: readonly Moment[]): Operation[] {
  for (const [i, element] of goneInTime(elements).entries()) {
    element.dequeue = takers[i]!;
    element.dequeueFromMs = Math.max(takers[i]!.invokedMs, element.enqueueFromMs);
  }
  const emptyAt = [...new Set(moments.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  const bySegment = new Map<number, Element[]>();
  for (const element of elements) {
    const segment = countWhile(emptyAt, (ms) => ms < element.dequeueFromMs);
    bySegment.set(segment, [...(bySegment.get(segment) ?? []), element]);
  }
  const places: Place[] = moments.map(({ empty, atMs }) => {
    const before = countWhile(emptyAt, (ms) => ms < atMs);
    return { operation: empty, atMs, segment: before + 0.5, rank: 0 };
  });
  let putMs = Number.NEGATIVE_INFINITY;
  let takenMs = Number.NEGATIVE_INFINITY;
  for (const segment of [...bySegment.keys()].sort((a, b) => a - b)) {
    putMs = Math.max(putMs, emptyAt[segment - 1] ?? putMs);
    for (const element of firstInFirstOut(bySegment.get(segment)!)) {
      putMs = Math.max(putMs, element.enqueueFromMs);
      const rank = places.length;
      places.push({ operation: element.enqueue, atMs: putMs, segment, rank });
      if (element.dequeue === undefined) continue;
      takenMs = Math.max(takenMs, element.dequeueFromMs, putMs);
      places.push({ operation: element.dequeue, atMs: takenMs, segment, rank });
    }
  }
  const kind = ({ operation }: Place): number => (operation.f === 'enqueue' ? 0 : 1);
  places.sort(
    (a, b) => a.atMs - b.atMs || a.segment - b.segment || kind(a) - kind(b) || a.rank - b.rank,
  );
  return places.map(({ operation }) => operation);
}

function firstInFirstOut(elements: readonly Element[]): Element[] {
  const left = new Set(elements.toSorted((a, b) => a.enqueueFromMs - b.enqueueFromMs));
  const order: Element[] = [];
  while (left.size > 0) {
    let [putByMs, takenByMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const { enqueueToMs, dequeueToMs } of left) {
      putByMs = Math.min(putByMs, enqueueToMs);
      takenByMs = Math.min(takenByMs, dequeueToMs);
    }
    const next = [...left].find(
      ({ enqueueFromMs, dequeueFromMs }) => enqueueFromMs <= putByMs && dequeueFromMs <= takenByMs,
    );
    // There is one: what keeps each from being the next would be a pattern.
    if (next === undefined) return order;
    left.delete(next);
    order.push(next);
  }
  return order;
}
