/**
 * A set (one per key), element by element: is what was acknowledged there, from when on, once, and not after its
 * removal? Operations `add v` (or `broadcast v`), `remove v`, `read` (answers a list).
 *
 * After Jepsen's set-full checker (K. Kingsbury), with two things more: an element that is in an
 * answer twice, and removal. Of each element, in true time:
 *
 *   known       from when its add was acknowledged, or a read that had it ended
 *   lost        known, and absent from the last read that began after that
 *   stale       known, absent from a read that began after that, and present again later
 *   resurrected a removal was acknowledged, no add of it came after or beside that, and the last
 *               read that began after it has it
 *   duplicated  an answer names it twice
 *   unexpected  an answer names what no client added, or whose adds all failed
 *
 * Of an element that was removed, only what came after all removals can be lost, and nothing while the
 * outcome of a removal is unknown. An element that a removal has left behind for a while is stale too.
 *
 * Stale elements are what every replicated set has; only where `linearizable` is asked are they a
 * problem. The time from known to the end of the last read without it is the stable latency.
 */

import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { acknowledgedMs, byKey, elementsOf, isAdd, largest, quantile } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface SetOptions {
  /** Whether a read must see at once what was acknowledged before it began. */
  readonly linearizable?: boolean;
}

interface Read {
  readonly operation: Operation;
  readonly elements: ReadonlySet<string>;
}

export function checkSet(history: History, { linearizable = false }: SetOptions = {}): CheckResult {
  const judgement = new Judgement(
    linearizable ? 'a linearizable set' : 'a set that keeps its elements',
  );
  const tally: Tally = { elements: 0, reads: 0, stale: 0, unread: 0, latenciesMs: [] };
  for (const operations of byKey(history.operations).values()) {
    judgeSet(operations, linearizable, tally, judgement);
  }
  const { elements, reads, stale, unread, latenciesMs } = tally;
  if (unread > 0) {
    const elements = unread === 1 ? 'element has' : 'elements have';
    judgement.doubt(`${unread} acknowledged ${elements} no later read`);
  }
  latenciesMs.sort((a, b) => a - b);
  const quantiles = latenciesMs.length === 0 ? [] : [0, 0.5, 0.95, 0.99, 1];
  return judgement.result(elements, 'elements', {
    reads,
    stable: latenciesMs.length,
    stale,
    unread,
    ...Object.fromEntries(quantiles.map((q) => [`stableMs p${q * 100}`, quantile(latenciesMs, q)])),
  });
}

interface Tally {
  elements: number;
  reads: number;
  stale: number;
  unread: number;
  readonly latenciesMs: number[];
}

/** The set of one key. */
function judgeSet(
  operations: readonly Operation[],
  linearizable: boolean,
  tally: Tally,
  judgement: Judgement,
): void {
  const adds = new Map<string, Operation[]>();
  const removes = new Map<string, Operation[]>();
  const reads: Read[] = [];
  for (const operation of operations) {
    if (isAdd(operation)) push(adds, operation);
    else if (operation.f === 'remove') push(removes, operation);
    else if (operation.f === 'read' && operation.type === 'ok') {
      const elements = readOf(operation, judgement);
      if (elements !== null) reads.push({ operation, elements });
    }
  }
  reads.sort((a, b) => a.operation.invokedMs - b.operation.invokedMs);
  unexpected(reads, adds, judgement);
  const asked = [...adds.values()].filter((all) => all.some(({ type }) => type !== 'fail'));
  // Elements that no read can have seen have not been judged.
  if (reads.length > 0) tally.elements += asked.length;
  tally.reads += reads.length;
  for (const [element, ofElement] of adds) {
    const taken = (removes.get(element) ?? []).filter(({ type }) => type !== 'fail');
    if (taken.length > 0) removed(element, ofElement, taken, { reads, linearizable, judgement });
    const removedMs = largest(taken.map(acknowledgedMs));
    const fate = fateOf(
      element,
      ofElement.filter(({ invokedMs }) => invokedMs > removedMs),
      taken.length === 0 ? reads : reads.filter(({ operation }) => operation.invokedMs > removedMs),
    );
    if (fate === null) continue;
    const { add, knownMs, missing, last } = fate;
    if (last === undefined) {
      // What a read alone has made known has been read.
      if (add.type === 'ok') tally.unread++;
    } else if (missing === last) {
      judgement.problem(
        'lost',
        [add.index, last.index],
        `${named(add)} added ${element}, which was known from ${knownMs} ms on, but the last read after that does not have it: ${named(last)}`,
      );
    } else {
      if (missing !== undefined) tally.stale++;
      if (missing !== undefined && linearizable) {
        judgement.problem(
          'stale',
          [add.index, missing.index],
          `${element} was known from ${knownMs} ms on, but ${named(missing)} began at ${missing.invokedMs} ms and does not have it`,
        );
      }
      const stableMs = missing === undefined ? knownMs : acknowledgedMs(missing);
      tally.latenciesMs.push(Math.max(0, stableMs - knownMs));
    }
  }
}

