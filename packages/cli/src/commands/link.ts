/** The command that adds faults to links, and the one that explains the kinds of rules. */
import { FaultlineError } from '@faultline/protocol';
import { type Command, Option } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatDryRun } from '../format/dry-run.ts';
import { formatKind, formatKinds, formatProfile } from '../format/kinds.ts';
import { type Catalogue, flagsOf, matchOptions, optionOf, rulesOf } from '../rule-flags.ts';
import { printChange } from './print-change.ts';

export function addLink(program: Command, catalogue: Catalogue): void {
  const command = program
    .command('link <links>')
    .description('add faults to links: delay, lose, duplicate, reorder, hold or cut messages')
    .option(
      '--dry-run',
      'install nothing; show what the rules would have done to the last 1000 messages',
    )
    .addHelpText(
      'after',
      `
Links: 'n1>n2' one way, 'n1<>n2' both, 'n1>*' from n1 to every node, '*' between all nodes,
'clients>n1' from clients; several joined by ';'.

Examples:
  pnpm cluster link 'n1>n2' --delay '50ms ± 10ms' --loss 5%
  pnpm cluster link 'n1>c1' --loss 100% --replies --first 1    lose the reply, not the request
  pnpm cluster link '*' --delay 'lognormal 20ms p99 400ms'
  pnpm cluster link 'n3<>*' --profile satellite
  pnpm cluster link 'n1<>n2' --hold --type entries
  pnpm cluster link '*' --loss 5% --dry-run

pnpm cluster faults KIND explains each kind.`,
    )
    .action(async (links: string, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { dryRun?: boolean }>();
      const rules = rulesOf(links, { ...options }, catalogue);
      if (rules.length === 0) {
        const flags = catalogue.kinds.map(
          ({ name }) => flagsOf(catalogue).find(({ kind }) => kind.name === name)!.long,
        );
        throw new FaultlineError(
          'BAD_REQUEST',
          `expected at least one fault: ${flags.join(', ')}`,
          { flags },
        );
      }
      if (options.dryRun) {
        const dryRun = await connect(options).dryRun(rules);
        print(options, dryRun, () => formatDryRun(dryRun));
        return;
      }
      printChange(options, await connect(options).addRules(rules));
    });
  command.addOption(
    new Option(
      '--profile <profile>',
      `imitate a named network: ${catalogue.profiles.map(({ name }) => name).join(', ')}`,
    ).helpGroup('Many rules at once:'),
  );
  for (const option of matchOptions(catalogue)) command.addOption(option);
  for (const flag of flagsOf(catalogue)) command.addOption(optionOf(flag));
}

export function addKinds(program: Command, catalogue: Catalogue): void {
  program
    .command('faults')
    .description('list the kinds of rules and the profiles, or explain one')
    .argument('[name]', 'a kind or a profile')
    .addHelpText(
      'after',
      '\nExamples:\n  pnpm cluster faults\n  pnpm cluster faults reorder\n  pnpm cluster faults satellite',
    )
    .action((name: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      if (name === undefined) {
        print(options, catalogue, () => formatKinds(catalogue));
        return;
      }
      const kind = catalogue.kinds.find((one) => one.name === name);
      const profile = catalogue.profiles.find((one) => one.name === name);
      if (kind !== undefined) print(options, kind, () => formatKind(kind, catalogue));
      else if (profile !== undefined) print(options, profile, () => formatProfile(profile));
      else {
        const names = [...catalogue.kinds, ...catalogue.profiles].map((one) => one.name);
        throw new FaultlineError(
          'NOT_FOUND',
          `no kind of rule or profile is called ${name}; there are ${names.join(', ')}`,
          { name, names },
        );
      }
    });
}
