/** The thread that reads a recorded run and judges it; `judge-run.ts` starts it and says why. */
import { parentPort, workerData } from 'node:worker_threads';
import { asFaultlineError } from '@faultline/protocol';
import { reportOf } from '../report/report.ts';
import { importChecks } from './checks.ts';
import { judge } from './judge.ts';
import type { FromJudgeThread, ToJudgeThread } from './judge-run.ts';

const { runDir, checks, bundles, withinMs } = workerData as ToJudgeThread;
const endMs = performance.now() + withinMs;

parentPort!.postMessage(await judged());

async function judged(): Promise<FromJudgeThread> {
  try {
    const [report, modules] = await Promise.all([reportOf(runDir), importChecks(bundles)]);
    const { seed, steps, timings } = report;
    const found = judge(report, checks, { modules, isOver: () => performance.now() > endMs });
    return { judged: { ...found, runDir, seed, steps, timings } };
  } catch (thrown) {
    const { code, message, facts } = asFaultlineError(thrown);
    return { error: { code, message, facts } };
  }
}
