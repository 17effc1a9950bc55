/**
 * Follows every guide (`add-….md` in its package) step by step, one after another in one copy of the repository,
 * like a user who extends it in several steps: the additions of one guide must not break the next.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../helpers/cluster.ts';
import { Checkout } from '../helpers/guide.ts';

const guides = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(join(root, 'packages', name))
      .filter((file) => /^add-.*\.md$/.test(file))
      .map((file) => `packages/${name}/${file}`),
  );

let checkout: Checkout;
beforeAll(() => {
  checkout = new Checkout();
});
afterAll(() => checkout[Symbol.asyncDispose]());

test('there are guides', () => {
  expect(guides).toContain('packages/programs/add-a-program.md');
});

test.each(guides)('%s works, step by step', (guide) => checkout.follow(guide), 180_000);

test('the compiler and the linter accept the files that all guides wrote', async () => {
  expect(await checkout.complaints()).toEqual([]);
}, 120_000);
