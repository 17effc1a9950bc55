/** Custom workloads: modules that a plan names by their paths. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlan } from '@faultline/plans';
import { afterAll, expect, test } from 'vitest';
import { judgeRun, preparedPlan, runPlan } from '../src/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'faultline-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

writeFileSync(
  join(dir, 'orders.ts'),
  `import { defineWorkload, share, Type } from '@faultline/experiment/workload';

export default defineWorkload({
  name: 'orders',
  summary: 'ask for the number of an order',
  options: Type.Object({ urgent: share('share of urgent orders', 0.2) }),
  asks: ['generate'],
  checks: ['unique-ids'],
  ask: 'n2',
  clients: ({ urgent }) => ({
    script: () => ({ next: (_, draw) => ({ type: 'generate', urgent: draw(0) < urgent }) }),
  }),
});
`,
);

const plan = (load: object) =>
  readPlan({
    cluster: { nodes: 2, program: './numbers.mjs' },
    load: { workload: './orders.ts', ...load },
  });
const place = { stateDir: dir, cwd: dir };

test('a plan runs a workload from a module beside it, with its checks and its choice of nodes', async () => {
  writeFileSync(
    join(dir, 'numbers.mjs'),
    "let last = 0;\nexport default (node) => node.on('generate', () => ({ id: node.id + '-' + ++last }));",
  );
  const prepared = await preparedPlan(plan({ clients: 2, operations: 6, timeout: '5s' }), place);
  expect(prepared.checks).toEqual(['unique-ids']);
  const { runDir } = await runPlan(prepared, place);
  const judged = await judgeRun(runDir, { stateDir: dir, withinMs: 10_000 });
  expect(judged).toMatchObject({
    verdict: 'ok',
    checks: [{ check: 'unique-ids', result: { verdict: 'ok' } }],
  });
});

test.each([
  [{ urgnt: 0.5 }, /the workload orders has no option "urgnt"; did you mean urgent\?/],
  [{ urgent: 2 }, /urgent: expected a number from 0 to 1, got 2/],
])('rejects the options %j before anything starts', async (options, message) => {
  await expect(preparedPlan(plan({ operations: 6, options }), place)).rejects.toMatchObject({
    code: 'BAD_PLAN',
    message: expect.stringMatching(message),
  });
});
