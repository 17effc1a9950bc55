import { expect, test } from 'vitest';
import { namesOf } from '../../src/programs/own-packages.ts';

test.each([
  ['@faultline/node', ['faultline/node']],
  ['@faultline/node/clock', ['faultline/node/clock']],
  ['@faultline/testkit', ['faultline']],
  ['@faultline/testkit/workload', ['faultline/workload']],
  ['faultline', ['@faultline/testkit']],
  ['faultline/node', ['@faultline/node', '@faultline/testkit/node']],
  ['faultline/workload', ['@faultline/workload', '@faultline/testkit/workload']],
])('%s is called %j where it is installed otherwise', (asked, others) => {
  expect(namesOf(asked)).toEqual([asked, ...others]);
});
