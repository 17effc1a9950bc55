import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding a program works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/programs/add-a-program.md');
  expect(await checkout.complaints()).toEqual([]);
}, 120_000);
