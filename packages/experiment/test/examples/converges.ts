import { parsePlan } from '@faultline/plans';
import { judge, reportOf, runPlan } from '../../src/index.ts';

const plan = parsePlan(`
cluster: { nodes: 3, program: kv }
load: { workload: register, clients: 3, operations: 60, options: { cas: 0 } }
steps: [{ at: 0s, do: { isolate: n3 } }]
checks: [convergence]
`);

export async function convergesAfterACut(stateDir: string): Promise<string[]> {
  const { runDir } = await runPlan(plan, { stateDir, cwd: '.' });
  const { verdict, checks, notes } = judge(await reportOf(runDir));
  return [verdict, ...checks.map(({ result }) => result.summary), ...notes];
}
