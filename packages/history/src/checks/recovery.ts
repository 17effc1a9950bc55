import { Type } from 'typebox';
import { checkRecovery } from '../promises/budgets.ts';
import { canonicalTime, timeAtMost } from './bounds.ts';
import { defineCheck } from './check.ts';
import { kindsOption, whileLoaded } from './loaded.ts';
import { given, type Question } from './matcher.ts';

const recovery = defineCheck({
  name: 'recovery',
  summary: 'after each healing all operations are answered again within this time',
  options: Type.Object({
    within: Type.String({ title: 'a bound', description: 'at most', examples: ['<= 3s'] }),
    f: kindsOption,
  }),
  short: 'within',
  canonical: { within: canonicalTime },
  matcher: "toRecover({ within: '3s' })",
  promise: ({ within }) => `recover within ${within.replace(/^\s*<=\s*/, '')}`,
  run: (history, { within, ...options }) =>
    checkRecovery(whileLoaded(history), { withinMs: timeAtMost(within), ...options }),
});

export const recoveryChecks = [recovery];

export const recoveryMatchers = {
  /** After each healing every operation is answered again `within` this duration. */
  toRecover: (options: { readonly within: string }): Question => ({
    check: recovery,
    options: given(options),
  }),
};
