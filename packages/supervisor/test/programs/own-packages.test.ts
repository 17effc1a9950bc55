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
])('%s is also resolved as %j, its names in other installations', (requested, others) => {
  expect(namesOf(requested)).toEqual([requested, ...others]);
});
