/** Custom checks: modules that a plan names by their paths. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '@faultline/history';
import { readPlan } from '@faultline/plans';
import { afterAll, expect, test } from 'vitest';
import { judge, placedChecks, type RunReport } from '../src/index.ts';
import { bundleChecks, importChecks, requireChecks } from '../src/judge/checks.ts';

const dir = mkdtempSync(join(tmpdir(), 'faultline-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const atMost = `
import { defineCheck, Judgement, Type } from '@faultline/history';

export default defineCheck({
  name: 'no-oversell',
  summary: 'no more is sold than there is',
  options: Type.Object({
    stock: Type.Integer({ minimum: 0, description: 'items for sale' }),
  }),
  run({ operations }, { stock }) {
    const judgement = new Judgement('sold within the stock');
    const sales = operations.filter(({ f, type }) => f === 'sell' && type === 'ok');
    const extra = sales[stock];
    if (extra !== undefined) {
      judgement.problem('oversold', [extra.index], \`\${extra.process} was sold one too many\`);
    }
    return judgement.result(sales.length, 'sales');
  },
});
`;

function moduleOf(name: string, source: string): string {
  writeFileSync(join(dir, name), source);
  return `./${name}`;
}

const planned = (...checks: unknown[]) => placedChecks(readPlan({ checks }).checks, dir);

function report(sales: number, checks: unknown[]): RunReport {
  const operations = Array.from(
    { length: sales },
    (_, index): Operation => ({
      index,
      process: `c${index}`,
      f: 'sell',
      input: null,
      output: null,
      type: 'ok',
      invokedMs: index,
      endedMs: index,
    }),
  );
  return {
    dir: '/run',
    seed: '1',
    plan: { ...readPlan({}), checks: planned(...checks) },
    history: { operations },
    events: [],
    steps: [],
    timings: { loadBegunMs: 0, loadEndedMs: 100, readMs: null, healedMs: 100, endedMs: 110 },
    messages: null,
    reached: {},
  };
}

test('a plan judges a run by a check from a module beside it', async () => {
  const path = moduleOf('no-oversell.ts', atMost);
  const judged = async (sales: number) => {
    const { plan, ...rest } = report(sales, [{ [path]: { stock: 2 } }]);
    const modules = await importChecks(await bundleChecks(plan!.checks, dir));
    return judge({ plan, ...rest }, undefined, { modules });
  };
  expect(await judged(2)).toMatchObject({
    verdict: 'ok',
    checks: [{ check: 'no-oversell {"stock":2}' }],
  });
  expect((await judged(3)).checks[0]!.result).toMatchObject({
    verdict: 'violated',
    summary: 'not sold within the stock: 1 oversold',
    explanation: ['c2 was sold one too many'],
  });
});

test.each([
  [{ stok: 2 }, 'the check no-oversell has no option "stok"; did you mean stock?'],
  [{ stock: -1 }, 'stock: expected a whole number from 0 up, got -1'],
  [{}, 'stock is missing: the check no-oversell needs a whole number from 0 up'],
])('rejects the options %j before anything starts', async (options, message) => {
  const path = moduleOf('no-oversell.ts', atMost);
  await expect(requireChecks(planned({ [path]: options }), dir)).rejects.toMatchObject({
    code: 'BAD_PLAN',
    message: expect.stringContaining(message),
  });
});

test.each([
  ['syntax.ts', 'export default {', /syntax\.ts: it does not compile: .*syntax\.ts:1:17: /],
  [
    'throws.ts',
    "throw new Error('no stock');",
    /throws\.ts: it throws while it is loaded: no stock$/,
  ],
  ['empty.ts', 'export default 3;', /empty\.ts: expected `export default defineCheck\(/],
  [
    'unnamed.ts',
    "export default { name: 'No Oversell' };",
    /unnamed\.ts: a check has a name such as no-oversell, got "No Oversell"$/,
  ],
])('rejects a module that declares no check: %s', async (name, source, message) => {
  const path = moduleOf(name, source);
  await expect(requireChecks(planned(path), dir)).rejects.toMatchObject({
    code: 'BAD_PLAN',
    message: expect.stringMatching(message),
  });
});

test('rejects a module that does not exist', async () => {
  await expect(requireChecks(planned('./nowhere.ts'), dir)).rejects.toMatchObject({
    code: 'BAD_PLAN',
    message: `the check ${join(dir, 'nowhere.ts')}: there is no such file`,
  });
});
