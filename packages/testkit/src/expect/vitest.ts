/** `import '@faultline/testkit/vitest'`: adds the matchers and keeps the runs of failed tests. */
import * as runner from 'vitest';
import {
  type Ended,
  hookMsMax,
  runnerReportsResults,
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
runnerReportsResults();
setTimeLimits();

/** Replaces vitest's default limits unless the project has set its own. Imports run before tests. */
function setTimeLimits(): void {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: WorkerState };
  const { testTimeout, hookTimeout } = worker?.config ?? {};
  if (testTimeout === 5_000) vi.setConfig({ testTimeout: testMsMax });
  if (hookTimeout === 10_000) vi.setConfig({ hookTimeout: testMsMax });
}

/** Versions before 4.1 have only hooks. */
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

/** The part of the state of a vitest worker that this file uses. */
interface WorkerState {
  readonly config?: { readonly testTimeout: number; readonly hookTimeout: number };
}

type Task = runner.TestContext['task'];

const nameOf = ({ fullTestName, name }: Task): string => fullTestName ?? name;

/** The current result is not final if the test is expected to fail or will be retried. */
function ended({ fails, result, retry }: Task, signal: AbortSignal | undefined): Ended {
  const retries = typeof retry === 'object' ? (retry.count ?? 0) : (retry ?? 0);
  return {
    hasFailed: result?.state === 'fail' && fails !== true,
    isOverdue: signal?.aborted ?? true,
    isTriedAgain: (result?.retryCount ?? 0) < retries,
  };
}
