/** Messages that arrive more than once, as after retransmission and rerouting. */
import { formatDuration, formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { duration, probability, readDuration, readProbability } from '../settings.ts';

export const duplicate = defineKind({
  name: 'duplicate',
  summary: 'deliver messages more than once',
  stage: 30,
  settings: Type.Object(
    {
      probability: probability('probability that a message is duplicated'),
      copies: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 1,
          description: 'number of extra copies',
        }),
      ),
      spacing: Type.Optional(duration('time between copies (default: none)')),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const copies = settings.copies ?? 1;
    const spacingMs =
      settings.spacing === undefined ? 0 : readDuration('spacing', settings.spacing);
    const behaviour: Behaviour = {
      act(copy, draws) {
        if (draws.chance(odds)) copy.duplicate(copies, spacingMs);
      },
    };
    return {
      normal: { probability: odds, copies, spacingMs },
      words: (messages) => {
        const extra = copies === 1 ? 'one more copy' : `${copies} more copies`;
        const spaced = spacingMs === 0 ? '' : `, ${formatDuration(spacingMs)} apart,`;
        return `send ${extra}${spaced} of ${formatPercent(odds)} of ${messages}`;
      },
      start: () => behaviour,
    };
  },
});
