import { Type } from 'typebox';
import { checkMessages } from '../promises/budgets.ts';
import { canonicalNumber, numberAtMost } from './bounds.ts';
import { defineCheck } from './check.ts';
import { kindsOption, whileLoaded } from './loaded.ts';
import type { Question } from './matcher.ts';

const messagesPerOperation = defineCheck({
  name: 'messages-per-operation',
  summary: 'nodes send at most this many messages for each operation',
  options: Type.Object({
    most: Type.Union([Type.String(), Type.Number({ minimum: 0 })], {
      title: 'a bound',
      description: 'at most',
      examples: ['<= 30'],
    }),
    f: kindsOption,
  }),
  short: 'most',
  canonical: { most: canonicalNumber },
  matcher: "toCost('<= 30')",
  promise: ({ most }) => `cost ${most} messages per operation`,
  run(history, { most, ...options }) {
    const { messages } = history;
    const perOperationMax = numberAtMost(most);
    if (messages !== undefined) {
      return checkMessages(whileLoaded(history), { messages, perOperationMax, ...options });
    }
    const summary = 'messages were not recorded: run with trace: headers';
    return { verdict: 'unknown', summary, explanation: [summary], stats: {} };
  },
});

export const messagesPerOperationChecks = [messagesPerOperation];

export const messagesPerOperationMatchers = {
  /** At most this many messages between nodes for each operation: `<= 30`. */
  toCost: (most: string | number): Question => ({
    check: messagesPerOperation,
    options: { most },
  }),
};
