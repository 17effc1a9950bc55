/** A cable pulled out: nothing gets through, what is under way included. */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

export const cut = defineKind({
  name: 'cut',
  summary: 'let nothing through, as a partition does',
  stage: 10,
  settings: Type.Object({}, { additionalProperties: false }),
  prepare() {
    const behaviour: Behaviour = { act: (copy) => copy.cut(), cutsInFlight: () => true };
    return {
      normal: {},
      words: (messages) => `cut ${messages}`,
      start: () => behaviour,
    };
  },
});
