import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding a check works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/history/add-a-check.md');
  expect(await checkout.complaints()).toEqual([]);
}, 180_000);
