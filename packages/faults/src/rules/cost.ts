/**
 * The cost of traffic: adds up the price of messages by link, without affecting them. Of the eight fallacies
 * of distributed computing, "transport cost is zero" is the one that no delay or loss shows. The sums are in
 * the rule's report. Every sent message is paid for, whatever later rules do with it.
 */
import { decimalText, FaultlineError } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

const price = (of: string) =>
  Type.Optional(
    Type.Number({
      minimum: 0,
      default: 0,
      description: `price of ${of}, in any currency`,
      examples: [0.02],
    }),
  );

const bytesPerMegabyte = 1e6;

export const cost = defineKind({
  name: 'cost',
  summary: 'add up the cost of messages, without affecting them',
  stage: 5,
  settings: Type.Object(
    { perMessage: price('a message'), perMegabyte: price('a million bytes of bodies') },
    { additionalProperties: false },
  ),
  prepare({ perMessage = 0, perMegabyte = 0 }) {
    if (perMessage === 0 && perMegabyte === 0) {
      const message = 'expected a price above 0, or one as perMegabyte';
      throw new FaultlineError('BAD_RULE', message, { property: 'perMessage' });
    }
    const prices = [
      perMessage === 0 ? '' : `${decimalText(perMessage)} a message`,
      perMegabyte === 0 ? '' : `${decimalText(perMegabyte)} a megabyte`,
    ].filter((part) => part !== '');
    return {
      normal: { perMessage, perMegabyte },
      words: (messages) => `charge ${messages} with ${prices.join(' and ')}`,
      start: () => start(perMessage, perMegabyte),
    };
  },
});

function start(perMessage: number, perMegabyte: number): Behaviour {
  let messages = 0;
  let bytes = 0;
  return {
    meet(_, { bodyBytes }) {
      messages++;
      bytes += bodyBytes;
    },
    act() {},
    sums: () => ({
      messages,
      bytes,
      cost: messages * perMessage + (bytes / bytesPerMegabyte) * perMegabyte,
    }),
  };
}
