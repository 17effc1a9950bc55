/**
 * Sets from which nothing is removed, decided in O(n log n) and the length of all reads.
 *
 * M. Emmi & C. Enea, "Sound, complete, and tractable linearizability monitoring for concurrent
 * collections", POPL 2018, decide collections of unique elements by what has to come before what. Here
 * reads answer the whole set besides, and it only grows: so all reads have to be in one order, each within the
 * next, and an element comes after the reads without it and before those with it. In that order
 * everything is put at its earliest, which leaves the most room for what follows; there is an order of
 * all operations exactly if each is in time.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import type { Shortcut } from './model.ts';

interface Element {
  readonly adds: Operation[];
  /** Adds that took effect, whether first or not. */
  readonly sure: Operation[];
  /** By when it is in the set: an acknowledged add has ended, or it was seen. */
  inByMs: number;
  /** When it was asked for, and was not there yet. */
  outAtMs: number;
  readonly contained: Operation[];
}

interface Place {
  readonly operation: Operation;
  readonly atMs: number;
  /** Which come first of those at the same time. */
  readonly rank: number;
}

export type Elements = ReadonlySet<string>;

/** See `shortcut` and `shortcutWithOptional` of a model. Undefined if something was removed. */
export function setShortcut<State>(
  operations: readonly Operation[],
  elementsOf: (answer: Json | undefined) => Elements | undefined,
  optional: ReadonlySet<Operation> = new Set(),
): Shortcut<State> | undefined {
  const elements = new Map<string, Element>();
  const of = (text: string): Element => {
    const known = elements.get(text);
    if (known !== undefined) return known;
    const fresh: Element = {
      adds: [],
      sure: [],
      inByMs: Number.POSITIVE_INFINITY,
      outAtMs: Number.NEGATIVE_INFINITY,
      contained: [],
    };
    elements.set(text, fresh);
    return fresh;
  };
  const reads: { operation: Operation; answered: Elements }[] = [];
  const wrong: Shortcut<State> = { conflict: operations, order: () => [] };
  for (const operation of operations) {
    const { f, type, input, output } = operation;
    if (type === 'fail') continue;
    if (f === 'add') {
      const element = of(canonicalText(input));
      element.adds.push(operation);
      if (type !== 'ok' || optional.has(operation)) continue;
      element.sure.push(operation);
      element.inByMs = Math.min(element.inByMs, endOf(operation));
    } else if (f !== 'read' && f !== 'contains') return undefined;
    else if (type !== 'ok') continue;
    else if (f === 'read') {
      const answered = elementsOf(output);
      if (answered === undefined) return wrong;
      reads.push({ operation, answered });
    } else {
      if (typeof output !== 'boolean') return wrong;
      const element = of(canonicalText(input));
      element.contained.push(operation);
      if (output) element.inByMs = Math.min(element.inByMs, endOf(operation));
      else element.outAtMs = Math.max(element.outAtMs, operation.invokedMs);
    }
  }
  const places = placesOf(elements, reads);
  if (places === undefined) return wrong;
  const order = (): Operation[] =>
    places.toSorted((a, b) => a.atMs - b.atMs || a.rank - b.rank).map(({ operation }) => operation);
  return { conflict: [], order };
}

/** Each at its earliest; undefined if one is too late then, or reads are in no order. */
function placesOf(
  elements: ReadonlyMap<string, Element>,
  reads: { operation: Operation; answered: Elements }[],
): Place[] | undefined {
  const places: Place[] = [];
  const left = new Map(elements);
  let rank = 0;
  let before: Elements = new Set();
  /** When all elements of the current reads are in, and when the last read so far is. */
  let inMs = Number.NEGATIVE_INFINITY;
  let readMs = Number.NEGATIVE_INFINITY;
  reads.sort((a, b) => a.answered.size - b.answered.size);
  for (const { operation, answered } of reads) {
    for (const text of before) if (!answered.has(text)) return undefined;
    if (answered.size > before.size) {
      rank += 2;
      inMs = readMs;
      for (const text of answered) {
        if (before.has(text)) continue;
        const added = add(left.get(text), readMs, rank);
        if (added === undefined) return undefined;
        inMs = Math.max(inMs, added.atMs);
        places.push(...added.places);
        left.delete(text);
      }
    }
    before = answered;
    const atMs = Math.max(inMs, operation.invokedMs);
    if (atMs > endOf(operation)) return undefined;
    readMs = Math.max(readMs, atMs);
    places.push({ operation, atMs, rank: rank + 1 });
  }
  for (const element of left.values()) {
    if (element.inByMs === Number.POSITIVE_INFINITY) {
      // It need not have been added.
      for (const one of element.contained) {
        places.push({ operation: one, atMs: one.invokedMs, rank: 0 });
      }
      continue;
    }
    const added = add(element, readMs, rank + 2);
    if (added === undefined) return undefined;
    places.push(...added.places);
  }
  return places;
}

/** The first add of an element after a moment, with all that is about the element; undefined if it is too late. */
function add(
  element: Element | undefined,
  sinceMs: number,
  rank: number,
): { atMs: number; places: Place[] } | undefined {
  if (element === undefined) return undefined;
  const { adds, sure, contained, inByMs, outAtMs } = element;
  const fromMs = Math.max(sinceMs, outAtMs);
  let first: Operation | undefined;
  for (const one of adds) {
    if (endOf(one) < fromMs) continue;
    if (first === undefined || one.invokedMs < first.invokedMs) first = one;
  }
  if (first === undefined) return undefined;
  const atMs = Math.max(fromMs, first.invokedMs);
  if (atMs > inByMs) return undefined;
  const places: Place[] = [{ operation: first, atMs, rank }];
  for (const one of [...sure, ...contained]) {
    if (one === first) continue;
    const isOut = one.output === false;
    const oneMs = isOut ? one.invokedMs : Math.max(atMs, one.invokedMs);
    places.push({ operation: one, atMs: oneMs, rank: isOut ? rank - 0.5 : rank + 0.5 });
  }
  return { atMs, places };
}
