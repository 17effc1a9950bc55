/**
 * `pnpm bench [name …]`: measures what users might compare, each figure within one run, and prints it
 * beside what it must and should be. Nothing here fails a build: a machine that is busy with
 * something else makes every figure worse.
 */
import { cpus, totalmem } from 'node:os';
import type { Row } from './figures.ts';
import { histories } from './history.ts';
import { delay, millionMessages, throughput } from './messages.ts';
import { hundredNodes, memory, startUp } from './processes.ts';
import { recording } from './recording.ts';
import { ruleCosts, selfCheck } from './rules.ts';
import { slowNode } from './slow.ts';
import { clusterInTest } from './testkit.ts';
import { askingRecordings } from './trace.ts';
import { transactionHistories } from './transactions.ts';

const measurements: Readonly<Record<string, () => Promise<Row[]>>> = {
  messages: throughput,
  delay,
  recording,
  rules: ruleCosts,
  selfcheck: selfCheck,
  start: startUp,
  testkit: clusterInTest,
  memory,
  slow: slowNode,
  nodes: hundredNodes,
  million: millionMessages,
  history: histories,
  transactions: transactionHistories,
  why: askingRecordings,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(measurements, name));
if (unknown.length > 0) {
  process.stderr.write(
    `no measurement is called ${unknown.join(', ')}; there are ${Object.keys(measurements).join(', ')}\n`,
  );
  process.exit(1);
}

const [cpu] = cpus();
process.stdout.write(
  `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.version}\n\n`,
);
for (const [name, measure] of Object.entries(measurements)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const { figure, value, from, must, aim } of await measure()) {
    process.stdout.write(`${figure}\n  ${value}  (${from})  must ${must}, aim ${aim}\n`);
  }
}
