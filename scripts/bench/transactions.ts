/** The transaction checker on long histories, each in a process of its own for the sake of its memory. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundle } from '@faultline/supervisor';
import { median, megabytes, milliseconds, type Row, type Size } from './figures.ts';
import type { Judged, Task } from './transactions-worker.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const sizes = {
  full: { rounds: 3, transactions: 100_000 },
  tiny: { rounds: 1, transactions: 1000 },
} as const;
const clients = 20;

const tasks: readonly (Pick<Task, 'kind' | 'staleShare'> & { readonly what: string })[] = [
  { what: 'lists, all right', kind: 'append', staleShare: 0 },
  { what: 'lists, one read in 10 000 stale', kind: 'append', staleShare: 1e-4 },
  { what: 'lists, one read in 10 stale', kind: 'append', staleShare: 0.1 },
  { what: 'registers, all right', kind: 'register', staleShare: 0 },
];

export async function transactionHistories(size: Size): Promise<Row[]> {
  const { rounds, transactions } = sizes[size];
  const entry = `import ${JSON.stringify(here('transactions-worker.ts'))};`;
  const cacheDir = here('../../node_modules/.cache/faultline');
  const program = await bundle({ label: 'bench-transactions', entry, cacheDir });
  const rows: Row[] = [];
  for (const { what, ...task } of tasks) {
    const results: Judged[] = [];
    for (let round = 0; round < rounds; round++)
      results.push(await inProcess(program, { ...task, transactions, clients }));
    const peakBytes = Math.max(...results.map((result) => result.peakBytes));
    rows.push({
      figure: `${transactions} transactions of ${clients} clients: ${what}`,
      value: `${milliseconds(median(results.map(({ ms }) => ms)))}, ${megabytes(peakBytes)}`,
      from: `verdict ${[...new Set(results.map(({ verdict }) => verdict))].join()}, median of ${rounds} cold processes, peak memory with the history`,
      must: 'decided, ≤ 1 GB',
      aim: '≤ 3 s',
    });
  }
  return rows;
}

function inProcess(program: string, task: Task): Promise<Judged> {
  return new Promise((resolve, reject) => {
    const child = fork(program);
    child.once('message', (judged) => resolve(judged as Judged));
    child.once('exit', (code) => reject(new Error(`the checker's process ended with ${code}`)));
    child.send(task);
  });
}
