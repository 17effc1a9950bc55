/** The thread that reads a recorded run and judges it; `judge-run.ts` starts it and explains why. */
import { parentPort, workerData } from 'node:worker_threads';
import { asFaultlineError } from '@faultline/protocol';
import { reportOf } from '../report/report.ts';
import { importWorkloads } from '../workloads/modules.ts';
import { importChecks } from './checks.ts';
import { judge } from './judge.ts';
import type { FromJudgeThread, ToJudgeThread } from './judge-run.ts';

const {
  runDir,
  checks,
  bundles,
  workloads: workloadBundles,
  withinMs,
} = workerData as ToJudgeThread;
const endMs = performance.now() + withinMs;

judged().then((found) => parentPort!.postMessage(found));

async function judged(): Promise<FromJudgeThread> {
  try {
    const [workloads, modules] = await Promise.all([
      importWorkloads(workloadBundles),
      importChecks(bundles),
    ]);
    const report = await reportOf(runDir, workloads);
    const { seed, steps, timings } = report;
    const found = judge(report, checks, {
      modules,
      workloads,
      isOver: () => performance.now() > endMs,
    });
    return { judged: { ...found, runDir, seed, steps, timings } };
  } catch (thrown) {
    const { code, message, facts } = asFaultlineError(thrown);
    return { error: { code, message, facts } };
  }
}
