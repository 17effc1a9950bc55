/**
 * A list that only grows: `append v`, which may answer with the offset that v got, and `read`, which
 * answers the whole list. A read shows the order of all appends before it, so a state that is not
 * the beginning of what is read later leads nowhere.
 */

import { canonicalText } from '../canonical.ts';
import {
  append,
  elementsOf,
  emptyList,
  isNoPrefix,
  type List,
  listIs,
  listOf,
  sameList,
} from './list.ts';
import { type Asked, defineModel, type Model } from './model.ts';

const none: readonly unknown[] = [];

export const appendList: Model<List> = defineModel<List>({
  name: 'append list',
  knows: ['append', 'read'],
  init: emptyList,
  anonymous: true,
  step(state, { f, input, output, type }) {
    if (f === 'append') {
      const offsetIsRight = type !== 'ok' || typeof output !== 'number' || output === state.length;
      return offsetIsRight ? append(state, input) : undefined;
    }
    if (f !== 'read' || (output !== null && !Array.isArray(output))) return undefined;
    return listIs(state, output ?? none) ? state : undefined;
  },
  hash: ({ hash }) => hash,
  equals: sameList,
  isRead: ({ f }) => f === 'read',
  isHopeless: (state, { f, output }) =>
    f === 'read' &&
    (Array.isArray(output) ? isNoPrefix(state, output) : output === null && state.length > 0),
  stateAfter: ({ f, output, type }) =>
    f === 'read' && type === 'ok' && Array.isArray(output) ? listOf(output) : undefined,
  unobserved: unreadAppends,
  words: (state) => JSON.stringify(elementsOf(state)),
});

/** Appends of what is in no list that was read: they came after all reads, if ever. Offsets count them too. */
function unreadAppends(operations: readonly Asked[]): ReadonlySet<Asked> {
  const isOffset = ({ f, output }: Asked): boolean => f === 'append' && typeof output === 'number';
  if (operations.some(isOffset)) return new Set();
  const read = new Set<string>();
  for (const { f, output } of operations) {
    if (f === 'read' && Array.isArray(output)) {
      for (const element of output) read.add(canonicalText(element));
    }
  }
  return new Set(
    operations.filter(({ f, input }) => f === 'append' && !read.has(canonicalText(input))),
  );
}
