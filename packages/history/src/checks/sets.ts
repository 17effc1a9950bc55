import { checkSet, type SetOptions } from '../promises/set.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const keepsAll = defineCheck({
  name: 'set',
  summary: 'no element is lost, duplicated, resurrected or unexpected',
  matcher: 'toLoseNothing()',
  promise: 'lose nothing',
  run: (history) => checkSet(history),
});

const linearizableSet = defineCheck({
  name: 'linearizable-set',
  summary: 'a set loses nothing, and each read sees what was acknowledged before it',
  matcher: 'toLoseNothing({ linearizable: true })',
  promise: 'be a linearizable set',
  run: (history) => checkSet(history, { linearizable: true }),
});

export const setChecks = [keepsAll, linearizableSet];

export const setMatchers = {
  /** Every acknowledged element is there in the end, exactly once. */
  toLoseNothing: (options: SetOptions = {}): Question => ({
    check: options.linearizable === true ? linearizableSet : keepsAll,
    options: given(options, 'linearizable'),
  }),
};
