import { expect, test } from 'vitest';
import { Checkout } from '../helpers/guide.ts';

test('the guide to adding a command works, step by step', async () => {
  await using checkout = new Checkout();
  await checkout.follow('packages/cli/add-a-command.md');
  expect(await checkout.complaints()).toEqual([]);
}, 120_000);
