/**
 * Eventual convergence: after the last fault is healed and the last write has ended, all nodes come to
 * answer the same, and that holds what was acknowledged.
 *
 * The *quiet* begins then. In it, the last read of each node and key counts. They must be equal; of
 * sets (`read` answers a list, `add v`) the answer must have all acknowledged elements and none that no client
 * added, of registers
 * (`write v`, `cas [from, to]`) it must be a value that was written, and of siblings (`read` answers
 * `{ values }`) all of them; where no write says what it has seen, all that were acknowledged too. The time to converge is from the begin of the
 * quiet to the end of the last read that still answered otherwise: a bound from above, as good as
 * reads are frequent.
 *
 * An unknown change may take effect as late as between the last reads of two nodes. Until a read has
 * shown it, answers that differ only by that change are in doubt rather than a disagreement.
 *
 * A node without a read in the quiet period is in doubt, unless it was removed. Without any such read
 * the whole result is in doubt.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import { readCas } from '../models/register.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { acknowledgedMs, byKey, carried, elementsOf, healedMs, isAdd, largest } from './answers.ts';
import { Judgement } from './judgement.ts';
import { isReadOf, isWriteOf } from './register-history.ts';

export interface ConvergenceOptions {
  /** Lists are compared as sets: in any order. Default true. */
  readonly asSets?: boolean;
  /** How long after the begin of the quiet answers may still differ. */
  readonly withinMs?: number;
}

export function checkConvergence(
  history: History,
  { asSets = true, withinMs = Number.POSITIVE_INFINITY }: ConvergenceOptions = {},
): CheckResult {
  const judgement = new Judgement('convergent');
  const answered = history.operations.filter((read) => isReadOf(read) && read.type === 'ok');
  const changes = history.operations.filter((operation) => !isReadOf(operation));
  const quietMs = Math.max(
    healedMs(history),
    largest(changes.map(({ endedMs, invokedMs }) => endedMs ?? invokedMs)),
  );
  if (quietMs === Number.POSITIVE_INFINITY) {
    judgement.doubt('a fault was never healed');
    return judgement.result(0, 'reads after the last change');
  }
  const text = ({ output }: Operation): string => {
    const elements = asSets && Array.isArray(carried(output)) ? elementsOf(output) : null;
    return elements === null ? canonicalText(output) : [...new Set(elements)].sort().join();
  };
  const late = answered
    .filter(({ invokedMs }) => invokedMs > quietMs)
    .sort((a, b) => a.invokedMs - b.invokedMs);
  const readsOf = byKey(late);
  unasked(history, readsOf, judgement);
  let slowestMs = 0;
  for (const [key, reads] of readsOf) {
    const last = lastByNode(reads);
    const [reference] = last as [Operation];
    const other = last.find((read) => text(read) !== text(reference));
    if (other !== undefined) {
      const unknown = changes.filter((one) => one.key === key && one.type === 'info');
      const isDue = (read: Operation): boolean =>
        text(read) === text(reference) || isExplained(reference, read, unknown, answered);
      if (last.every(isDue)) {
        judgement.doubt(
          `the last reads of ${reference.node ?? reference.process} and ${other.node ?? other.process} differ by what an unknown change may have done meanwhile: ${named(reference)}, ${named(other)}`,
        );
        continue;
      }
      judgement.problem(
        'disagreeing',
        [reference.index, other.index],
        `at the end ${reference.node ?? reference.process} answered ${shown(reference.output)} and ${other.node ?? other.process} ${shown(other.output)}: ${named(reference)}, ${named(other)}`,
      );
      continue;
    }
    const ofKey = changes.filter((change) => change.key === key);
    holdsAcknowledged(reference, ofKey, judgement);
    const differing = reads.filter((read) => text(read) !== text(reference));
    const convergedMs = Math.max(quietMs, largest(differing.map(acknowledgedMs)));
    slowestMs = Math.max(slowestMs, convergedMs - quietMs);
    if (convergedMs - quietMs > withinMs) {
      const slow = differing.at(-1)!;
      judgement.problem(
        'too slow',
        [slow.index],
        `${convergedMs - quietMs} ms after the last change ${named(slow)} still answered ${shown(slow.output)}; at most ${withinMs} ms are allowed`,
      );
    }
  }
  return judgement.result(late.length, 'reads after the last change', {
    quietMs,
    convergedMs: slowestMs,
  });
}

/** The last read of each node; of reads without a node, of each process. */
function lastByNode(reads: readonly Operation[]): Operation[] {
  return [...new Map(reads.map((read) => [read.node ?? read.process, read])).values()];
}

/**
 * Whether two answers differ only by unknown changes that no read had shown before the read began that
 * does not have them.
 */
