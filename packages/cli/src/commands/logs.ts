/** `logs`: the output of nodes, of a running cluster or from a recording. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseNodes, printableOutput, resolveNodes } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, printColored } from '../context.ts';
import { wholeNumber } from '../parse.ts';
import {
  findRun,
  isRecorded,
  type RunOptions,
  refuseFollow,
  runFlag,
  runFlagText,
} from '../recorded-run.ts';

interface LogsOptions extends RunOptions {
  readonly lines: number;
  readonly follow?: boolean;
}

const linesMax = 10_000;

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('print the output of nodes')
    .argument('[nodes...]', 'which nodes (default: all)')
    .option('-n, --lines <count>', 'show the last COUNT lines', wholeNumber(1, linesMax), 100)
    .option('-f, --follow', 'follow: print new lines as they come')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
After \`down\`, the logs come from the last run, one node after the other.

Examples:
  pnpm cluster logs n1 -f
  pnpm cluster logs --run latest -n 20`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<LogsOptions>();
      const selector = nodes.length === 0 ? 'all' : nodes.join(',');
      await (isRecorded(options) ? showRecorded : showRunning)(options, selector);
    });
}

async function showRunning(options: LogsOptions, selector: string): Promise<void> {
  const client = connect(options);
  let lastMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const isFirst = lastMs === Number.NEGATIVE_INFINITY;
    const { lines } = await client.logs(selector, {
      lines: isFirst ? options.lines : linesMax,
    });
    for (const line of lines.filter(({ atMs }) => atMs > lastMs)) {
      printColored(options, line, () => lineOf(line.node, line.text));
    }
    lastMs = lines.at(-1)?.atMs ?? lastMs;
    if (!options.follow) return;
    await sleep(300);
  }
}

async function showRecorded(options: LogsOptions, selector: string): Promise<void> {
  const { dir, run } = await findRun(options);
  refuseFollow(options);
  const { readLogs } = await import('@faultline/recording');
  const logs = await readLogs(dir, options.lines);
  const there = [...new Set([...run.nodes, ...logs.map(({ node }) => node)])];
  const meant = new Set(
    resolveNodes(parseNodes(selector), {
      nodes: there,
      clients: [],
      leader: undefined,
      pick: (count, among) => among.slice(0, count),
    }),
  );
  for (const { node, lines } of logs.filter((log) => meant.has(log.node))) {
    for (const text of lines) printColored(options, { node, text }, () => lineOf(node, text));
  }
}

const lineOf = (node: string, text: string): string => `${node.padEnd(4)} ${printableOutput(text)}`;
