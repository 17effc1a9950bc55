import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding a rule kind works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/faults/add-a-rule-kind.md');
  expect(await checkout.complaints()).toEqual([]);
}, 120_000);