function push(map: Map<string, Operation[]>, operation: Operation): void {
  const element = canonicalText(operation.input);
  const known = map.get(element);
  if (known === undefined) map.set(element, [operation]);
  else known.push(operation);
}

function readOf(operation: Operation, judgement: Judgement): ReadonlySet<string> | null {
  const list = elementsOf(operation.output);
  if (list === null) {
    judgement.problem(
      'malformed',
      [operation.index],
      `${named(operation)} did not answer with a list`,
    );
    return null;
  }
  const elements = new Set<string>();
  for (const element of list) {
    if (elements.has(element)) {
      judgement.problem(
        'duplicated',
        [operation.index],
        `${named(operation)} has ${element} more than once`,
      );
    }
    elements.add(element);
  }
  return elements;
}

function unexpected(
  reads: readonly Read[],
  adds: ReadonlyMap<string, readonly Operation[]>,
  judgement: Judgement,
): void {
  const reported = new Set<string>();
  for (const { operation, elements } of reads) {
    for (const element of elements) {
      if (reported.has(element)) continue;
      const by = adds.get(element) ?? [];
      // What is added only after the read ended cannot have been in it.
      if (
        by.some(({ type, invokedMs }) => type !== 'fail' && invokedMs <= acknowledgedMs(operation))
      )
        continue;
      reported.add(element);
      const why =
        by.length === 0
          ? 'which no client added'
          : by.every(({ type }) => type === 'fail')
            ? `whose add had failed: ${named(by[0]!)}`
            : 'which was added only later';
      judgement.problem(
        'unexpected',
        [operation.index],
        `${named(operation)} has ${element}, ${why}`,
      );
    }
  }
}

interface Fate {
  readonly add: Operation;
  readonly knownMs: number;
  /** The last read that began when the element was known and has it not. */
  readonly missing: Operation | undefined;
  /** The last read that began when the element was known. */
  readonly last: Operation | undefined;
}

/** Null for an element that may never have been added. */
function fateOf(element: string, adds: readonly Operation[], reads: readonly Read[]): Fate | null {
  if (adds.length === 0) return null;
  let knownMs = Math.min(...adds.map(acknowledgedMs));
  for (const { operation, elements } of reads) {
    if (operation.invokedMs > knownMs) break;
    if (elements.has(element)) knownMs = Math.min(knownMs, acknowledgedMs(operation));
  }
  if (knownMs === Number.POSITIVE_INFINITY) return null;
  let missing: Operation | undefined;
  let last: Operation | undefined;
  for (let i = reads.length - 1; i >= 0; i--) {
    const { operation, elements } = reads[i]!;
    if (operation.invokedMs <= knownMs) break;
    last ??= operation;
    if (elements.has(element)) continue;
    missing = operation;
    break;
  }
  const add = adds.find(({ type }) => type === 'ok') ?? adds[0]!;
  return { add, knownMs, missing, last };
}

interface Reading {
  readonly reads: readonly Read[];
  readonly linearizable: boolean;
  readonly judgement: Judgement;
}

function removed(
  element: string,
  adds: readonly Operation[],
  removes: readonly Operation[],
  { reads, linearizable, judgement }: Reading,
): void {
  // An add that did not end before the removal began may be the later of the two.
  const addedMs = largest(adds.filter(({ type }) => type !== 'fail').map(acknowledgedMs));
  const [first] = removes
    .filter(({ type, invokedMs }) => type === 'ok' && invokedMs > addedMs)
    .sort((a, b) => acknowledgedMs(a) - acknowledgedMs(b));
  if (first === undefined) return;
  const removedMs = acknowledgedMs(first);
  const after = reads.filter(({ operation }) => operation.invokedMs > removedMs);
  const having = after.filter(({ elements }) => elements.has(element));
  const [one] = having;
  const last = after.at(-1);
  if (one === undefined || last === undefined) return;
  if (having.at(-1) === last) {
    judgement.problem(
      'resurrected',
      [first.index, last.operation.index],
      `${named(first)} had removed ${element} at ${removedMs} ms, no client added it again, and ${named(last.operation)} has it`,
    );
  } else if (linearizable) {
    judgement.problem(
      'stale',
      [first.index, one.operation.index],
      `${named(first)} had removed ${element} at ${removedMs} ms, and ${named(one.operation)} began at ${one.operation.invokedMs} ms and still has it`,
    );
  }
}
