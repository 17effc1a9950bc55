/** How long a test waits for its cluster, and for its end. */
import { startCluster } from '@faultline/testkit';
import { median, milliseconds, type Row } from './figures.ts';

const rounds = 9;
const nodes = 3;

/** In a process that runs already, with its program bundled by an earlier test. */
export async function clusterInTest(): Promise<Row[]> {
  const readyMs: number[] = [];
  const closedMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    const cluster = await startCluster({ nodes, program: 'kv', seed: 1 });
    readyMs.push(performance.now() - startMs);
    const closeMs = performance.now();
    await cluster.close();
    closedMs.push(performance.now() - closeMs);
  }
  const [first, ...others] = readyMs;
  return [
    {
      figure: `${nodes}-node cluster ready inside a test file that already runs`,
      value: milliseconds(median(others)),
      from: `the first ${milliseconds(first!)}; closed after ${milliseconds(median(closedMs))}`,
      must: '≤ 900 ms',
      aim: '≤ 400 ms',
    },
  ];
}
