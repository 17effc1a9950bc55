/**
 * `import '@faultline/testkit/jest'`, or in `setupFilesAfterEnv`: the matchers, and runs of failed
 * tests are kept. It takes `expect` and `afterEach` from the globals that Jest provides.
 */
import { runnerWillTell, testEnded } from '../cluster/run-folder.ts';
import { type FaultlineMatchers, matchers } from './matchers.ts';

declare global {
  namespace jest {
    interface Matchers<R> extends FaultlineMatchers<R> {}
  }
}

/** What is needed of Jest's globals. */
interface JestGlobals {
  readonly expect: { extend(matchers: object): void };
  readonly afterEach: (hook: () => void) => void;
}

/** Where jest-circus, Jest's own runner, keeps what it knows of the test that runs. */
interface CircusState {
  readonly currentlyRunningTest?: { readonly errors: readonly unknown[] };
}

const { expect, afterEach } = globalThis as unknown as JestGlobals;
const circus = Object.getOwnPropertySymbols(globalThis).find(
  ({ description }) => description === 'JEST_STATE_SYMBOL',
);

expect.extend(matchers);
if (circus !== undefined) {
  runnerWillTell();
  afterEach(() => {
    const state = (globalThis as unknown as Record<symbol, CircusState>)[circus]!;
    testEnded((state.currentlyRunningTest?.errors.length ?? 0) > 0);
  });
}
