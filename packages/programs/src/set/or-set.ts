/**
 * A set in which adding wins over a removal that did not know of it (observed-remove set; Shapiro et
 * al. 2011, specification 15), without tombstones (Bieniusa et al. 2012, "An optimized conflict-free
 * replicated set"), replicated by deltas (Almeida, Shoker & Baquero 2018, "Delta state replicated
 * data types", section 7).
 *
 *   dot       one addition: the start of a node that took it and its count there, such as `n1.2#7`
 *   context   every known dot, whether it is still there or not: up to which count of
 *             each start (`upTo`), and single ones beyond (`beyond`)
 *   delta     some elements with their dots, and a context. A dot in the context and at no element
 *             was removed. A whole set is a delta too.
 *
 * Merging is commutative, associative and idempotent, and deltas may come in any order.
 */
import type { Json } from '@faultline/node';
import { canonicalText } from '../common/read.ts';

export type Delta = {
  readonly elements: readonly (readonly [element: Json, dots: readonly string[]])[];
  readonly upTo: Readonly<Record<string, number>>;
  readonly beyond: readonly string[];
};

interface Element {
  readonly value: Json;
  readonly dots: Set<string>;
}

const dotOf = (start: string, count: number): string => `${start}#${count}`;

function partsOf(dot: string): [start: string, count: number] {
  const at = dot.lastIndexOf('#');
  return [dot.slice(0, at), Number(dot.slice(at + 1))];
}

export class OrSet {
  readonly #elements = new Map<string, Element>();
  /** The element of each dot that is there. */
  readonly #places = new Map<string, string>();
  readonly #upTo = new Map<string, number>();
  readonly #beyond = new Set<string>();

  values(): Json[] {
    return [...this.#elements.values()].map(({ value }) => value);
  }

  /** What an addition changes. The new dot replaces those that were known. */
  added(element: Json, start: string): Delta {
    const dot = dotOf(start, (this.#upTo.get(start) ?? 0) + 1);
    return { elements: [[element, [dot]]], upTo: {}, beyond: [dot, ...this.#dotsOf(element)] };
  }

  /** What a removal changes: only additions that are known here are undone. */
  removed(element: Json): Delta {
    return { elements: [], upTo: {}, beyond: this.#dotsOf(element) };
  }

  /** Merges a delta, and returns what of it was new; undefined: nothing. */
  merge({ elements, upTo, beyond }: Delta): Delta | undefined {
    const theirs = new Map(
      elements.flatMap(([value, dots]) => dots.map((dot) => [dot, value] as const)),
    );
    const isWhole = Object.keys(upTo).length > 0;
    const covers = (dot: string): boolean => {
      const [start, count] = partsOf(dot);
      return Object.hasOwn(upTo, start) && count <= upTo[start]!;
    };
    const single = new Set(beyond);
    const suspects = isWhole ? [...this.#places.keys()] : beyond;
    const gone = suspects.filter(
      (dot) => this.#places.has(dot) && !theirs.has(dot) && (single.has(dot) || covers(dot)),
    );
    const added = [...theirs].filter(([dot]) => !this.#knows(dot));
    const learnt = [...this.#unknownOf(upTo, beyond), ...added.map(([dot]) => dot)];
    for (const dot of gone) this.#drop(dot);
    for (const [dot, value] of added) this.#put(dot, value);
    for (const dot of learnt) this.#beyond.add(dot);
    for (const dot of learnt) this.#compact(partsOf(dot)[0]);
    if (gone.length === 0 && learnt.length === 0) return undefined;
    return {
      elements: added.map(([dot, value]) => [value, [dot]]),
      upTo: {},
      beyond: [...new Set([...learnt, ...gone])],
    };
  }

  /** All of it, in an order that is the same for equal sets. */
  whole(): Delta {
    return {
      elements: [...this.#elements]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { value, dots }]) => [value, [...dots].sort()]),
      upTo: Object.fromEntries([...this.#upTo].sort(([a], [b]) => (a < b ? -1 : 1))),
      beyond: [...this.#beyond].sort(),
    };
  }

  #dotsOf(element: Json): string[] {
    return [...(this.#elements.get(canonicalText(element))?.dots ?? [])];
  }

  #knows(dot: string): boolean {
    const [start, count] = partsOf(dot);
    return count <= (this.#upTo.get(start) ?? 0) || this.#beyond.has(dot);
  }

  #unknownOf(upTo: Delta['upTo'], beyond: readonly string[]): string[] {
    const unknown = beyond.filter((dot) => !this.#knows(dot));
    for (const [start, last] of Object.entries(upTo)) {
      for (let count = (this.#upTo.get(start) ?? 0) + 1; count <= last; count++) {
        const dot = dotOf(start, count);
        if (!this.#beyond.has(dot)) unknown.push(dot);
      }
    }
    return unknown;
  }

  #put(dot: string, value: Json): void {
    const text = canonicalText(value);
    const element = this.#elements.get(text) ?? { value, dots: new Set() };
    element.dots.add(dot);
    this.#elements.set(text, element);
    this.#places.set(dot, text);
  }

  #drop(dot: string): void {
    const text = this.#places.get(dot)!;
    const { dots } = this.#elements.get(text)!;
    this.#places.delete(dot);
    dots.delete(dot);
    if (dots.size === 0) this.#elements.delete(text);
  }

  /** Single dots that follow on what is known without a gap need not be listed. */
  #compact(start: string): void {
    let last = this.#upTo.get(start) ?? 0;
    while (this.#beyond.delete(dotOf(start, last + 1))) last++;
    if (last > 0) this.#upTo.set(start, last);
  }
}
