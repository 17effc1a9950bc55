/** Losses that come in bursts: one bad draw costs the next few messages too. */
import { formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { defineKind } from '../../src/kind.ts';
import { probability, readProbability } from '../../src/settings.ts';

export const burst = defineKind({
  name: 'burst',
  summary: 'lose several messages in a row',
  stage: 25,
  settings: Type.Object(
    {
      probability: probability('how likely a burst is to begin with a message'),
      length: Type.Integer({ minimum: 1, description: 'messages that a burst costs' }),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const { length } = settings;
    return {
      normal: { probability: odds, length },
      words: (messages) =>
        `begin to lose ${length} in a row at ${formatPercent(odds)} of ${messages}`,
      start() {
        let left = 0;
        return {
          meet(draws) {
            left = Math.max(0, left - 1);
            if (left === 0 && draws.chance(odds)) left = length;
          },
          act(copy) {
            if (left > 0) copy.lose();
          },
        };
      },
    };
  },
});
