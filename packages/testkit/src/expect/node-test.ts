/** `import '@faultline/testkit/node-test'`: runs of failed tests of node:test are kept. */
import { afterEach, type TestContext } from 'node:test';
import { runnerWillTell, testEnded } from '../cluster/run-folder.ts';

runnerWillTell();
afterEach((context) => {
  const { passed } = context as TestContext & { readonly passed?: boolean };
  testEnded(passed === false);
});
