/** `import '@faultline/testkit/vitest'`: the matchers, and runs of failed tests are kept. */
import { afterEach, expect } from 'vitest';
import { runnerWillTell, testEnded } from '../cluster/run-folder.ts';
import { type FaultlineMatchers, matchers } from './matchers.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it.
  interface Assertion<T = any> extends FaultlineMatchers<void> {}
  interface AsymmetricMatchersContaining extends FaultlineMatchers {}
}

expect.extend(matchers);
runnerWillTell();
afterEach(({ task }) => testEnded(task.result?.state === 'fail'));
