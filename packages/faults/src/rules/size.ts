/** A link that passes no message above a size, like a maximum transmission unit, or below one. */
import { FaultlineError, parseSize } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { read } from '../settings.ts';

export const size = defineKind({
  name: 'size',
  summary: 'lose or refuse messages that are too large or too small',
  stage: 14,
  settings: Type.Object(
    {
      max: Type.Optional(
        Type.String({ description: 'the largest body that passes', examples: ['10kB'] }),
      ),
      min: Type.Optional(
        Type.String({ description: 'the smallest body that passes', examples: ['64B'] }),
      ),
      refuse: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'reject requests with an error instead of dropping them silently',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const { refuse = false } = settings;
    if (settings.max === undefined && settings.min === undefined) {
      const message = 'expected a maximum such as 10kB, or a minimum as min';
      throw new FaultlineError('BAD_RULE', message, { property: 'max' });
    }
    const most =
      settings.max === undefined ? Number.POSITIVE_INFINITY : read('max', settings.max, parseSize);
    const least = settings.min === undefined ? 0 : read('min', settings.min, parseSize);
    if (least > most) {
      const message = `expected at most the max, ${most}B, or nothing would pass; got ${least}B`;
      throw new FaultlineError('BAD_RULE', message, { property: 'min' });
    }
    const behaviour: Behaviour = {
      act(copy) {
        const { bodyBytes } = copy.message;
        if (bodyBytes >= least && bodyBytes <= most) return;
        if (!refuse) copy.lose();
        else if (bodyBytes > most)
          copy.refuse(`its ${bodyBytes} bytes are over the ${most} allowed`);
        else copy.refuse(`its ${bodyBytes} bytes are under the ${least} required`);
      },
    };
    const bounds = [
      settings.max === undefined ? '' : `above ${most}B`,
      settings.min === undefined ? '' : `below ${least}B`,
    ].filter((bound) => bound !== '');
    return {
      normal: { ...(settings.max === undefined ? {} : { most }), least, refuse },
      words: (messages) =>
        `${refuse ? 'refuse' : 'lose'} ${messages} that are ${bounds.join(' or ')}`,
      start: () => behaviour,
    };
  },
});
