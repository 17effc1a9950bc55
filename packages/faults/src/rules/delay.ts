/**
 * Delayed messages. With delays that vary, a later message can overtake an earlier one, like datagrams;
 * `keepOrder` turns the link into a queue, like a TCP connection. Correlated delays have the same
 * distribution as independent ones.
 */
import { formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { CorrelatedDraws } from '../correlated.ts';
import type { Distribution } from '../distributions.ts';
import { type Behaviour, defineKind } from '../kind.ts';
import { correlation, delayText, readCorrelation, readDistribution } from '../settings.ts';

export const delay = defineKind({
  name: 'delay',
  summary: 'delay messages by a fixed or random time',
  stage: 40,
  settings: Type.Object(
    {
      delay: delayText('the delay, a duration or a distribution'),
      correlation: correlation('correlation with the previous delay on the link'),
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
    const distribution = readDistribution('delay', settings.delay);
    const { text, quantile } = distribution;
    const likeness = readCorrelation('correlation', settings.correlation);
    const keepOrder = settings.keepOrder ?? false;
    const independent: Behaviour = {
      act: (copy, draws) => copy.delay(quantile(draws.next()), keepOrder),
    };
    return {
      normal: { delay: text, keepOrder, ...(likeness === 0 ? {} : { correlation: likeness }) },
      words: (messages) => {
        const alike = likeness === 0 ? '' : `, with ${formatPercent(likeness)} correlation`;
        return `delay ${messages} by ${text}${alike}${keepOrder ? ', keeping their order' : ''}`;
      },
      start: () =>
        likeness === 0 ? independent : correlatedDelay(distribution, likeness, keepOrder),
    };
  },
});

function correlatedDelay(
  { quantile }: Distribution,
  likeness: number,
  keepOrder: boolean,
): Behaviour {
  const correlated = new CorrelatedDraws(likeness);
  let drawn = 0;
  return {
    meet(draws) {
      drawn = correlated.next(draws);
    },
    act(copy, draws) {
      const share = copy.isOriginal ? drawn : correlated.beside(draws);
      copy.delay(quantile(share), keepOrder);
    },
  };
}
