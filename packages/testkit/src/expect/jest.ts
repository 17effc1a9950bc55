/**
 * `import '@faultline/testkit/jest'`, or in `setupFilesAfterEnv`: adds the matchers and keeps the runs of
 * failed tests. It uses Jest's globals, such as `expect` and `afterEach`.
 */
import { hookMsMax, runnerReportsResults, testEnded, testsEnded } from '../cluster/run-folder.ts';
import { type RunningTest, testBegan } from '../cluster/running-test.ts';
import { type FaultlineMatchers, matchers } from './matchers.ts';
import { testMsMax } from './time-limits.ts';

declare global {
  namespace jest {
    interface Matchers<R> extends FaultlineMatchers<R> {}
  }
}

/** The part of Jest's globals that this file uses. */
interface JestGlobals {
  readonly expect: { extend(matchers: object): void };
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
  readonly afterAll: Hook;
}

type Hook = (hook: () => unknown, timeoutMs?: number) => void;

/** The state of jest-circus, Jest's own runner, with the running test. */
interface CircusState {
  readonly testTimeout: number;
  readonly currentlyRunningTest?: { readonly name: string; readonly errors: readonly unknown[] };
}

const { expect, beforeEach, afterEach, afterAll } = globalThis as unknown as JestGlobals;
const circus = Object.getOwnPropertySymbols(globalThis).find(
  ({ description }) => description === 'JEST_STATE_SYMBOL',
);

expect.extend(matchers);
if (circus !== undefined) {
  runnerReportsResults();
  const state = (globalThis as unknown as Record<symbol, CircusState>)[circus]!;
  // The same as jest.setTimeout, which may still override it. ES modules have no global `jest`.
  const limits = globalThis as unknown as Record<symbol, number | undefined>;
  if (state.testTimeout === 5_000) limits[Symbol.for('TEST_TIMEOUT_SYMBOL')] ??= testMsMax;
  const now = () => state.currentlyRunningTest;
  let test: RunningTest | null = null;
  beforeEach(() => {
    test = testBegan(now()?.name ?? '');
  });
  afterEach(() => {
    const errors = now()?.errors ?? [];
    const isOverdue = errors.flat().some((error) => /Exceeded timeout of/.test(String(error)));
    return testEnded(test, { hasFailed: errors.length > 0, isOverdue });
  }, hookMsMax);
  afterAll(testsEnded, hookMsMax);
}
