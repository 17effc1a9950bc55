/** Commands that explain a recording: the fate of a message, what happened before what, and which clocks are wrong. */
import { grouped } from '@faultline/protocol';
import type { Command } from 'commander';
import { print } from '../context.ts';
import {
  compare,
  explain,
  type LoadedPart,
  loadLatest,
  type RunOptions,
  runFlag,
  runFlagText,
} from '../recorded-run.ts';

/** A few hundred thousand messages: takes some seconds, and less than a gigabyte with their vectors. */
const orderFactsMax = 1_000_000;

export function addWhy(program: Command): void {
  program
    .command('why')
    .description('explain a message: who sent it, what each rule drew, what became of it')
    .argument('<message>', 'its id, such as n1.1.345; `trace` lists them')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster trace --fate lost        list candidates
  pnpm cluster why n1.1.345
  pnpm cluster why c1.1.3 --run .faultline/clusters/default/runs/RUN`,
    )
    .action(async (id: string, _, self: Command) => {
      const options = self.optsWithGlobals<RunOptions>();
      const { run, explanation } = await explain(options, id);
      const { explanationInWords } = await import('@faultline/analysis');
      print(options, explanation, () => explanationInWords(run, explanation).join('\n'));
    });
  program
    .command('before')
    .description(
      'show whether one message or event happened before another, and through which messages',
    )
    .argument('<a>', 'a message (n1.1.345), or a node at a time (n2@1.234s)')
    .argument('<b>', 'the other one')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
A message stands for its sending. Name an event by its node and its time, as \`events\` shows them.

Examples:
  pnpm cluster before c1.1.3 n2.1.17
  pnpm cluster before n1@2.5s n3.1.4 --run latest`,
    )
    .action(async (a: string, b: string, _, self: Command) => {
      const options = self.optsWithGlobals<RunOptions>();
      const { run, found } = await compare(options, a, b);
      const { beforeAsData, beforeInWords } = await import('@faultline/analysis');
      print(options, beforeAsData(run, found), () => beforeInWords(run, found).join('\n'));
    });
  program
    .command('order')
    .description('compare the order that clocks claim with the true order')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
Wall clocks are compared with true time; Lamport, hybrid and vector stamps with happened-before.
In a long recording, \`order\` compares the latest ${grouped(orderFactsMax)} facts, and prints where they begin.

Examples:
  pnpm cluster clock n2 --jump +1h
  pnpm cluster order                    how many pairs of steps its wall clock misorders`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<RunOptions>();
      const part = await loadLatest(options, orderFactsMax, { keepVectors: true });
      const { run, fromMs, facts } = part;
      const { compareOrders, orderAsData, orderInWords } = await import('@faultline/analysis');
      const report = compareOrders(run);
      print(options, { ...orderAsData(run, report), lookedAt: { fromMs, facts } }, () =>
        [...skipped(part), ...orderInWords(run, report)].join('\n'),
      );
    });
}

function skipped({ fromMs, facts }: LoadedPart): string[] {
  if (fromMs === null) return [];
  const from = `+${(fromMs / 1000).toFixed(3)}s`;
  return [
    `Compared the latest ${grouped(facts)} facts, from ${from} on. Everything before ${from} is omitted.`,
  ];
}
