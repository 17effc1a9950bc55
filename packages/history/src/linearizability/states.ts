/**
 * The states of a model as small numbers, and what leads from which to which. A state is compared
 * once, when it is first reached; from then on it is its number.
 */
import { type Model, OneOf } from '../models/model.ts';
import { stateText } from '../models/state-text.ts';
import type { Operation } from '../operation.ts';

/** What `next` answers where the operation is not possible. */
export const impossible = -1;

/** What of a model says how its states follow each other, and which are equal. */
export type StateModel = Pick<Model, 'init' | 'step' | 'hash' | 'equals'>;

export class States {
  readonly #model: StateModel;
  readonly #classes: readonly Operation[];
  readonly #values: unknown[] = [];
  /** States by hash; several where the model distinguishes states of equal hash. */
  readonly #numbers = new Map<unknown, number | number[]>();
  /** Sets of states that may follow, for those answers below `impossible`. */
  readonly #choices: Int32Array[] = [];
  /** A cache of `next`, one entry for each remainder: state, class, answer. */
  readonly #cache: Int32Array;
  readonly #mask: number;

  constructor(model: StateModel, classes: readonly Operation[]) {
    this.#model = model;
    this.#classes = classes;
    let size = 64;
    while (size < classes.length * 8 && size < 2 ** 16) size *= 2;
    this.#mask = size - 1;
    this.#cache = new Int32Array(size * 3).fill(-1);
    this.numberOf(model.init);
  }

  /** How large all states are together: a measure of memory, and of the time to make them. */
  weight = 0;

  /** The number of the state in which everything begins. */
  readonly initial = 0;

  valueOf(state: number): unknown {
    return this.#values[state];
  }

  /** The one state that follows, or `impossible`, or what `choicesOf` takes. */
  next(state: number, operationClass: number): number {
    const at = ((Math.imul(state, 0x9e3779b1) ^ operationClass) & this.#mask) * 3;
    const cache = this.#cache;
    if (cache[at] === state && cache[at + 1] === operationClass) return cache[at + 2]!;
    const next = this.#step(state, operationClass);
    cache[at] = state;
    cache[at + 1] = operationClass;
    cache[at + 2] = next;
    return next;
  }

  choicesOf(answer: number): Int32Array {
    return this.#choices[impossible - 1 - answer]!;
  }

  #step(state: number, operationClass: number): number {
    const next = this.#model.step(this.#values[state], this.#classes[operationClass]!);
    if (next === undefined) return impossible;
    if (!(next instanceof OneOf)) return this.numberOf(next);
    const numbers = [...new Set(next.states.map((one) => this.numberOf(one)))];
    if (numbers.length < 2) return numbers[0] ?? impossible;
    return impossible - this.#choices.push(Int32Array.from(numbers));
  }

  numberOf(value: unknown): number {
    const hash = this.#model.hash?.(value) ?? primitiveOrText(value);
    const known = this.#numbers.get(hash);
    const { equals } = this.#model;
    if (known !== undefined) {
      if (typeof known === 'number') {
        if (equals === undefined || equals(this.#values[known], value)) return known;
      } else {
        const same = known.find((number) => equals!(this.#values[number], value));
        if (same !== undefined) return same;
      }
    }
    const number = this.#values.push(value) - 1;
    this.weight += weightOf(value);
    if (known === undefined) this.#numbers.set(hash, number);
    else if (typeof known === 'number') this.#numbers.set(hash, [known, number]);
    else known.push(number);
    return number;
  }
}

/** How many parts a value has, roughly. */
function weightOf(value: unknown, isInner = false): number {
  if (typeof value === 'string') return 1 + (value.length >> 4);
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return 1 + value.length;
  if (value instanceof Set || value instanceof Map) return 1 + 2 * value.size;
  if (isInner) return 1;
  let weight = 1;
  for (const member of Object.values(value)) weight += weightOf(member, true);
  return weight;
}

/** Texts are marked, so that none passes for the text of an object. */
function primitiveOrText(value: unknown): unknown {
  if (typeof value === 'string') return `'${value}`;
  return typeof value === 'object' && value !== null ? stateText(value) : value;
}
