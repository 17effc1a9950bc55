import { Type } from 'typebox';
import type { History } from '../operation.ts';
import { type AvailabilityBudget, checkAvailability } from '../promises/budgets.ts';
import { canonicalShare, shareAtLeast } from './bounds.ts';
import { defineCheck } from './check.ts';
import { kindsOption, whileLoaded } from './loaded.ts';
import { given, type Question } from './matcher.ts';

const availability = defineCheck({
  name: 'availability',
  summary: 'at least this share of operations is answered',
  options: Type.Object({
    share: Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], {
      title: 'a bound',
      description: 'at least',
      examples: ['>= 90%'],
    }),
    refusalsCount: Type.Optional(
      Type.Boolean({
        description:
          'a definite refusal is an answer; default: only if a compare-and-set met another value',
      }),
    ),
    f: kindsOption,
  }),
  short: 'share',
  canonical: { share: canonicalShare },
  matcher: "toBeAvailable('>= 99%')",
  promise: ({ share }) => `be available (${share})`,
  run(history, { share, ...options }) {
    const loaded = whileLoaded(history);
    return checkAvailability(loaded, {
      shareMin: shareAtLeast(share),
      refusalsCount: wereCompared(loaded),
      ...options,
    });
  },
});

/** A compare-and-set that did not find its value still counts as answered. */
const wereCompared = ({ operations }: History): boolean =>
  operations.some(({ f, type }) => f === 'cas' && type === 'fail');

export const availabilityChecks = [availability];

export const availabilityMatchers = {
  /** At least this share of operations was answered: `>= 99%`. */
  toBeAvailable: (
    share: string | number,
    options: Omit<AvailabilityBudget, 'shareMin'> = {},
  ): Question => ({ check: availability, options: { share, ...given(options) } }),
};
