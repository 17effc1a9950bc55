import { Type } from 'typebox';
import { logsOf } from '../promises/events.ts';
import { checkTotalOrder, type TotalOrderOptions } from '../promises/total-order.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const totalOrder = defineCheck({
  name: 'total-order',
  summary: 'all nodes deliver the same messages in the same order',
  options: Type.Object({
    correct: Type.Optional(
      Type.Array(Type.String(), {
        description: 'nodes that must have delivered everything; default: all that delivered',
      }),
    ),
    isFinal: Type.Optional(
      Type.Boolean({ default: true, description: 'nothing was left to deliver' }),
    ),
  }),
  matcher: 'toDeliverInOrder()',
  promise: 'be delivered in one order',
  run: (history, options) =>
    checkTotalOrder(history, { logs: logsOf(history.events ?? []), ...options }),
});

export const totalOrderChecks = [totalOrder];

export const totalOrderMatchers = {
  /** All nodes delivered the same messages in the same order, according to their `deliver` events. */
  toDeliverInOrder: (options: Omit<TotalOrderOptions, 'logs'> = {}): Question => ({
    check: totalOrder,
    options: given(options),
  }),
};
