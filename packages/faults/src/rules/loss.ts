/** Messages that vanish, each on its own draw. */
import { formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

export const loss = defineKind({
  name: 'loss',
  summary: 'lose messages at random',
  stage: 20,
  settings: Type.Object(
    { probability: probability('how likely a message is to be lost') },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const behaviour: Behaviour = {
      act(copy, draws) {
        if (draws.chance(odds)) copy.lose();
      },
    };
    return {
      normal: { probability: odds },
      words: (messages) => `lose ${formatPercent(odds)} of ${messages}`,
      start: () => behaviour,
    };
  },
});
