/** `import '@faultline/testkit/vitest'`: the matchers, and runs of failed tests are kept. */
import * as runner from 'vitest';
import {
  type Ended,
  hookMsMax,
  runnerWillTell,
  testEnded,
  testsEnded,
} from '../cluster/run-folder.ts';
import { inTest, type RunningTest, testBegan } from '../cluster/running-test.ts';
import { type FaultlineMatchers, matchers } from './matchers.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it.
  interface Assertion<T = any> extends FaultlineMatchers<void> {}
  interface AsymmetricMatchersContaining extends FaultlineMatchers {}
}

const { afterAll, afterEach, beforeEach, expect } = runner;

expect.extend(matchers);
runnerWillTell();

/** Of versions before 4.1 there are hooks alone. */
if ('aroundEach' in runner) {
  runner.aroundEach(async (run, { task, signal }) => {
    const test = testBegan(nameOf(task));
    await inTest(test, run);
    await testEnded(test, ended(task, signal));
  }, hookMsMax);
} else {
  const begun = new WeakMap<object, RunningTest>();
  beforeEach(({ task }) => void begun.set(task, testBegan(nameOf(task))));
  afterEach(
    ({ task, signal }) => testEnded(begun.get(task) ?? null, ended(task, signal)),
    hookMsMax,
  );
}
afterAll(testsEnded, hookMsMax);

type Task = runner.TestContext['task'];

const nameOf = ({ fullTestName, name }: Task): string => fullTestName ?? name;

/** Of a test that is to fail, or is tried again, the result so far is not the last word. */
function ended({ fails, result, retry }: Task, signal: AbortSignal | undefined): Ended {
  const retries = typeof retry === 'object' ? (retry.count ?? 0) : (retry ?? 0);
  return {
    hasFailed: result?.state === 'fail' && fails !== true,
    isOverdue: signal?.aborted ?? true,
    isTriedAgain: (result?.retryCount ?? 0) < retries,
  };
}
