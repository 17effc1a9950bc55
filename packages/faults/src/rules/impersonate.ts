/**
 * A link that forges the source: messages of one node arrive as if another had sent them, and replies go to
 * that other node. Only a signature reveals it.
 */
import { FaultlineError, isName } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

export const impersonate = defineKind({
  name: 'impersonate',
  summary: 'forge the source of messages, as a Byzantine link does',
  stage: 32,
  settings: Type.Object(
    {
      as: Type.String({ description: 'the source that they claim', examples: ['n2'] }),
    },
    { additionalProperties: false },
  ),
  prepare({ as }) {
    if (!isName(as)) {
      const expected = 'the name of a node or a client, such as n2';
      const message = `expected ${expected}, got ${shown(as)}`;
      throw new FaultlineError('BAD_RULE', message, { property: 'as', expected });
    }
    const forges: Behaviour = { act: (copy) => copy.alter({ how: 'source', src: as }) };
    const honest: Behaviour = { act() {} };
    return {
      normal: { as },
      words: (messages) => `forge the source of ${messages} as ${as}`,
      start: (src) => (src === as ? honest : forges),
    };
  },
});
