import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding an action works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/actions/add-an-action.md');
  expect(await checkout.complaints()).toEqual([]);
}, 180_000);
