/** Commands about what goes wrong inside a node: slow. */
import type { Slow } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';

const whichNodes = 'n3, n1-n3, minority, random:2, leader, all';

export function addProcessFaults(program: Command): void {
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
