/**
 * A link that lies about who said it: what n1 sends arrives as if another had sent it, and what is
 * answered goes to that other. Only a signature tells.
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
      as: Type.String({ description: 'who they claim to come from', examples: ['n2'] }),
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
      words: (messages) => `let ${messages} claim to come from ${as}`,
      start: (src) => (src === as ? honest : forges),
    };
  },
});
