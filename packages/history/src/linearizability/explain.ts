/** A witness in words. */
import { canonicalText } from '../canonical.ts';
import type { Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { placeOf } from '../shown.ts';
import { operationsShown } from './shrink.ts';
import type { LinearizabilityWitness } from './witness.ts';

const statesShown = 5;

export function explain(
  witness: LinearizabilityWitness,
  model: Model,
): { summary: string; explanation: string[] } {
  const { operation, possible, before, isLocated, faults } = witness;
  const name = `${describeOperation(operation)} (#${placeOf(operation)})`;
  const summary = `not linearizable: ${describePart(witness.key)} has no place for ${name}`;
  const explanation = [
    `${name}, ${describeTimes(operation)}${operation.node === undefined ? '' : `, sent to ${operation.node}`}, cannot be placed: no moment between its invocation and its end explains its result.`,
  ];
  if (possible.length > 0) {
    const states = possible
      .slice(0, statesShown)
      .map(
        ({ state, by }) =>
          `${model.words(state)} (${by === undefined ? 'initially' : `since ${describeOperation(by)}, #${placeOf(by)}`})`,
      );
    const more =
      possible.length > statesShown ? `, or ${possible.length - statesShown} others` : '';
    explanation.push(
      `While it was pending the ${model.name} could only be ${states.join(' or ')}${more}.`,
    );
  }
  const invoked = before === 1 ? '1 operation was invoked' : `${before} operations were invoked`;
  explanation.push(
    before === 0
      ? 'No operation was invoked before it.'
      : isLocated
        ? `Without this result, the operations completed by then can be ordered; ${invoked} before it ended.`
        : `The search reached its limit before it could order the operations until then; ${invoked} before it ended.`,
  );
  explanation.push(...describeSmallest(witness));
  for (const fault of faults) {
    const end = fault.toMs === null ? 'on' : `to ${formatMs(fault.toMs)}`;
    explanation.push(`Meanwhile: ${fault.what}, from ${formatMs(fault.fromMs)} ${end}.`);
  }
  return { summary, explanation };
}

/** The operations that cannot be ordered on their own, or only if the effects of others are left open. */
function describeSmallest(witness: LinearizabilityWitness): readonly string[] {
  const { smallest, relaxed, isMinimal, isSelfContained, otherChanges } = witness;
  if (smallest.length > operationsShown) {
    return [`No order of ${smallest.length} operations explains their results.`];
  }
  const lines = smallest.map(
    (one) =>
      `#${one.index} ${describeOperation(one)}${one.message === undefined ? '' : ` (${one.message})`}, ${describeTimes(one)}${relaxed.includes(one.index) ? ', whether or not it took effect' : ''}`,
  );
  const these = smallest.length === 1 ? 'This' : 'These';
  const isOpen = otherChanges > 0 && (!isSelfContained || smallest.length === 1);
  const changes = otherChanges === 1 ? 'the other change' : `the other ${otherChanges} changes`;
  const whatever = otherChanges === 1 ? `whether or not ${changes}` : `whichever of ${changes}`;
  const claim = isOpen
    ? `cannot be ordered, ${whatever} took effect`
    : `${isMinimal ? 'alone ' : ''}cannot be ordered`;
  return [`${these} ${claim}: ${lines.join('; ')}.`];
}

export const describePart = (key: string | number | undefined): string =>
  key === undefined ? 'the history' : `key ${key}`;

/** Such as `c3 read x → 1`. */
function describeOperation({ process, f, key, input, output, type, error }: Operation): string {
  const asked = [process, f, key, input === null ? undefined : canonicalText(input)]
    .filter((part) => part !== undefined)
    .join(' ');
  if (type === 'info') return `${asked} → ?`;
  if (type === 'fail') return `${asked} → failed${error === undefined ? '' : `: ${error.text}`}`;
  return output === undefined || (output === null && input !== null)
    ? asked
    : `${asked} → ${canonicalText(output)}`;
}

function describeTimes({ invokedMs, endedMs }: Operation): string {
  return endedMs === null
    ? `from ${formatMs(invokedMs)} on`
    : `${formatMs(invokedMs)} to ${formatMs(endedMs)}`;
}

const formatMs = (ms: number): string => `${Number(ms.toFixed(3))} ms`;
