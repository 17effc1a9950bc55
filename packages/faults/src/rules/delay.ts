/**
 * Messages that take their time. Delays that vary let a later message overtake an earlier one, as
 * datagrams do; `keepOrder` makes it a queue, as a TCP connection is one.
 */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { delayText, readDistribution } from '../settings.ts';

export const delay = defineKind({
  name: 'delay',
  summary: 'delay messages, by a fixed time or one that varies',
  stage: 40,
  settings: Type.Object(
    {
      delay: delayText('how long, as a duration or a distribution'),
      keepOrder: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'never let a message overtake an earlier one on its link',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const { text, quantile } = readDistribution('delay', settings.delay);
    const keepOrder = settings.keepOrder ?? false;
    const behaviour: Behaviour = {
      act: (copy, draws) => copy.delay(quantile(draws.next()), keepOrder),
    };
    return {
      normal: { delay: text, keepOrder },
      words: (messages) =>
        `delay ${messages} by ${text}${keepOrder ? ', keeping their order' : ''}`,
      start: () => behaviour,
    };
  },
});
