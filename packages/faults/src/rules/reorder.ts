/**
 * netem's reordering (man tc-netem): with the given probability a message is sent at once and overtakes the
 * others, which are delayed. With a gap of N, at least N - 1 messages are delayed between two that are sent
 * at once.
 *
 * Without a delay there is nothing to overtake; hence `needs`.
 */
import { formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

export const reorder = defineKind({
  name: 'reorder',
  summary: 'send some messages at once while others are delayed',
  stage: 50,
  needs: 'delay',
  settings: Type.Object(
    {
      probability: probability('probability that a candidate is sent at once'),
      gap: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1_000_000,
          default: 1,
          description: 'only every gap-th message is a candidate',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const gap = settings.gap ?? 1;
    return {
      normal: { probability: odds, gap },
      words: (messages) => {
        const between = gap === 1 ? '' : `, with at least ${gap - 1} delayed in between`;
        return `send ${formatPercent(odds)} of the delayed ${messages} at once${between}`;
      },
      start: () => start(odds, gap),
    };
  },
});

function start(odds: number, gap: number): Behaviour {
  /** Messages since the last one that was sent at once. */
  let passed = 0;
  let isCandidate = false;
  let isOriginalAtOnce = false;
  return {
    meet(draws) {
      isCandidate = passed >= gap - 1;
      isOriginalAtOnce = isCandidate && draws.chance(odds);
      passed = isOriginalAtOnce ? 0 : passed + 1;
    },
    act(copy, draws) {
      const isAtOnce = copy.isOriginal ? isOriginalAtOnce : isCandidate && draws.chance(odds);
      if (isAtOnce) copy.sendAtOnce();
    },
  };
}
