/** Commands about the network. */
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatRules } from '../format/status.ts';
import type { Catalogue } from '../rule-flags.ts';
import { addClusterActions } from './cluster-actions.ts';
import { addHeld } from './held.ts';
import { addKinds, addLink } from './link.ts';
import { printChange } from './print-change.ts';
import { addSelfCheck } from './selfcheck.ts';

const noKinds: Catalogue = { kinds: [], match: [], profiles: [], accepts: () => true };

/** `catalogue`: the kinds of rules, if the command that was typed needs them. */
export function addFaultCommands(program: Command, catalogue: Catalogue = noKinds): void {
  addClusterActions(program);
  addLink(program, catalogue);
  addKinds(program, catalogue);
  addSelfCheck(program);
  program
    .command('rules')
    .description('list the rules in force')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const rules = await connect(options).rules();
      print(options, rules, () => formatRules(rules));
    });
  program
    .command('unlink')
    .description('remove some rules and keep the others')
    .argument('<rules...>', 'ids of rules')
    .addHelpText('after', '\nExample:\n  pnpm cluster unlink r1 r4')
    .action(async (rules: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      printChange(options, await connect(options).removeRules(...rules));
    });
  addHeld(program);
}
