/** Commands about what goes wrong inside a node: slow, hang, leak, crash. */
import type { Crash, LeakMemory, Slow } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { wholeNumber } from '../parse.ts';

const whichNodes = 'n3, n1-n3, minority, random:2, leader, all';

export function addProcessFaults(program: Command): void {
  addSlow(program);
  addHang(program);
  addLeak(program);
  addCrash(program);
}

function addSlow(program: Command): void {
  program
    .command('slow')
    .description('leave nodes a share of a CPU: everything takes them longer')
    .argument('<nodes...>', whichNodes)
    .option('--cpu <percent>', 'the share of one CPU that is left, from 1% to 99%')
    .option('--for <duration>', 'at full speed again after this long')
    .option('--off', 'at full speed again')
    .addHelpText(
      'after',
      `
A slow node stays slow when it is started again, as a slow machine would. \`resume\` ends it too.

Examples:
  pnpm cluster slow n3 --cpu 10%
  pnpm cluster slow leader --cpu 5% --for 10s
  pnpm cluster slow n3 --off`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & Slow>();
      const { cpu, for: lifetime, off } = options;
      const answer = await connect(options).slow(nodes.join(','), {
        ...(cpu === undefined ? {} : { cpu }),
        ...(lifetime === undefined ? {} : { for: lifetime }),
        ...(off === undefined ? {} : { off }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
    });
}

function addHang(program: Command): void {
  program
    .command('hang')
    .description('block the event loop of nodes for a time')
    .argument('<nodes...>', whichNodes)
    .requiredOption('--for <duration>', 'how long')
    .addHelpText('after', '\nExamples:\n  pnpm cluster hang n3 --for 2s')
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { for: string }>();
      const answer = await connect(options).hang(nodes.join(','), { for: options.for });
      print(options, answer, () => formatNodes(answer.nodes));
    });
}

function addLeak(program: Command): void {
  program
    .command('leak')
    .description('make nodes hold memory for nothing')
    .argument('<nodes...>', whichNodes)
    .option('--memory <size>', 'how much in the end: 200MB')
    .option('--per-second <size>', 'how fast it grows; at once where left out')
    .option('--off', 'free it')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster leak n3 --memory 200MB
  pnpm cluster leak n3 --memory 200MB --per-second 20MB
  pnpm cluster leak n3 --off`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & LeakMemory>();
      const { memory, perSecond, off } = options;
      const answer = await connect(options).leak(nodes.join(','), {
        ...(memory === undefined ? {} : { memory }),
        ...(perSecond === undefined ? {} : { perSecond }),
        ...(off === undefined ? {} : { off }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
    });
}

function addCrash(program: Command): void {
  program
    .command('crash')
    .description('crash nodes at a point of what they do, once each (SIGKILL)')
    .argument('<nodes...>', whichNodes)
    .option('--when <point>', "'sends TYPE', 'receives TYPE', 'before sync', 'after sync'")
    .option('--after <count>', 'not the first so many times', wholeNumber(0, 1e9))
    .option('--off', 'not any more')
    .addHelpText(
      'after',
      `
A node that sends has not sent that message, and all before it. One that receives has got it and no
handler has run. A type may end in *, and a sync may name its file: 'before sync log'. A node that is
started again before it came to the point will crash all the same. To crash one now: kill.

Examples:
  pnpm cluster crash n3 --when 'sends append_entries'
  pnpm cluster crash leader --when 'receives append_entries_ok' --after 2
  pnpm cluster crash n1 --when 'before sync'
  pnpm cluster crash n1 --off`,
    )
    .action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & Crash>();
      const { when, after, off } = options;
      const answer = await connect(options).crash(nodes.join(','), {
        ...(when === undefined ? {} : { when }),
        ...(after === undefined ? {} : { after }),
        ...(off === undefined ? {} : { off }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
    });
}
