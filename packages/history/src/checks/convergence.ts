import { Type } from 'typebox';
import { checkConvergence } from '../promises/convergence.ts';
import { canonicalTime, timeAtMost } from './bounds.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const convergence = defineCheck({
  name: 'convergence',
  summary: 'in the end all nodes answer the same, with all that was acknowledged',
  options: Type.Object({
    within: Type.Optional(
      Type.String({
        title: 'a bound',
        description: 'how long after the last change or healing answers may still differ',
        examples: ['<= 5s'],
      }),
    ),
    asSets: Type.Optional(
      Type.Boolean({ default: true, description: 'lists are compared in any order' }),
    ),
  }),
  short: 'within',
  canonical: { within: canonicalTime },
  matcher: "toConverge({ within: '5s' })",
  promise: 'converge',
  run: (history, { within, ...options }) =>
    checkConvergence(history, {
      ...options,
      ...(within === undefined ? {} : { withinMs: timeAtMost(within) }),
    }),
});

export const convergenceChecks = [convergence];

export const convergenceMatchers = {
  /** In the end all nodes answer the same, `within` this duration after the last change. */
  toConverge: (
    options: { readonly within?: string; readonly asSets?: boolean } = {},
  ): Question => ({ check: convergence, options: given(options) }),
};
