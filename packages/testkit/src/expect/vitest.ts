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
import { testMsMax } from './time-limits.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it.
  interface Assertion<T = any> extends FaultlineMatchers<void> {}
  interface AsymmetricMatchersContaining extends FaultlineMatchers {}
}

const { afterAll, afterEach, beforeEach, expect, vi } = runner;

expect.extend(matchers);
runnerWillTell();
setTimeLimits();

/** In the place of vitest's own, if the project has set none. Tests come after: imports are first. */
function setTimeLimits(): void {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: WorkerState };
  const { testTimeout, hookTimeout } = worker?.config ?? {};
  if (testTimeout === 5_000) vi.setConfig({ testTimeout: testMsMax });
  if (hookTimeout === 10_000) vi.setConfig({ hookTimeout: testMsMax });
}

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

/** What is needed of what a worker of vitest knows. */
interface WorkerState {
  readonly config?: { readonly testTimeout: number; readonly hookTimeout: number };
}

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
