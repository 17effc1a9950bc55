import { Type } from 'typebox';
import { checkMonotonicReads, type Growth } from '../promises/monotonic-reads.ts';
import { defineCheck } from './check.ts';
import { type Question, requireWord } from './matcher.ts';

const growingReads = defineCheck({
  name: 'growing-reads',
  summary: 'a client never sees less than before of numbers, sets or lists that only grow',
  options: Type.Object({
    grows: Type.Enum(['number', 'set', 'list'], {
      title: 'what grows',
      description: 'what is read',
    }),
  }),
  short: 'grows',
  matcher: "toGrow('number')",
  promise: 'have reads that only grow',
  run: checkMonotonicReads,
});

export const growingReadsChecks = [growingReads];

export const growingReadsMatchers = {
  /** No client reads less than before from a `number`, `set` or `list` that only grows. */
  toGrow(grows: Growth): Question {
    requireWord('toGrow', grows, ['number', 'set', 'list'] satisfies Growth[]);
    return { check: growingReads, options: { grows } };
  },
};
