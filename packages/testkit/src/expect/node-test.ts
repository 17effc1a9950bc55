/** `import '@faultline/testkit/node-test'`: keeps the runs of failed tests of node:test. */
import { afterEach, beforeEach, type TestContext } from 'node:test';
import { runnerReportsResults, testEnded } from '../cluster/run-folder.ts';
import { type RunningTest, testBegan } from '../cluster/running-test.ts';

const begun = new WeakMap<object, RunningTest>();

runnerReportsResults();
beforeEach((context) => {
  begun.set(context, testBegan((context as TestContext).name));
});
afterEach((context) => {
  const { passed, signal } = context as TestContext & { readonly passed?: boolean };
  return testEnded(begun.get(context) ?? null, {
    hasFailed: passed === false,
    isOverdue: signal.aborted,
  });
});