function isExplained(
  a: Operation,
  b: Operation,
  unknown: readonly Operation[],
  answered: readonly Operation[],
): boolean {
  if (unknown.length === 0) return false;
  const ofKey = answered.filter(({ key }) => key === a.key);
  const shows = (read: Operation, value: string): boolean =>
    elementsOf(read.output)?.includes(value) ?? canonicalText(read.output) === value;
  /** Whether the one without the effect began before any read had shown it. */
  const mayBeNew = (
    value: string,
    isThere: boolean,
    without: Operation,
    sinceMs: number,
  ): boolean =>
    !ofKey.some(
      (read) =>
        shows(read, value) === isThere &&
        read.invokedMs >= sinceMs &&
        acknowledgedMs(read) < without.invokedMs,
    );
  const [ofA, ofB] = [elementsOf(a.output), elementsOf(b.output)];
  if (ofA !== null && ofB !== null) {
    const differing = [
      ...ofA.filter((one) => !ofB.includes(one)).map((value) => ({ value, there: a, absent: b })),
      ...ofB.filter((one) => !ofA.includes(one)).map((value) => ({ value, there: b, absent: a })),
    ];
    return (
      differing.length > 0 &&
      differing.every(({ value, there, absent }) =>
        unknown.some((change) => {
          if (canonicalText(change.input) !== value) return false;
          if (isAdd(change)) return mayBeNew(value, true, absent, change.invokedMs);
          return change.f === 'remove' && mayBeNew(value, false, there, change.invokedMs);
        }),
      )
    );
  }
  return unknown.some((write) => {
    if (!isWriteOf(write) && write.f !== 'cas') return false;
    const value = canonicalText(writtenBy(write));
    return [
      [a, b],
      [b, a],
    ].some(
      ([having, without]) =>
        canonicalText(having!.output ?? null) === value &&
        mayBeNew(value, true, without!, write.invokedMs),
    );
  });
}

function unasked(
  { operations, faults = [] }: History,
  readsOf: ReadonlyMap<Operation['key'], readonly Operation[]>,
  judgement: Judgement,
): void {
  const gone = new Set(
    faults.flatMap(({ membership, nodes = [] }) => (membership === 'removed' ? nodes : [])),
  );
  const nodes = new Set(
    operations.flatMap(({ node }) => (node === undefined || gone.has(node) ? [] : [node])),
  );
  const keys = new Set(operations.map(({ key }) => key));
  for (const key of keys) {
    const reads = readsOf.get(key) ?? [];
    const name = key === undefined ? 'anything' : shown(key);
    if (reads.length === 0) {
      judgement.doubt(
        `no client read ${name} after the last change had ended and every fault was healed`,
      );
      continue;
    }
    const asked = new Set(reads.map(({ node }) => node));
    const missing = [...nodes].filter((node) => !asked.has(node));
    if (missing.length > 0) judgement.doubt(`${missing.join(', ')} never read ${name} at the end`);
  }
}

function holdsAcknowledged(
  read: Operation,
  changes: readonly Operation[],
  judgement: Judgement,
): void {
  const adds = changes.filter(isAdd);
  if (adds.length > 0) {
    const list = elementsOf(read.output);
    // The adds of a counter are for the counter's own check.
    if (list === null) return;
    const elements = new Set(list);
    const removes = changes.filter(({ f, type }) => f === 'remove' && type !== 'fail');
    const added = new Set<string>();
    for (const add of adds) {
      const element = canonicalText(add.input);
      if (add.type !== 'fail') added.add(element);
      if (add.type !== 'ok' || elements.has(element)) continue;
      // A removal that ended before the add began took nothing of it away.
      const mayBeRemoved = removes.some(
        (remove) =>
          canonicalText(remove.input) === element && acknowledgedMs(remove) >= add.invokedMs,
      );
      if (mayBeRemoved) continue;
      judgement.problem(
        'lost',
        [add.index, read.index],
        `all nodes agree at the end, without ${element}, which was acknowledged: ${named(add)}`,
      );
    }
    for (const element of elements) {
      if (added.has(element)) continue;
      judgement.problem(
        'unexpected',
        [read.index],
        `all nodes agree at the end on ${element}, which no client added: ${named(read)}`,
      );
    }
    return;
  }
  const writes = changes.filter((change) => isWriteOf(change) || change.f === 'cas');
  if (writes.length === 0) return;
  if (isSiblings(read.output)) {
    holdsWrites(read, read.output.values, writes, judgement);
    return;
  }
  const value = canonicalText(read.output ?? null);
  const isWritten = writes.some(
    (write) => write.type !== 'fail' && canonicalText(writtenBy(write)) === value,
  );
  if (isWritten || (value === 'null' && writes.every(({ type }) => type !== 'ok'))) return;
  judgement.problem(
    'lost',
    [read.index],
    `all nodes agree at the end on ${shown(read.output)}, which was never written`,
  );
}

/** What a store that keeps concurrent values answers. */
const isSiblings = (output: Json | undefined): output is { readonly values: Json[] } =>
  typeof output === 'object' &&
  output !== null &&
  Array.isArray((output as { values?: Json }).values);

/** A write without `context` has seen nothing, and neither replaces anything nor is replaced by such a write. */
function holdsWrites(
  read: Operation,
  values: readonly Json[],
  writes: readonly Operation[],
  judgement: Judgement,
): void {
  const there = new Set(values.map(canonicalText));
  const written = new Map(
    writes.filter(({ type }) => type !== 'fail').map((one) => [canonicalText(siblingOf(one)), one]),
  );
  for (const value of there) {
    if (written.has(value)) continue;
    const what = `all nodes agree at the end on ${value} among others, which was never written`;
    judgement.problem('unexpected', [read.index], what);
  }
  if (writes.some(tellsContext)) return;
  for (const [value, write] of written) {
    if (write.type !== 'ok' || there.has(value)) continue;
    const what = `all nodes agree at the end, without ${value}, which was acknowledged: ${named(write)}`;
    judgement.problem('lost', [write.index, read.index], what);
  }
}

const tellsContext = ({ input }: Operation): boolean =>
  typeof input === 'object' && input !== null && 'context' in input && 'value' in input;

const siblingOf = (write: Operation): Json =>
  tellsContext(write) ? (write.input as { value: Json }).value : write.input;

/** What a register holds once this has taken effect. */
const writtenBy = ({ f, input }: Operation): Json =>
  f === 'cas' ? (readCas(input)?.to ?? null) : input;
