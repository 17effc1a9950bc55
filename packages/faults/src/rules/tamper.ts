/**
 * A link that forges content: it writes a given value into a field. Messages without that field pass
 * unchanged. The result is well-formed, so only a signature reveals it.
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
        description: 'path of the field',
        examples: ['value', 'entry.term'],
      }),
      value: Type.Unsafe<Json>(
        Type.Unknown({ description: 'value to write, any JSON', examples: [7, 'x'] }),
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
        // If the body is unknown, as in a recording without bodies, the field is assumed to exist.
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
