/** How long a test waits for its cluster, and for its end. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, milliseconds, type Row, type Size } from './figures.ts';
import type { StartedInTest, Task } from './testkit-worker.ts';

const worker = fileURLToPath(new URL('testkit-worker.ts', import.meta.url));
const nodes = 3;
const sizes = { full: { rounds: 9 }, tiny: { rounds: 2 } } as const;

/**
 * In a process that runs already, with its program bundled by an earlier test. It is a process of its
 * own because the kit keeps the runs of a process that exits with an error, and another bench may fail.
 */
export async function clusterInTest(size: Size): Promise<Row[]> {
  const { readyMs, closedMs } = await inProcess({ nodes, ...sizes[size] });
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

function inProcess(task: Task): Promise<StartedInTest> {
  return new Promise((resolve, reject) => {
    let started: StartedInTest | undefined;
    const child = fork(worker);
    child.once('message', (message) => {
      started = message as StartedInTest;
    });
    child.once('exit', (code) => {
      if (code === 0 && started !== undefined) resolve(started);
      else reject(new Error(`the process of the tests exited with code ${code}`));
    });
    child.send(task);
  });
}
