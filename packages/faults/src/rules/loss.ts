/**
 * Messages that are lost, each by its own draw; with a correlation, the fates of successive messages
 * resemble each other, and the share of losses stays the same.
 */
import { formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { CorrelatedDraws } from '../correlated.ts';
import { type Behaviour, defineKind } from '../kind.ts';
import { correlation, probability, readCorrelation, readProbability } from '../settings.ts';

export const loss = defineKind({
  name: 'loss',
  summary: 'lose messages at random',
  stage: 20,
  settings: Type.Object(
    {
      probability: probability('probability that a message is lost'),
      correlation: correlation('correlation with the fate of the previous message'),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const likeness = readCorrelation('correlation', settings.correlation);
    const independent: Behaviour = {
      act(copy, draws) {
        if (draws.chance(odds)) copy.lose();
      },
    };
    return {
      normal: { probability: odds, ...(likeness === 0 ? {} : { correlation: likeness }) },
      words: (messages) => {
        const alike = likeness === 0 ? '' : `, with ${formatPercent(likeness)} correlation`;
        return `lose ${formatPercent(odds)} of ${messages}${alike}`;
      },
      start: () => (likeness === 0 ? independent : correlatedLoss(odds, likeness)),
    };
  },
});

function correlatedLoss(odds: number, likeness: number): Behaviour {
  const correlated = new CorrelatedDraws(likeness);
  let isLost = false;
  return {
    meet(draws) {
      isLost = draws.isBelow(correlated.next(draws), odds);
    },
    act(copy) {
      if (isLost) copy.lose();
    },
  };
}
