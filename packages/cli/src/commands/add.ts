/** The command that adds nodes. */
import { nodesMax } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, failIfCrashed, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { wholeNumber } from '../parse.ts';
import { programName } from '../program-name.ts';

export function addAdd(program: Command): void {
  program
    .command('add')
    .description('add nodes to the cluster')
    .argument('[nodes]', 'how many, or which: n6,n7', '1')
    .option('--program <program>', 'what they run, where that is not what all run')
    .addHelpText(
      'after',
      '\nExamples:\n  pnpm cluster add\n  pnpm cluster add 3\n  pnpm cluster add n6 --program ./v2.ts',
    )
    .action(async (nodes: string, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { program?: string }>();
      const answer = await connect(options).add({
        ...(/^\D/.test(nodes) ? { nodes } : { count: wholeNumber(1, nodesMax)(nodes) }),
        ...(options.program === undefined ? {} : { program: programName(options.program) }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
      failIfCrashed(answer);
    });
}
