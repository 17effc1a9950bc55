/** Commands about the network. */
import type { Partition } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatRules } from '../format/status.ts';
import type { Catalogue } from '../rule-flags.ts';
import { addClusterActions } from './cluster-actions.ts';
import { addGeography } from './geography.ts';
import { addHeld } from './held.ts';
import { addKinds, addLink } from './link.ts';
import { printChange } from './print-change.ts';
import { addSelfCheck } from './selfcheck.ts';

const noKinds: Catalogue = { kinds: [], match: [], profiles: [], accepts: () => true };

/** `catalogue`: the kinds of rules, where the command that was typed needs them. */
export function addFaultCommands(program: Command, catalogue: Catalogue = noKinds): void {
  addPartition(program);
  addLink(program, catalogue);
  addKinds(program, catalogue);
  addGeography(program);
  addSelfCheck(program);
  addClusterActions(program);
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
    .description('remove rules; the others stay')
    .argument('<rules...>', 'their ids')
    .addHelpText('after', '\nExample:\n  pnpm cluster unlink r1 r4')
    .action(async (rules: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      printChange(options, await connect(options).removeRules(...rules));
    });
  addHeld(program);
}

interface PartitionOptions extends GlobalOptions {
  readonly oneWay?: boolean;
  readonly for?: string;
}

function addPartition(program: Command): void {
  const shapes: readonly [string, string, string, (argument: string) => Partition][] = [
    [
      'partition',
      '<groups>',
      'cut the network into sides that cannot reach each other',
      (groups) => ({ groups }),
    ],
    [
      'isolate',
      '<nodes...>',
      'cut nodes off from everybody, each one alone',
      (isolate) => ({ isolate }),
    ],
    [
      'bridge',
      '<node>',
      'cut the others in two halves; only this node sees both',
      (bridge) => ({ bridge }),
    ],
    ['ring', '', 'everybody sees a majority, no two the same one', () => ({ ring: true })],
  ];
  const examples: Readonly<Record<string, string>> = {
    partition: `  pnpm cluster partition 'n1,n2 | n3,n4,n5'
  pnpm cluster partition 'minority | majority'
  pnpm cluster partition 'n1 | rest' --one-way      n1 is heard by nobody, and hears all
  pnpm cluster partition 'n1 | n2 | n3' --for 10s`,
    isolate:
      '  pnpm cluster isolate n3\n  pnpm cluster isolate n1 n2\n  pnpm cluster isolate leader --for 5s',
    bridge: '  pnpm cluster bridge n3',
    ring: '  pnpm cluster ring',
  };
  for (const [name, argument, description, shape] of shapes) {
    const command = program
      .command(`${name}${argument === '' ? '' : ` ${argument}`}`)
      .description(description)
      .option('--for <duration>', 'heal by itself after this long')
      .addHelpText('after', `\nExamples:\n${examples[name]}`);
    if (name === 'partition' || name === 'isolate') {
      command.option('--one-way', 'cut only messages from a side to the sides named behind it');
    }
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const options = self.optsWithGlobals<PartitionOptions>();
      const partition: Partition = {
        ...shape(String(given[0])),
        ...(options.oneWay ? { oneWay: true } : {}),
        ...(options.for === undefined ? {} : { for: options.for }),
      };
      printChange(options, await connect(options).partition(partition));
    });
  }
}
