/**
 * Messages that wait in the router until somebody releases them or the rule goes away. The way to
 * put two messages into an order of one's choice.
 */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

export const hold = defineKind({
  name: 'hold',
  summary: 'keep messages until they are released',
  stage: 60,
  settings: Type.Object({}, { additionalProperties: false }),
  prepare() {
    const behaviour: Behaviour = { act: (copy) => copy.hold() };
    return {
      normal: {},
      words: (messages) => `hold ${messages} until they are released`,
      start: () => behaviour,
    };
  },
});
