/**
 * Messages that arrive damaged. With flipped bits they are rarely valid JSON, so their receiver drops them;
 * with a changed field they are well-formed and wrong: the fault that no parser finds.
 */
import { FaultlineError, formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, type Draws, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

/** One draw for each bit, and one for whether the message is corrupted at all. */
const bitsMax = 14;

export const corrupt = defineKind({
  name: 'corrupt',
  summary: 'damage the body of messages: flip bits, or change the value of a field',
  stage: 36,
  settings: Type.Object(
    {
      probability: probability('probability that a message is damaged'),
      as: Type.Optional(
        Type.Union([Type.Literal('bits'), Type.Literal('field')], {
          default: 'bits',
          description:
            'bits: flip any bits; field: change one value and keep the message well-formed',
        }),
      ),
      bits: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: bitsMax,
          default: 1,
          description: 'number of bits to flip in the body',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const { as = 'bits', bits = 1 } = settings;
    if (as === 'field' && settings.bits !== undefined) {
      const message = 'expected no bits with as=field, which changes a value';
      throw new FaultlineError('BAD_RULE', message, { property: 'bits' });
    }
    const behaviour: Behaviour = {
      act(copy, draws) {
        if (!draws.chance(odds)) return;
        if (as === 'field') {
          copy.alter({ how: 'field', which: draws.next(), change: draws.next() });
        } else if (copy.message.bodyBytes > 0) {
          copy.alter({ how: 'bits', bits: someBits(bits, 8 * copy.message.bodyBytes, draws) });
        }
      },
    };
    return {
      normal: { probability: odds, as, ...(as === 'bits' ? { bits } : {}) },
      words: (messages) => {
        const what =
          as === 'field' ? 'change a field' : bits === 1 ? 'flip a bit' : `flip ${bits} bits`;
        return `${what} of ${formatPercent(odds)} of ${messages}`;
      },
      start: () => behaviour,
    };
  },
});

/** `count` different bits out of `among`, or all if there are fewer. */
function someBits(count: number, among: number, draws: Draws): number[] {
  const chosen = new Set<number>();
  for (let i = 0; i < Math.min(count, among); i++) {
    let bit = Math.floor(draws.next() * among);
    while (chosen.has(bit)) bit = (bit + 1) % among;
    chosen.add(bit);
  }
  return [...chosen].sort((a, b) => a - b);
}
