/**
 * A link that lies about what was said: it writes a value of its choice into a field. Messages without
 * that field pass as they are. What arrives is well-formed, so only a signature tells.
 */
import { FaultlineError, type Json } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { isPath } from '../match-texts.ts';

const valueCharsMax = 10_000;

export const tamper = defineKind({
  name: 'tamper',
  summary: 'rewrite a field of the body, as a Byzantine link does',
  stage: 34,
  settings: Type.Object(
    {
      field: Type.String({
        minLength: 1,
        description: 'which field, as a path',
        examples: ['value', 'entry.term'],
      }),
      value: Type.Unsafe<Json>(
        Type.Unknown({ description: 'what to write there, any JSON', examples: [7, 'x'] }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare({ field, value }) {
    if (!isPath(field)) {
      const expected = 'a path such as value or entry.term';
      const message = `expected ${expected}, got ${shown(field)}`;
      throw new FaultlineError('BAD_RULE', message, { property: 'field', expected });
    }
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined || json.length > valueCharsMax) {
      const expected = `JSON of at most ${valueCharsMax} characters`;
      throw new FaultlineError('BAD_RULE', `expected ${expected}`, { property: 'value', expected });
    }
    const behaviour: Behaviour = {
      act(copy) {
        const { message } = copy;
        // Where nothing is known of the body, as in a recording without bodies, it is taken to be there.
        if (message.field !== undefined && message.field(field) === undefined) return;
        copy.alter({ how: 'set', path: field, value });
      },
    };
    return {
      normal: { field, value },
      words: (messages) => `write ${json} into ${field} of ${messages}`,
      start: () => behaviour,
    };
  },
});
