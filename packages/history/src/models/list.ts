/**
 * A list that grows at its end, as a state: linked backwards, so that appending costs the same
 * however long the list is, with a hash of all of it that grows with it.
 */
import { canonicalText, sameValue } from '../canonical.ts';

export interface List {
  readonly before: List | null;
  readonly element: unknown;
  readonly length: number;
  readonly hash: number;
}

export const emptyList: List = { before: null, element: undefined, length: 0, hash: 0 };

export function append(list: List, element: unknown): List {
  return {
    before: list,
    element,
    length: list.length + 1,
    hash: hashWith(list.hash, element),
  };
}

export const listOf = (elements: readonly unknown[]): List => elements.reduce(append, emptyList);

export function sameList(a: List, b: List): boolean {
  let [x, y]: [List | null, List | null] = [a, b];
  if (x.length !== y.length || x.hash !== y.hash) return false;
  while (x !== null && y !== null && x !== y) {
    if (!sameValue(x.element, y.element)) return false;
    x = x.before;
    y = y.before;
  }
  return true;
}

/** Whether the list is exactly these elements. */
export function listIs(list: List, elements: readonly unknown[]): boolean {
  if (list.length !== elements.length || isNoPrefix(list, elements)) return false;
  let node = list;
  for (let i = elements.length - 1; i >= 0; i--) {
    if (!sameValue(node.element, elements[i])) return false;
    node = node.before!;
  }
  return true;
}

/** The hashes of all beginnings of a list that was read. It is compared with many states. */
const beginnings = new WeakMap<readonly unknown[], readonly number[]>();

/** True only if the elements certainly do not begin with the list; false may be chance. */
export function isNoPrefix(list: List, elements: readonly unknown[]): boolean {
  if (list.length > elements.length) return true;
  let hashes = beginnings.get(elements);
  if (hashes === undefined) {
    const made = [emptyList.hash];
    for (const element of elements) made.push(hashWith(made.at(-1)!, element));
    hashes = made;
    beginnings.set(elements, made);
  }
  return hashes[list.length] !== list.hash;
}

export function elementsOf(list: List): unknown[] {
  const elements: unknown[] = [];
  for (let node = list; node.before !== null; node = node.before) elements.push(node.element);
  return elements.reverse();
}

function hashWith(hash: number, element: unknown): number {
  if (typeof element === 'number' && Number.isSafeInteger(element)) {
    const low = Math.imul(hash ^ (element | 0), 0x9e3779b1);
    return Math.imul(low ^ (element / 2 ** 32) ^ (low >>> 15), 0x85ebca6b) + 1;
  }
  let mixed = hash ^ 0x2545f491;
  const text = canonicalText(element);
  for (let i = 0; i < text.length; i++) {
    mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  }
  return mixed + 1;
}
