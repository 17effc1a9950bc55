/** A set: `add v`, `remove v`, `contains v` (answers true or false), `read` (answers all elements). */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import { defineModel, type Model } from './model.ts';

type Elements = ReadonlySet<string>;

/** Answers are compared with many states: as sets they are made once. */
const answers = new WeakMap<object, Elements | undefined>();

/** Undefined if the answer is no list, or names an element twice. */
function elementsOf(answer: Json | undefined): Elements | undefined {
  if (answer === null) return new Set();
  if (!Array.isArray(answer)) return undefined;
  if (answers.has(answer)) return answers.get(answer);
  const elements = new Set(answer.map(canonicalText));
  const made = elements.size === answer.length ? elements : undefined;
  answers.set(answer, made);
  return made;
}

const isWithin = (a: Elements, b: Elements): boolean => {
  for (const element of a) if (!b.has(element)) return false;
  return true;
};
const isSame = (a: Elements, b: Elements): boolean => a.size === b.size && isWithin(a, b);

export const set: Model<Elements> = defineModel<Elements>({
  name: 'set',
  init: new Set(),
  anonymous: true,
  step(state, { f, input, output }) {
    if (f === 'read') {
      const elements = elementsOf(output);
      return elements !== undefined && isSame(state, elements) ? state : undefined;
    }
    const element = canonicalText(input);
    const has = state.has(element);
    if (f === 'contains') return output === has ? state : undefined;
    if (f === 'add') return has ? state : new Set([...state, element]);
    if (f !== 'remove') return undefined;
    return has ? new Set([...state].filter((other) => other !== element)) : state;
  },
  hash: (state) => {
    let sum = 0;
    for (const element of state) sum = (sum + textHash(element)) | 0;
    return sum;
  },
  equals: isSame,
  isRead: ({ f }) => f === 'read' || f === 'contains',
  words: (state) => `{${[...state].sort().join(', ')}}`,
});

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
