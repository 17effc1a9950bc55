/**
 * Messages that wait in the router until they are released or the rule is removed: a way to deliver two
 * messages in a chosen order.
 */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

export const hold = defineKind({
  name: 'hold',
  summary: 'hold messages until they are released',
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
