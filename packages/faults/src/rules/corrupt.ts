/**
 * Messages that arrive damaged. As bits, what arrives is rarely JSON any more and its receiver drops
 * it; as a field, it is well-formed and wrong: the fault that no parser finds.
 */
import { FaultlineError, formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, type Draws, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

/** One draw each, and one for whether the message is corrupted at all. */
const bitsMax = 14;

export const corrupt = defineKind({
  name: 'corrupt',
  summary: 'damage the body of messages: flip bits, or change a field to another value',
  stage: 36,
  settings: Type.Object(
    {
      probability: probability('how likely a message is to be damaged'),
      as: Type.Optional(
        Type.Union([Type.Literal('bits'), Type.Literal('field')], {
          default: 'bits',
          description:
            'bits: flip bits wherever they are; field: change one value, and leave the message well-formed',
        }),
      ),
      bits: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: bitsMax,
          default: 1,
          description: 'how many bits of the body are flipped',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const odds = readProbability('probability', settings.probability);
    const { as = 'bits', bits = 1 } = settings;
    if (as === 'field' && settings.bits !== undefined) {
      const message = 'expected it without as=field, which changes a value and no bits';
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

/** So many different bits out of `among`, or all where there are fewer. */
function someBits(count: number, among: number, draws: Draws): number[] {
  const chosen = new Set<number>();
  for (let i = 0; i < Math.min(count, among); i++) {
    let bit = Math.floor(draws.next() * among);
    while (chosen.has(bit)) bit = (bit + 1) % among;
    chosen.add(bit);
  }
  return [...chosen].sort((a, b) => a - b);
}
