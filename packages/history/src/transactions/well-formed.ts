/** Whether data is a transaction, and an answer to it. Null, or what is wrong with it. */
import type { Json } from '@faultline/protocol';
import { shown } from '../shown.ts';
import type { Step, TransactionKind } from './table.ts';

export function malformedRequest(input: Json, kind: TransactionKind): string | null {
  if (!Array.isArray(input)) return `expected a list of steps, got ${shown(input)}`;
  const write = kind === 'append' ? 'append' : 'w';
  for (const step of input) {
    if (!Array.isArray(step) || step.length !== 3) {
      return `expected a step such as ["${write}", "x", 1], got ${shown(step)}`;
    }
    const [f, key, value] = step as Json[];
    if (typeof key !== 'string' && typeof key !== 'number') {
      return `expected a key that is a text or a number, got ${shown(key!)}`;
    }
    if (f === write) {
      if (!isScalar(value!)) return `expected a plain value to write, got ${shown(value!)}`;
    } else if (f !== 'r') return `expected a step "r" or "${write}", got ${shown(f!)}`;
  }
  return null;
}

/** Whether an answer without content says all there is to say: that what only writes has been done. */
export const isBareAnswer = (asked: readonly Step[], output: Json | undefined): boolean =>
  asked.every(([f]) => f !== 'r') &&
  (output === undefined ||
    output === null ||
    (typeof output === 'object' && Object.keys(output).length === 0));

export function malformedAnswer(
  asked: readonly Step[],
  output: Json | undefined,
  kind: TransactionKind,
): string | null {
  if (!Array.isArray(output)) return `expected a list of steps, got ${shown(output)}`;
  if (output.length !== asked.length) {
    return `expected ${asked.length} steps, got ${output.length}`;
  }
  for (let i = 0; i < asked.length; i++) {
    const [f, key, value] = asked[i]!;
    const step = output[i]!;
    const isSame =
      Array.isArray(step) &&
      step.length === 3 &&
      step[0] === f &&
      step[1] === key &&
      (f === 'r' || step[2] === value);
    if (!isSame) return `expected ${shown(asked[i] as unknown as Json)}, got ${shown(step)}`;
    if (f !== 'r') continue;
    const read = (step as Json[])[2]!;
    if (kind === 'register') {
      if (read !== null && !isScalar(read)) {
        return `expected a plain value or null of ${shown(key)}, got ${shown(read)}`;
      }
    } else if (read !== null && !isListOfScalars(read)) {
      return `expected a list of plain values of ${shown(key)}, got ${shown(read)}`;
    }
  }
  return null;
}

function isScalar(value: Json): boolean {
  const type = typeof value;
  return type === 'number' || type === 'string' || type === 'boolean';
}

function isListOfScalars(value: Json): boolean {
  if (!Array.isArray(value)) return false;
  for (let i = 0; i < value.length; i++) if (!isScalar(value[i]!)) return false;
  return true;
}
