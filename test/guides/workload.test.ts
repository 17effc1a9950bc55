import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding a workload works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/experiment/add-a-workload.md');
  expect(await checkout.complaints()).toEqual([]);
}, 180_000);
