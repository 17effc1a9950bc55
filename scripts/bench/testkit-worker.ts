/** Starts and closes clusters as one test after another would, and reports how long each took. */
import { startCluster } from '@faultline/testkit';

export interface Task {
  readonly rounds: number;
  readonly nodes: number;
}

export interface StartedInTest {
  readonly readyMs: readonly number[];
  readonly closedMs: readonly number[];
}

async function start({ rounds, nodes }: Task): Promise<StartedInTest> {
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
  return { readyMs, closedMs };
}

process.once('message', async (task: Task) => {
  process.send!(await start(task), () => process.disconnect());
});
