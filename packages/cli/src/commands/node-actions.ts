/** A command for each verb on nodes. Its flags are the verb's options; it prints the nodes' new state. */
import { describeOptions, type NodeVerb, type NodeVerbName, nodeVerbs } from '@faultline/actions';
import type { Command } from 'commander';
import { connect, failIfCrashed, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { addFlags, formatHelp, optionsGiven } from './verb-flags.ts';

const whichNodes = 'n3, n1-n3, minority, random:2, leader, all';

export function addNodeActions(program: Command): void {
  for (const [name, verb] of Object.entries(nodeVerbs) as [NodeVerbName, NodeVerb][]) {
    const described = describeOptions(verb);
    const command = program
      .command(name)
      .description(verb.summary)
      .argument('<nodes...>', whichNodes)
      .addHelpText('after', helpOf(verb))
      .action(async (nodes: string[], _, self: Command) => {
        const options = self.optsWithGlobals<GlobalOptions>();
        const client = connect(options);
        const asked = optionsGiven(described, self.opts(), verb.help);
        // Errors use the words of the command, not those of a schema.
        verb.read(asked);
        const answer = await client.perform(name, nodes.join(','), asked);
        print(options, answer, () => formatNodes(answer.nodes));
        if (verb.starts) failIfCrashed(answer);
      });
    for (const option of described) addFlags(command, option, verb.help);
  }
}

const helpOf = ({ name, help }: NodeVerb): string =>
  formatHelp(help ?? { examples: [`${name} n3`, `${name} n1 n2`, `${name} random:2`] });
