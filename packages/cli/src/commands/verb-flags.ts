/** The flags and the help of a command that is a verb. */
import {
  dashed,
  type Flag,
  type Help,
  type OptionDescription,
  type Typed,
} from '@faultline/actions';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../parse.ts';
import { programName } from '../program-name.ts';
import { wordsFlag, wordsGiven } from '../words-behind.ts';

type Options = Record<string, unknown>;

export function addFlags(command: Command, option: OptionDescription, help?: Help): void {
  command.addOption(flagOf(option, help));
  if (option.mayBeList) command.addOption(wordsFlag(option.name));
}

function flagOf(option: OptionDescription, help?: Help): Option {
  const { name, takes, placeholder, mayBePath, isRequired } = option;
  const long = `--${dashed(name)}`;
  const generated = takes === 'flag' ? long : `${long} <${placeholder}>`;
  const { flag = generated, description = option.description } = ownFlag(name, help);
  const made = new Option(flag, description);
  made.makeOptionMandatory(isRequired);
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = option;
  if (takes === 'integer') made.argParser(wholeNumber(minimum, maximum));
  if (mayBePath) made.argParser(programName);
  return made;
}

function ownFlag(option: string, help?: Help): Partial<Flag> {
  const own = help?.flags?.[option];
  return typeof own === 'string' ? { flag: own } : (own ?? {});
}

/** A flag without its value means what the verb does anyway, unless the verb declares otherwise. */
export function optionsGiven(
  options: readonly OptionDescription[],
  typed: Readonly<Options>,
  help?: Help,
): Options {
  const plain: Options = {};
  const readers: (() => object)[] = [];
  for (const { name, takes, mayBeList } of options) {
    if (mayBeList) Object.assign(plain, wordsGiven(name, typed));
    const value = typed[name];
    if (value === undefined) continue;
    const { read } = ownFlag(name, help);
    if (read !== undefined) readers.push(() => read(value as Typed, plain));
    else if (value !== true || takes === 'flag') plain[name] = value;
  }
  return Object.assign({}, plain, ...readers.map((read) => read()));
}

export function formatHelp({ notes, examples }: Help): string {
  const explained = examples.map((example) =>
    typeof example === 'string' ? ([example, ''] as const) : example,
  );
  const width = Math.max(...explained.map(([line, does]) => (does === '' ? 0 : line.length)));
  const lines = explained.map(
    ([line, does]) => `  pnpm cluster ${does === '' ? line : `${line.padEnd(width)}    ${does}`}`,
  );
  return `\n${notes === undefined ? '' : `${notes}\n\n`}Examples:\n${lines.join('\n')}`;
}
