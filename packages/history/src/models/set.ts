/** A set: `add v`, `remove v`, `contains v` (answers true or false), `read` (answers all elements). */
import type { Json } from '@faultline/protocol';
import { canonicalText, sameValue } from '../canonical.ts';
import { type Asked, defineModel, type Model } from './model.ts';
import { type Elements, setShortcut } from './set-shortcut.ts';

interface SetState {
  readonly elements: Elements;
  /** The sum of the hashes of the elements, in whatever order they came. */
  readonly hash: number;
}

/** Answers are compared with many states: as sets they are made once. */
const answers = new WeakMap<object, Elements | undefined>();

/** Undefined if the answer is not a list, or names an element twice. */
function elementsOf(answer: Json | undefined): Elements | undefined {
  if (answer === null) return new Set();
  if (!Array.isArray(answer)) return undefined;
  if (answers.has(answer)) return answers.get(answer);
  const elements = new Set(answer.map(canonicalText));
  const made = elements.size === answer.length ? elements : undefined;
  answers.set(answer, made);
  return made;
}

function stateOf(elements: Elements | undefined): SetState | undefined {
  if (elements === undefined) return undefined;
  let hash = 0;
  for (const element of elements) hash = (hash + textHash(element)) | 0;
  return { elements, hash };
}

const isWithin = (a: Elements, b: Elements): boolean => {
  for (const element of a) if (!b.has(element)) return false;
  return true;
};
const isSame = (a: Elements, b: Elements): boolean => a.size === b.size && isWithin(a, b);

export const set: Model<SetState> = defineModel<SetState>({
  name: 'set',
  knows: ['add', 'remove', 'contains', 'read'],
  init: { elements: new Set(), hash: 0 },
  anonymous: true,
  step(state, { f, input, output }) {
    const { elements, hash } = state;
    if (f === 'read') {
      const answered = elementsOf(output);
      return answered !== undefined && isSame(elements, answered) ? state : undefined;
    }
    const element = canonicalText(input);
    const has = elements.has(element);
    if (f === 'contains') return output === has ? state : undefined;
    if (f !== 'add' && f !== 'remove') return undefined;
    if (has === (f === 'add')) return state;
    const next = new Set(elements);
    if (f === 'add') next.add(element);
    else next.delete(element);
    const change = textHash(element);
    return { elements: next, hash: (f === 'add' ? hash + change : hash - change) | 0 };
  },
  hash: ({ hash }) => hash,
  equals: (a, b) => isSame(a.elements, b.elements),
  isRead: ({ f }) => f === 'read' || f === 'contains',
  stateAfter: ({ f, output, type }) =>
    f === 'read' && type === 'ok' ? stateOf(elementsOf(output)) : undefined,
  unobserved: unseenAdds,
  commutes: (a, b) =>
    (a.f === b.f && (a.f === 'add' || a.f === 'remove')) || !sameValue(a.input, b.input),
  shortcut: (operations) => setShortcut(operations, elementsOf),
  shortcutWithOptional: (operations, optional) => setShortcut(operations, elementsOf, optional),
  words: ({ elements }) => `{${[...elements].sort().join(', ')}}`,
});

/** Adds of what no read and no `contains` found there: all that was seen agrees with their not happening. */
function unseenAdds(operations: readonly Asked[]): ReadonlySet<Asked> {
  const seen = new Set<string>();
  for (const { f, input, output } of operations) {
    if (f === 'read') for (const element of elementsOf(output) ?? []) seen.add(element);
    else if (f === 'contains' && output === true) seen.add(canonicalText(input));
  }
  return new Set(
    operations.filter(({ f, input }) => f === 'add' && !seen.has(canonicalText(input))),
  );
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
