import { checkSingleLeader } from '../promises/single-leader.ts';
import { defineCheck } from './check.ts';
import type { Question } from './matcher.ts';

const singleLeader = defineCheck({
  name: 'single-leader',
  summary: 'a term has one leader',
  matcher: 'toHaveOneLeader()',
  promise: 'have one leader per term',
  run: ({ events = [] }) => checkSingleLeader(events),
});

export const singleLeaderChecks = [singleLeader];

export const singleLeaderMatchers = {
  /** No term had two leaders, according to the `leader` events of the nodes. */
  toHaveOneLeader: (): Question => ({ check: singleLeader, options: {} }),
};
