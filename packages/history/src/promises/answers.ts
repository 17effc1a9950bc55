/** When operations began and ended, and what they answered, as several checkers ask. */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { History, Operation } from '../operation.ts';

export const isAdd = ({ f }: Operation): boolean => f === 'add' || f === 'broadcast';

/** An operation that was not answered ok may take effect at any later time. */
export const acknowledgedMs = ({ type, endedMs }: Operation): number =>
  type === 'ok' && endedMs !== null ? endedMs : Number.POSITIVE_INFINITY;

/** Of one process, also where the second begins as the first ends. */
export const endedBefore = (a: Operation, b: Operation): boolean =>
  acknowledgedMs(a) < b.invokedMs ||
  (a.process === b.process && a.index < b.index && acknowledgedMs(a) === b.invokedMs);

/** Things with different keys have nothing to do with each other. */
export function byKey(operations: readonly Operation[]): Map<Operation['key'], Operation[]> {
  const keys = new Map<Operation['key'], Operation[]>();
  for (const operation of operations) {
    const known = keys.get(operation.key);
    if (known === undefined) keys.set(operation.key, [operation]);
    else known.push(operation);
  }
  return keys;
}

const carriers = ['value', 'messages', 'id'];

/** What an answer carries: Maelstrom's may name it, as in `{ messages: [1, 2] }` or `{ id: 7 }`. */
export function carried(output: Json | undefined): Json | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return output;
  const [only, ...more] = Object.entries(output);
  return only !== undefined && more.length === 0 && carriers.includes(only[0]) ? only[1] : output;
}

/** The elements of an answer that is a list, as texts to compare; null if it is none. */
export function elementsOf(output: Json | undefined): string[] | null {
  const list = carried(output);
  if (list === null) return [];
  return Array.isArray(list) ? list.map((element) => canonicalText(element)) : null;
}

/** When the last fault was healed; -Infinity without faults, Infinity while one lasts. */
export const healedMs = ({ faults = [] }: History): number =>
  largest(faults.map(({ toMs }) => toMs ?? Number.POSITIVE_INFINITY));

/** -Infinity of none. However many there are, unlike `Math.max(...numbers)`. */
export const largest = (numbers: readonly number[]): number =>
  numbers.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);

/** The value below which the share `q` of the ascending numbers lies, by nearest rank; NaN of none. */
export function quantile(ascending: readonly number[], q: number): number {
  if (ascending.length === 0) return Number.NaN;
  const rank = Math.ceil(q * ascending.length) - 1;
  return ascending[Math.min(ascending.length - 1, Math.max(0, rank))]!;
}
