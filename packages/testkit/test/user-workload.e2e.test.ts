/** A module that declares a workload: a test imports it, and a plan refers to it by its path. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparedPlan, reportOf, runPlan } from '@faultline/experiment';
import { readPlan } from '@faultline/plans';
import { afterAll, expect, test } from 'vitest';
import { startCluster } from '../src/index.ts';
import '../src/expect/vitest.ts';
import orders from './fixtures/orders.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'faultline-user-workload-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));
const cwd = import.meta.dirname;

const load = { clients: 1, operations: 30, timeout: '5s' };
const urgent = 0.5;

test('a workload module sends the same requests to the same nodes in a test and in a plan with the same seed', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'ids', seed: '7' });
  const tested = await cluster.load(orders.load({ ...load, urgent }));
  expect(tested).toBeUnique();

  const place = { stateDir, cwd };
  const plan = readPlan({
    seed: '7',
    cluster: { nodes: 2, program: 'ids' },
    load: { workload: './fixtures/orders.ts', ...load, options: { urgent } },
  });
  const prepared = await preparedPlan(plan, place);
  expect(prepared.checks).toEqual(['unique-ids']);
  const { runDir } = await runPlan(prepared, place);
  const report = await reportOf(runDir, new Map([[join(cwd, 'fixtures/orders.ts'), orders]]));

  const requestsOf = ({ operations }: Pick<typeof tested, 'operations'>) =>
    operations.map(({ node, input }) => ({ node, input }));
  const inTest = requestsOf(tested);
  expect(inTest).toHaveLength(30);
  expect(new Set(inTest.map(({ node }) => node))).toEqual(new Set(['n2']));
  expect(new Set(inTest.map(({ input }) => JSON.stringify(input))).size).toBe(2);
  expect(requestsOf(report.history)).toEqual(inTest);
});

test('a workload module rejects an unknown option', () => {
  const given = { ...load, urgnt: 1 };
  expect(() => orders.load(given)).toThrow(
    /the workload orders has no option "urgnt"; did you mean urgent\?/,
  );
});
