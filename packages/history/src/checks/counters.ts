import { Type } from 'typebox';
import { type CounterOptions, checkCounter } from '../promises/counter.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const promise = 'count each add once';

const counter = defineCheck({
  name: 'counter',
  summary: 'in the end each read is what was counted',
  matcher: "toCount({ reads: 'final' })",
  promise,
  run: (history) => checkCounter(history, { reads: 'final' }),
});

const linearizableCounter = defineCheck({
  name: 'linearizable-counter',
  summary: 'each read, at any time, is what was counted by then',
  options: Type.Object({
    growOnly: Type.Optional(
      Type.Boolean({ default: false, description: 'nothing may be taken away' }),
    ),
  }),
  matcher: 'toCount()',
  promise,
  run: (history, options) => checkCounter(history, options),
});

const growOnlyCounter = defineCheck({
  name: 'grow-only-counter',
  summary: 'in the end each read is what was counted, and nothing is ever taken away',
  matcher: "toCount({ reads: 'final', growOnly: true })",
  promise,
  run: (history) => checkCounter(history, { reads: 'final', growOnly: true }),
});

export const counterChecks = [counter, linearizableCounter, growOnlyCounter];

export const counterMatchers = {
  /** Reads of a counter lie between what must and what may have been counted. */
  toCount(options: CounterOptions = {}): Question {
    if (options.reads !== 'final') {
      return { check: linearizableCounter, options: given(options, 'reads') };
    }
    return {
      check: options.growOnly === true ? growOnlyCounter : counter,
      options: given(options, 'reads', 'growOnly'),
    };
  },
};
