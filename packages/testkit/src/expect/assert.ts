/** The matchers as functions that throw, for node:test and any code without `expect`. */
import { AssertionError } from 'node:assert';
import type { History } from '@faultline/history';
import { type FaultlineMatchers, matchers } from './matchers.ts';

type Assert<Name extends keyof FaultlineMatchers> = (
  history: History,
  ...args: Parameters<FaultlineMatchers[Name]>
) => void;

function assertion<Name extends keyof FaultlineMatchers>(name: Name): Assert<Name> {
  return function assertThat(history, ...args) {
    const matcher = matchers[name] as (this: object, ...args: unknown[]) => Outcome;
    const { pass, message } = matcher.call({}, history, ...args);
    if (pass) return;
    throw new AssertionError({ message: message(), operator: name, stackStartFn: assertThat });
  };
}

type Outcome = ReturnType<(typeof matchers)['toConverge']>;

export const assertLinearizable = assertion('toBeLinearizable');
export const assertConsistent = assertion('toBeConsistent');
export const assertConverges = assertion('toConverge');
export const assertLosesNothing = assertion('toLoseNothing');
export const assertUnique = assertion('toBeUnique');
export const assertConserves = assertion('toConserve');
export const assertCounts = assertion('toCount');
export const assertExcludes = assertion('toExclude');
export const assertTakesEffect = assertion('toTakeEffect');
export const assertGrows = assertion('toGrow');
export const assertOneLeader = assertion('toHaveOneLeader');
export const assertDeliversInOrder = assertion('toDeliverInOrder');
export const assertRecovers = assertion('toRecover');
export const assertCosts = assertion('toCost');
export const assertAvailable = assertion('toBeAvailable');
export const assertQuick = assertion('toBeQuick');
export const assertPasses = assertion('toPass');
