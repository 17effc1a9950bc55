/**
 * `import '@faultline/testkit/jest'`, or in `setupFilesAfterEnv`: the matchers, and runs of failed
 * tests are kept. It takes `expect` and `afterEach` from the globals that Jest provides.
 */
import { hookMsMax, runnerWillTell, testEnded, testsEnded } from '../cluster/run-folder.ts';
import { type RunningTest, testBegan } from '../cluster/running-test.ts';
import { type FaultlineMatchers, matchers } from './matchers.ts';
import { testMsMax } from './time-limits.ts';

declare global {
  namespace jest {
    interface Matchers<R> extends FaultlineMatchers<R> {}
  }
}

/** What is needed of Jest's globals. */
interface JestGlobals {
  readonly expect: { extend(matchers: object): void };
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
  readonly afterAll: Hook;
}

type Hook = (hook: () => unknown, timeoutMs?: number) => void;

/** Where jest-circus, Jest's own runner, keeps what it knows of the test that runs. */
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
  runnerWillTell();
  const state = (globalThis as unknown as Record<symbol, CircusState>)[circus]!;
  // As jest.setTimeout does, which may still be called. ES modules have no global `jest`.
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
