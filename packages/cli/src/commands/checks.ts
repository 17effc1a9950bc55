/** `checks`: lists the checks, or explains one with its options. */
import { stateDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { type GlobalOptions, print } from '../context.ts';
import { fromHere } from '../parse.ts';

export function addChecks(program: Command): void {
  program
    .command('checks')
    .description('list the checks for histories, or explain one')
    .argument('[name]', 'a check, or the path of a module that declares one')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster checks
  pnpm cluster checks availability
  pnpm cluster checks ./no-oversell.ts`,
    )
    .action((name: string | undefined, _, self: Command) =>
      showChecks(name, self.optsWithGlobals<GlobalOptions>()),
    );
}

async function showChecks(name: string | undefined, options: GlobalOptions): Promise<void> {
  const [{ checks, findCheck }, { isModule }, { checkAsData, checkInWords, checkList }] =
    await Promise.all([
      import('@faultline/history'),
      import('@faultline/plans'),
      import('../format/checks.ts'),
    ]);
  if (name === undefined) {
    const all = checks.map((check) => checkAsData(check));
    print(options, all, () => checkList(checks));
    return;
  }
  const check = isModule(name)
    ? await (await import('@faultline/experiment')).loadCheck(fromHere(name), stateDir())
    : findCheck(name);
  const named = isModule(name) ? name : check.name;
  print(options, checkAsData(check, named), () => checkInWords(check, named));
}
