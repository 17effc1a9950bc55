import { checkMutualExclusion, type MutualExclusionOptions } from '../promises/mutual-exclusion.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const mutualExclusion = defineCheck({
  name: 'mutual-exclusion',
  summary: 'a lock has one holder, and fencing tokens grow',
  matcher: 'toExclude()',
  promise: 'have one holder at a time',
  run: (history) => checkMutualExclusion(history),
});

const fencing = defineCheck({
  name: 'fencing',
  summary: 'a lock with leases is safe by its tokens: none is taken after a newer one',
  matcher: 'toExclude({ leases: true })',
  promise: 'be safe by its fencing tokens',
  run: (history) => checkMutualExclusion(history, { leases: true }),
});

export const exclusionChecks = [mutualExclusion, fencing];

export const exclusionMatchers = {
  /** No two clients hold the lock at the same time, and tokens grow. */
  toExclude: (options: MutualExclusionOptions = {}): Question => ({
    check: options.leases === true ? fencing : mutualExclusion,
    options: given(options, 'leases'),
  }),
};
