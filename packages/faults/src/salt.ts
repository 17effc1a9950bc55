/** The identity of a rule as text, which draws depend on. */
import { formatLinks, parseLinks } from '@faultline/protocol';
import type { ReadRule } from './spec.ts';

/** The salts in use: identical rules that are installed at the same time must not draw alike. */
export class Salts {
  /** By rule: the numbers in use, and the lowest free one. */
  readonly #taken = new Map<string, { readonly numbers: Set<number>; lowestFree: number }>();

  /** The rule's first salt that no installed rule has. */
  take(rule: ReadRule): string {
    const text = saltOf(rule);
    const taken = this.#taken.get(text) ?? { numbers: new Set(), lowestFree: 0 };
    this.#taken.set(text, taken);
    const number = taken.lowestFree;
    taken.numbers.add(number);
    while (taken.numbers.has(taken.lowestFree)) taken.lowestFree++;
    return `${text}#${number}`;
  }

  giveBack(salt: string): void {
    const at = salt.lastIndexOf('#');
    const text = salt.slice(0, at);
    const taken = this.#taken.get(text)!;
    const number = Number(salt.slice(at + 1));
    taken.numbers.delete(number);
    taken.lowestFree = Math.min(taken.lowestFree, number);
    if (taken.numbers.size === 0) this.#taken.delete(text);
  }
}

/** Kind, match and settings, but neither id nor lifetime, so that the same fault draws the same again. */
function saltOf({ spec, action, match }: ReadRule): string {
  const { kind, links, type, replies, after, every, first } = spec;
  const { size, field, probability } = match.normal;
  const normalLinks = formatLinks(parseLinks(links));
  const about = {
    links: normalLinks,
    type,
    replies,
    size,
    field,
    after,
    every,
    first,
    probability,
  };
  return `${canonicalJson({ kind, ...about, settings: action.normal })}`;
}

/** JSON with sorted keys, without undefined properties. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
}
