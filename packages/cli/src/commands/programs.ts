/** `programs`: lists the ready programs, or explains what one promises. */
import { programPromises } from '@faultline/programs';
import type { Command } from 'commander';
import { type GlobalOptions, print } from '../context.ts';
import { programAsData, programInWords, programList } from '../format/programs.ts';

export function addPrograms(program: Command): void {
  program
    .command('programs')
    .description('list the ready programs, or explain what one promises')
    .argument('[name]', 'a ready program')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster programs
  pnpm cluster programs register`,
    )
    .action((name: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      if (name === undefined) {
        print(options, Object.keys(programPromises).map(programAsData), programList);
      } else {
        print(options, programAsData(name), () => programInWords(name));
      }
    });
}
