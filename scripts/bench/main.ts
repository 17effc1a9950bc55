/**
 * `pnpm bench [--tiny] [name …]`: measures what users might compare, each figure within one run, and
 * prints it beside its required and its target value. No figure fails a build, because a machine that is busy
 * with something else makes every figure worse. A bench that throws or prints no figure does: with
 * `--tiny`, CI runs every bench with small counts, two at a time, to find one that no longer runs.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { flawOf, type Row, type Size } from './figures.ts';
import { histories } from './history.ts';
import { largeRecordings } from './large.ts';
import { delay, flooded, millionMessages, throughput } from './messages.ts';
import { thePage } from './page.ts';
import { manyNodes, memory, startUp } from './processes.ts';
import { recording } from './recording.ts';
import { ruleCosts, selfCheck } from './rules.ts';
import { slowNode } from './slow.ts';
import { clusterInTest } from './testkit.ts';
import { askingRecordings } from './trace.ts';
import { transactionHistories } from './transactions.ts';

const benches: Readonly<Record<string, (size: Size) => Promise<Row[]>>> = {
  messages: throughput,
  delay,
  flooded,
  recording,
  rules: ruleCosts,
  selfcheck: selfCheck,
  start: startUp,
  testkit: clusterInTest,
  memory,
  slow: slowNode,
  nodes: manyNodes,
  million: millionMessages,
  history: histories,
  transactions: transactionHistories,
  why: askingRecordings,
  large: largeRecordings,
  page: thePage,
};

/** Returns whether it ran without an error. */
async function runBench(name: string, size: Size): Promise<boolean> {
  const startMs = performance.now();
  const flaws: string[] = [];
  const lines: string[] = [];
  try {
    const rows = await benches[name]!(size);
    if (rows.length === 0) flaws.push('it prints no figure');
    for (const row of rows) {
      const flaw = flawOf(row);
      if (flaw !== undefined) flaws.push(`"${row.figure}": ${flaw}`);
      const { figure, value, from, must, aim } = row;
      lines.push(`${figure}\n  ${value}  (${from})  must ${must}, aim ${aim}\n`);
    }
  } catch (error) {
    flaws.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const tookS = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`${size === 'tiny' ? `${name}, ${tookS} s\n` : ''}${lines.join('')}`);
  for (const flaw of flaws) process.stderr.write(`bench ${name} failed: ${flaw}\n`);
  return flaws.length === 0;
}

/** Runs them `atOnce` at a time. Resolves to the names of those that failed. */
async function runBenches(names: readonly string[], size: Size, atOnce: number): Promise<string[]> {
  const failed: string[] = [];
  const left = [...names];
  const runNext = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (!(await runBench(name, size))) failed.push(name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runNext));
  return failed;
}

const { values, positionals } = parseArgs({
  options: { tiny: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown bench: ${unknown.join(', ')}; expected one of ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(1);
}

const [cpu] = cpus();
process.stdout.write(
  `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.version}\n\n`,
);
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const failed = await runBenches(names, values.tiny ? 'tiny' : 'full', values.tiny ? 2 : 1);
if (failed.length > 0) process.stderr.write(`\nfailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
