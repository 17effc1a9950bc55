import { describe, expect, test } from 'vitest';
import {
  appendList,
  checkLinearizable,
  checkSequential,
  defineModel,
  type Model,
  type ModelSpec,
  register,
} from '../src/index.ts';
import { history } from './helpers/notation.ts';

type Elements = Pick<ModelSpec<never>, 'hash'> & {
  /** A set of elements in one form or another. */
  readonly empty: unknown;
  readonly with: (state: never, element: number) => unknown;
  readonly list: (state: never) => number[];
};

class Bag {
  readonly elements: ReadonlySet<number>;
  constructor(elements: ReadonlySet<number>) {
    this.elements = elements;
  }
}

class Hidden {
  readonly #elements: ReadonlySet<number>;
  readonly name = 'hidden';
  constructor(elements: ReadonlySet<number>) {
    this.#elements = elements;
  }
  get list(): number[] {
    return [...this.#elements];
  }
}

const forms: Readonly<Record<string, Elements>> = {
  'a set': {
    empty: new Set<number>(),
    with: (state: ReadonlySet<number>, element) => new Set([...state, element]),
    list: (state: ReadonlySet<number>) => [...state],
  },
  'a map': {
    empty: new Map<number, true>(),
    with: (state: ReadonlyMap<number, true>, element) => new Map([...state, [element, true]]),
    list: (state: ReadonlyMap<number, true>) => [...state.keys()],
  },
  'a set in an object': {
    empty: { at: { elements: new Set<number>() } },
    with: (state: { at: { elements: ReadonlySet<number> } }, element) => ({
      at: { elements: new Set([...state.at.elements, element]) },
    }),
    list: (state: { at: { elements: ReadonlySet<number> } }) => [...state.at.elements],
  },
  'an instance with public fields': {
    empty: new Bag(new Set()),
    with: (state: Bag, element) => new Bag(new Set([...state.elements, element])),
    list: (state: Bag) => [...state.elements],
  },
  'an instance with a hash': {
    empty: new Hidden(new Set()),
    with: (state: Hidden, element) => new Hidden(new Set([...state.list, element])),
    list: (state: Hidden) => state.list,
    hash: (state: Hidden) => state.list.sort().join(),
  },
  'a typed array': {
    empty: new Uint8Array(),
    with: (state: Uint8Array, element) => Uint8Array.from(new Set([...state, element])),
    list: (state: Uint8Array) => [...state],
  },
};

const modelOf = ({ empty, with: plus, list, hash }: Elements): Model<unknown> =>
  defineModel<unknown>({
    name: 'bag',
    init: empty,
    step(state, { f, input, output }) {
      if (f === 'add') return plus(state as never, Number(input));
      const seen = list(state as never)
        .sort()
        .join();
      return seen === [...(output as number[])].sort().join() ? state : undefined;
    },
    isRead: ({ f }) => f === 'read',
    ...(hash === undefined ? {} : { hash: hash as (state: unknown) => string | number }),
  });

describe('states of a model without a hash are compared by content', () => {
  const wrong = history(`
    c1 0..1 add 1
    c1 2..3 add 2
    c2 4..5 read → [1]
  `);
  const right = history(`
    c1 0..9 add 1
    c3 0..9 add 2
    c2 4..5 read → [1]
    c2 10..11 read → [1,2]
  `);
  test.each(Object.entries(forms))('%s', (_, form) => {
    const model = modelOf(form);
    expect(checkLinearizable(wrong, model).verdict).toBe('violated');
    expect(checkLinearizable(right, model).verdict).toBe('ok');
    expect(checkSequential({ operations: right }, { model }).verdict).toBe('ok');
    const later = wrong.map((one) => ({ ...one, process: 'c1' }));
    expect(checkSequential({ operations: later }, { model }).verdict).toBe('violated');
  });

  test.each([
    ['private fields', new Hidden(new Set())],
    ['private fields inside of data', { deep: [new Hidden(new Set())] }],
    ['no fields', new WeakMap()],
    ['a function', () => 1],
  ])('%s are rejected with a hint for the model', (_, init) => {
    const step = (state: unknown) => state;
    expect(() => defineModel<unknown>({ name: 'odd', init, step })).toThrow(
      expect.objectContaining({ code: 'BAD_MODEL', message: expect.stringContaining('`hash`') }),
    );
  });

  test('not a number, infinity and null are three states', () => {
    const state = defineModel<{ readonly at: unknown }>({
      name: 'odd numbers',
      init: { at: null },
      step(was, { f, input, output }) {
        if (f === 'set') return { at: input === 1 ? Number.NaN : Number.POSITIVE_INFINITY };
        return String(was.at) === output ? was : undefined;
      },
      isRead: ({ f }) => f === 'get',
    });
    const operations = history(`
      c1 0..1 set 1
      c1 2..3 set 2
      c1 4..5 get → "NaN"
    `);
    expect(checkLinearizable(operations, state).verdict).toBe('violated');
  });
});

describe('the search for a sequential order has limits', () => {
  const right = Array.from({ length: 600 }, (_, i) => `c${i % 6} ${i}..${i} append ${i}`);
  const lists = history(right.join('\n'));
  const reads = [...lists, ...history('c7 0..1 read → [1]\nc8 0..1 read → [2]')].map(
    (one, index) => ({ ...one, index }),
  );
  test.each([
    ['states', { statesMax: 2000 }, 'more than 2000 states'],
    ['memory', { maxBytes: 200_000 }, 'the memory limit was reached'],
    ['time', { isOver: () => true }, 'the time limit was reached'],
  ])('of %s', (_, limit, why) => {
    const { verdict, summary } = checkSequential(
      { operations: reads },
      { model: appendList, ...limit },
    );
    expect(verdict).toBe('unknown');
    expect(summary).toContain(why);
  });

  test('treats states of equal hash as one if the model has a hash', () => {
    const once = history('c1 0..1 append 1\nc2 0..1 read → [1]\nc2 2..3 read → [1]');
    expect(checkSequential({ operations: once }, { model: appendList }).verdict).toBe('ok');
    const other = history('c1 0..1 write 1\nc2 0..1 read → 1');
    expect(checkSequential({ operations: other }, { model: register }).verdict).toBe('ok');
  });
});
